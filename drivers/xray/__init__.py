"""X-ray machines that put their images into a folder. Source: docs/devices/xray-image-drop.md."""

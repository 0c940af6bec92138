"""Figures of the console in Debian's Chromium: `python -m benchmarks.console`."""

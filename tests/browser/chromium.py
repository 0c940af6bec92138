"""One Chromium for all tests of a worker, behind its own debugging port.

One rule: a test shares the process and nothing else. It connects by itself, with its own driver, and makes its own contexts
(cookies, storage, cache), which are closed with its connection. This is a child process and nothing in the worker's own
loop, threads or sockets, so the checks for what a test leaves behind need to know nothing of it.
"""

import subprocess
import time
from pathlib import Path

from tests.browser.window import ARGUMENTS, CHROMIUM

# What the driver gives a browser that it starts itself: a page that is not in front goes on as one that is, and a mouse.
AS_STARTED_BY_THE_DRIVER = [
    "--headless", "--hide-scrollbars", "--mute-audio", "--force-color-profile=srgb", "--no-default-browser-check",
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
    "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
    "--disable-back-forward-cache", "--disable-breakpad", "--disable-component-extensions-with-background-pages",
    "--disable-default-apps", "--disable-extensions", "--disable-field-trial-config", "--disable-hang-monitor",
    "--disable-ipc-flooding-protection", "--disable-popup-blocking", "--disable-prompt-on-repost", "--disable-sync",
    "--disable-search-engine-choice-screen", "--allow-pre-commit-input", "--metrics-recording-only", "--password-store=basic",
    "--use-mock-keychain", "--no-service-autorun", "--enable-features=CDPScreenshotNewSurface",
]  # fmt: skip
# A page is painted without the software GL, which is for WebGL only: painting all pages through it took most of the time.
PAINTED_PLAINLY = ["--disable-gpu-rasterization", "--disable-gpu-compositing"]
STARTS_IN_S = 60


class SharedChromium:
    """A browser that is there whenever it is asked for: one that ended is started again, with an empty profile."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._starts = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._at = ""

    def endpoint(self) -> str:
        """Where the running browser listens on this machine."""
        if self.process is None or self.process.poll() is not None:
            self._start()
        return self._at

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def _start(self) -> None:
        self._starts += 1
        profile = self._home / f"profile-{self._starts}"
        profile.mkdir(parents=True)
        own = [*PAINTED_PLAINLY, f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"]
        with (profile / "said.txt").open("wb") as said:
            self.process = subprocess.Popen(
                [CHROMIUM, *AS_STARTED_BY_THE_DRIVER, *ARGUMENTS, *own], stdout=said, stderr=said, stdin=subprocess.DEVNULL
            )
        until_s = time.monotonic() + STARTS_IN_S
        told = profile / "DevToolsActivePort"
        while not (told.exists() and len(lines := told.read_text().split()) == 2):
            if self.process.poll() is not None or time.monotonic() > until_s:
                self.end()
                raise AssertionError(f"Chromium does not start: {(profile / 'said.txt').read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)
        self._at = f"ws://127.0.0.1:{lines[0]}{lines[1]}"

"""One Chromium and one Playwright driver for all tests of a worker.

One rule: a test shares the processes and the connection between them, and nothing else. It makes its own contexts (cookies,
storage, cache), which are closed behind it. The driver lives on the loop that these tests share and is there before the first of
them, so the checks for what a test leaves behind compare with a loop that already has it. What does not answer any more is begun
anew before the next test.
"""

import asyncio
import contextlib
import subprocess
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, CDPSession, Error, Playwright, async_playwright

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


CLOSES_WITHIN_S = 20
ANSWERS_WITHIN_S = 10


class SharedDriver:
    """A driver that is connected to the worker's browser whenever it is asked for."""

    def __init__(self, chromium: SharedChromium) -> None:
        self._chromium = chromium
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._asks: CDPSession | None = None
        self._doubted = False

    async def browser(self) -> Browser:
        """The connection that answers: as it was, or begun anew."""
        if self._browser is None or self._doubted or not await self._answers():
            await self.end()
            self._doubted = False
            self._playwright = await async_playwright().start()
            self._browser = await self._playwright.chromium.connect_over_cdp(self._chromium.endpoint())
            self._asks = await self._browser.new_browser_cdp_session()
        return self._browser

    async def _answers(self) -> bool:
        """Driver and browser: the question goes through both."""
        assert self._asks is not None
        with contextlib.suppress(TimeoutError, Error):
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                await self._asks.send("Browser.getVersion")
                return True
        return False

    async def closed(self, closing: Coroutine[Any, Any, None]) -> None:
        """The driver once never heard that a context was closed: the test had its say, and the next one gets another driver."""
        try:
            async with asyncio.timeout(CLOSES_WITHIN_S):
                await closing
        except (TimeoutError, Error):
            self._doubted = True

    async def end(self) -> None:
        browser, playwright = self._browser, self._playwright
        self._browser = self._playwright = self._asks = None
        for ending in (browser.close() if browser else None, playwright.stop() if playwright else None):
            if ending is not None:
                await self.closed(ending)

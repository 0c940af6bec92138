"""A headless Chromium with pages of a console, and figures told as percentiles."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright

from tests.browser.window import ARGUMENTS, CHROMIUM

FULL_HD = ViewportSize(width=1920, height=1080)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


async def made_up(browser: Browser, origin: str, account: str) -> BrowserContext:
    """A browser in which this made-up person is signed in."""
    context = await browser.new_context(viewport=FULL_HD, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = await context.new_page()
    await page.goto(f"{origin}/")
    await page.locator(f"[data-account='{account}']").click()
    await page.wait_for_url("**/ui/**/o*.html")
    await page.close()
    return context


async def opened(context: BrowserContext, origin: str, path: str) -> Page:
    """A page that has its live values."""
    page = await context.new_page()
    await page.goto(f"{origin}{path}")
    await page.locator("html[data-link=live]").wait_for()
    return page


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; not a number when there is no value."""
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def told(name: str, values: Sequence[float], unit: str = "ms") -> str:
    shares = "  ".join(f"p{share * 100:g} {percentile(values, share):.0f}" for share in (0.5, 0.95, 0.99))
    return f"{name}: {shares}  most {max(values, default=float('nan')):.0f} {unit}  ({len(values)} times)"

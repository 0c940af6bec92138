"""The browser that tests share: nothing of one test is there for the next, and one that died is started again."""

from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.browser.chromium import SharedChromium

pytestmark = pytest.mark.browser


async def test_nothing_of_a_connection_outlives_it_and_a_browser_that_died_is_started_again(tmp_path: Path) -> None:
    one = SharedChromium(tmp_path)
    try:
        async with async_playwright() as playwright:
            first = await playwright.chromium.connect_over_cdp(one.endpoint())
            left_open = await (await first.new_context()).new_page()
            await left_open.goto("data:text/html,<title>of the first</title>")
            await first.close()
            at = one.endpoint()
            second = await playwright.chromium.connect_over_cdp(at)
            titles = [await page.title() for context in second.contexts for page in context.pages]
            assert "of the first" not in titles
            assert len(second.contexts) == 1
            assert one.process is not None
            one.process.kill()
            one.process.wait(10)
            assert one.endpoint() != at
            third = await playwright.chromium.connect_over_cdp(one.endpoint())
            page = await (await third.new_context()).new_page()
            assert await page.evaluate("1 + 1") == 2
    finally:
        one.end()

"""A simulation's made-up people: one click signs in, one click proves; a line that is none shows nothing of it."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.conftest import Console, Opener, free_place
from tests.browser.window import Window
from tests.console.bench import bench
from tests.console.test_demo_people import with_made_up_people

pytestmark = pytest.mark.browser


async def test_one_click_leads_to_the_own_screen_which_says_that_it_is_a_simulation(chromium: Browser, tmp_path: Path) -> None:
    async with bench(tmp_path, free_place(), "simulation") as on:
        with_made_up_people(on)
        console = Console(on)
        await console.open()
        try:
            context = await chromium.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
            one = await Window.open(context, on.place)
            refused: list[str] = []
            one.page.on("response", lambda answer: refused.append(answer.url) if answer.status == 403 else None)

            async def slowly(route: Route) -> None:
                """The cookie is there before the page has read the answer: for longer than the screen's report waits."""
                answer = await route.fetch()
                await asyncio.sleep(1.5)
                await route.fulfill(response=answer)

            await one.page.route("**/api/demo/session", slowly)
            await one.go("/")
            await one.page.locator("demo-people [data-account='zhang.wei']").click()
            await one.page.wait_for_url(re.compile("/officer"))
            await one.page.locator("line-header", has_text="仿真").wait_for()
            await one.check()
            assert refused == []
            await one.page.locator("line-header .who").click()  # every page of the own work is two clicks from each
            await expect(one.page.locator(".pages a")).to_have_count(6)
            await one.page.wait_for_timeout(450)  # a sheet is dead at first
            await one.page.locator("[data-key=page-bench]").click()
            await one.page.wait_for_url(re.compile("/bench"))
            await context.close()
        finally:
            await console.shut()


async def test_a_line_that_is_no_simulation_offers_nobody(window: Opener) -> None:
    one = await window()
    asked: list[str] = []
    one.page.on("request", lambda request: asked.append(request.url))
    await one.go("/")
    await one.page.locator("#badge").wait_for()
    assert not await one.page.locator("demo-people").is_visible()
    assert not [url for url in asked if "/api/demo" in url]

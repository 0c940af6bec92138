"""Two lines of a site, one pool: an officer at one sees what waits at the other, goes there, and decides there."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from controller.console.web import Place
from controller.line.belt import PlcFlag
from controller.line.plc_events import PlcStatus, PlcStatusChanged
from tests.browser.conftest import Console, free_place
from tests.browser.officer_bench import Desk, DeskStory
from tests.browser.test_look import DESK, reads
from tests.browser.test_officer_desk import LAST4
from tests.browser.window import Window
from tests.console.bench import PASSWORD, bench
from tests.console.test_line_pool import at_site
from tests.line.line_story import RUNNING

pytestmark = pytest.mark.browser


@asynccontextmanager
async def line(home: Path, place: Place, name: str, others: Mapping[str, Place]) -> AsyncIterator[Console]:
    """A console of the site, whose clock goes as the wall's."""
    told = [f"{other} {where.origin}" for other, where in others.items()]
    async with bench(home, place, more=at_site(home) | {"line.name": name, "console.other_lines": told}) as on:
        one = Console(on)
        await one.open()
        clock = asyncio.create_task(_goes(one))
        try:
            yield one
        finally:
            clock.cancel()
            await one.shut()


async def _goes(console: Console) -> None:
    while True:
        await asyncio.sleep(0.1)
        console.on.clock.now_s += 0.1


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[tuple[Console, Console]]:
    """Lines XY-1 and XY-2, each under a host name of its own, as a site has them."""
    first, second = free_place(), free_place("127.0.0.2")
    async with (
        line(tmp_path / "one", first, "XY-1", {"XY-2": second}) as one,
        line(tmp_path / "two", second, "XY-2", {"XY-1": first}) as two,
    ):
        yield one, two


@asynccontextmanager
async def officer(chromium: Browser, site: tuple[Console, Console], account: str, **options: Any) -> AsyncIterator[Desk]:
    """An officer's page at XY-1, who may be led to XY-2."""
    context = await chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN"} | options)
    window = await Window.open(context, site[0].on.place)
    window.also = (site[1].on.place,)
    try:
        yield await Desk.open(window, account)
        await window.check()
    finally:
        await context.close()


async def test_an_officer_takes_a_carton_of_another_line_there_and_everybody_sees_it(
    chromium: Browser, site: tuple[Console, Console]
) -> None:
    _, two = site
    story = DeskStory(two.on)
    story.picked(1)
    story.picked(2)
    async with officer(chromium, site, "zhang") as desk, officer(chromium, site, "zhao") as other:
        tiles = desk.page.locator("queue-strip .queue .tile")
        await expect(tiles).to_have_count(2)
        await expect(tiles.first).to_contain_text(f"XY-2{LAST4[0]}")
        await expect(desk.page.locator("queue-strip .queue h2 .n")).to_have_text("2")
        await expect(desk.page.locator(".over-picture")).to_contain_text("去 XY-2 线")
        await desk.press("KeyG")
        await desk.page.wait_for_url(re.compile(re.escape(two.on.place.origin) + ".*to=officer&carton=1%3A1"))
        await desk.page.goto(f"{site[0].on.place.origin}/officer")
        await tiles.nth(1).click()
        await desk.page.wait_for_url(re.compile(re.escape(two.on.place.origin) + ".*to=officer&carton=1%3A2"))
        await desk.page.get_by_role("button", name="账号").click()
        await desk.page.locator("#account").fill("zhang")
        await desk.page.locator("#password").fill(PASSWORD)
        await desk.page.locator("#password").press("Enter")
        await desk.ready(LAST4[1])
        assert "carton" not in desk.page.url, "loaded again, it takes what is next"
        await expect(other.page.locator("queue-strip .tile[data-state=other]", has_text=LAST4[1])).to_contain_text("Zhang 审图中")
        await desk.press("KeyF")
        (said,) = await story.given(1)
        assert (said.track, said.verdict) == ("1:2", "clear")
        await desk.ready(LAST4[0])
        await expect(other.page.locator("queue-strip .queue .tile", has_text=LAST4[1])).to_have_count(0)
        await desk.page.goto(f"{two.on.place.origin}/officer?carton=1%3A2")
        await desk.says("所选箱已判定或已离开待审队列")
        await desk.ready(LAST4[0])


async def test_what_nobody_answers_at_another_line_calls_here_and_a_line_that_is_gone_is_not_known(
    chromium: Browser, site: tuple[Console, Console]
) -> None:
    _, two = site
    story = DeskStory(two.on)
    story.picked(1)
    async with officer(chromium, site, "zhang") as desk:
        await desk.page.keyboard.press("F9")  # any key or touch: then a browser lets it sound
        tile = desk.page.locator("queue-strip .queue .tile", has_text=LAST4[0])
        await expect(tile).to_have_attribute("data-state", "elsewhere")
        await expect(tile.locator(".calls")).to_have_count(0)
        story.feed(PlcStatusChanged(PlcStatus(11, int(RUNNING & ~PlcFlag.RUNNING), 0, 0, 0, 0xFFFF, 0)))
        story.wait(61_000)
        story.show()
        await expect(tile.locator(".calls")).to_have_text("已呼叫 1 次")
        await reads(desk.window, "a call from another line", DESK)
        await expect(desk.page.locator("line-header .alarm")).to_contain_text(f"判图无人应答XY-2 线 {LAST4[0]}")
        sound = "import(new URL('core/sound.js', location.href).href)"
        await desk.page.wait_for_function(f"async () => (await {sound}).sound.played.some((one) => one.name === '2')")
        await desk.page.locator("line-header .alarm").click()
        silenced = desk.page.locator("line-header .sound", has_text="已静音")
        async with asyncio.timeout(
            30
        ):  # a busy machine may not answer in time; and a sheet is dead for a moment after each answer
            while not await silenced.count():
                await desk.page.locator("[data-key=silence]").click()
                await asyncio.sleep(0.5)
            while await desk.page.locator(".sheet").count():
                await desk.page.keyboard.press("Escape")
                await asyncio.sleep(0.2)
        await two.shut()
        unknown = desk.page.locator("queue-strip .tile[data-state=unknown]")
        await expect(unknown).to_contain_text("XY-2情况不明", timeout=15_000)
        await expect(unknown).to_contain_text("此前待审 1 件")
        for light in ("night", "day"):
            await desk.window.value("(light) => { document.documentElement.dataset.light = light; }", light)
            await reads(desk.window, "a line that is not known", DESK)
        await expect(desk.page.locator("queue-strip .queue h2 .n")).to_have_text("≥ 0")
        await expect(tile).to_have_count(0)

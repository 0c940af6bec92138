"""What is old is never shown as what is: checks of a recovery, the mode in the header, lists; and a page of an old build."""

import asyncio
import re

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.browser.conftest import Console, Opener
from tests.browser.plc import HEALTHY
from tests.browser.test_look import AGE
from tests.browser.test_overview import operator
from tests.browser.test_recovery import JAMMED, jammed, signed_in
from tests.browser.told import HELD, A, Told

pytestmark = pytest.mark.browser

BUILD = "async () => (await import(new URL('core/stream.js', location.href).href)).stream.state.build"


@pytest_asyncio.fixture(loop_scope="session")
async def story(console: Console) -> Told:
    return Told(console.on)


@pytest.mark.parametrize(("age", "link"), [(3400, "stale"), (12_000, "lost")])
async def test_no_check_of_the_line_is_met_while_what_is_shown_is_old(window: Opener, story: Told, age: int, link: str) -> None:
    me = await signed_in(await window(), "li")
    page = me.page
    await jammed(story, A)
    await me.go("recovery/jam")
    stands = page.locator(".steps li[data-key=stands]")
    await expect(stands).to_have_attribute("data-met", "yes")
    await expect(stands).to_contain_text("皮带已停稳")
    await me.window.value(AGE, age)
    await page.locator(f"html[data-link={link}]").wait_for()
    await expect(stands).to_have_attribute("data-met", "unknown")
    await expect(page.locator(".steps [data-met=yes]")).to_have_count(0)
    await expect(page.locator("guided-recovery")).not_to_contain_text("皮带已停稳")
    check = page.locator("section.step .check")
    await expect(check).to_have_attribute("data-met", "unknown")
    await expect(check).to_contain_text("数据已旧, 无法判断")
    await expect(check.locator(".value")).to_have_attribute("data-quality", link)
    await expect(check.locator(".value")).to_have_attribute("data-age", re.compile(r"··· \d+ 秒"))
    await me.window.value(AGE, None)
    await page.locator("html[data-link=live]").wait_for()
    await expect(stands).to_have_attribute("data-met", "yes")
    await expect(page.locator("section.step h3")).to_have_text("取出箱并逐个扫码")


async def hatched(rows: Locator, wanted: bool) -> None:
    """As it is wanted, soon: on a busy machine what is shown is old for a moment, and hatched with right."""
    image = "row => getComputedStyle(row).backgroundImage"
    async with asyncio.timeout(10):
        while ("gradient" in str(await rows.first.evaluate(image))) is not wanted:
            await asyncio.sleep(0.05)


async def test_rows_of_alarms_of_what_is_against_a_start_and_of_cartons_are_hatched_when_old(window: Opener, story: Told) -> None:
    me = await signed_in(await window(), "li")
    await jammed(story, A)
    story.says(JAMMED, HELD)
    await story.tell()
    places = (
        ("alarms", ".alarm-list > li"), ("devices", ".start-list .unmet > li"), ("recovery", ".offers > li"),
        ("handover", ".handover-open .rows > li"),
    )  # fmt: skip
    for where, rows in places:
        await me.go(where)
        await me.page.locator(rows).first.wait_for()
        await hatched(me.page.locator(rows), False)
        await me.window.value(AGE, 3400)
        await expect(me.page.locator(f":has(> {rows.rpartition('> ')[2]})[data-quality=stale]").first).to_be_visible()
        await hatched(me.page.locator(rows), True)
        await me.window.value(AGE, None)
        await me.page.locator("html[data-link=live]").wait_for()


async def test_nobody_is_told_automatic_when_nobody_knows(window: Opener, console: Console) -> None:
    await console.plc.synced()
    one = await operator(window)
    mode = one.page.locator("line-header .mode")
    await expect(mode).to_have_text("自动")
    await expect(mode).to_have_attribute("data-quality", "live")
    await one.value(AGE, 3400)
    await expect(mode).to_have_attribute("data-quality", "stale")
    await one.value(AGE, None)
    await console.plc.is_lost()
    await expect(mode).to_have_text("—")
    await console.plc.synced(HEALTHY)
    await expect(mode).to_have_text("自动", timeout=15000)


async def test_a_page_of_an_old_build_becomes_the_new_one_when_nothing_is_in_hand(window: Opener, console: Console) -> None:
    await console.plc.synced()
    one = await operator(window)
    await one.value("() => { window.opened = 'before'; location.hash = 'handover'; }")
    await one.page.locator("#notes").fill("half a sentence")
    console.on.live._build = "another"  # as after an upgrade: a new service, of which everything is taken anew
    await one.value(AGE, 6000)
    await one.page.locator("html[data-link=lost]").wait_for()
    await one.value(AGE, None)
    await one.page.locator("html[data-link=live]").wait_for(timeout=15000)
    assert await one.value(BUILD) == "another"
    await one.page.wait_for_timeout(7000)
    assert await one.value("window.opened") == "before", "somebody is writing"
    loads: list[str] = []
    one.page.on("load", lambda page: loads.append(page.url))
    async with one.page.expect_event("load", timeout=20000):
        await one.page.locator("#notes").fill("")
    await one.page.locator("html[data-link=live]").wait_for()
    assert one.page.url.endswith("#handover")
    await one.page.wait_for_timeout(7500)
    assert len(loads) == 1, "once for each build: this bench has no other to give"

"""A lost link: what is shown says how old it is, what can not be kept is off, nothing waits for later, all comes back."""

import asyncio
import re
import time

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Console, Opener
from tests.browser.test_look import AGE
from tests.browser.test_overview import STOP, hold, operator

pytestmark = pytest.mark.browser


async def test_values_are_stale_after_two_and_a_half_seconds_and_lost_after_five_and_come_back(
    window: Opener, console: Console
) -> None:
    await console.plc.synced()
    one = await operator(window)
    one.link_may_fail = True
    root = one.page.locator("html")
    await one.value("""() => {
        const root = document.documentElement;
        window.seen = [];
        const watch = new MutationObserver(() => window.seen.push([root.dataset.link, performance.now()]));
        watch.observe(root, { attributeFilter: ['data-link'] });
    }""")
    shut = time.monotonic()
    await console.shut()
    at_shut = float(await one.value("performance.now()")) / 1000 - (time.monotonic() - shut)
    await expect(root).to_have_attribute("data-link", "stale", timeout=6000)
    await expect(one.page.locator(".counts dd").nth(1)).to_have_attribute("data-quality", "stale")
    await expect(one.page.locator(".line-state strong")).to_have_attribute("data-age", re.compile(r"··· \d 秒"))
    await expect(root).to_have_attribute("data-link", "lost", timeout=6000)
    seen = {name: ms / 1000 - at_shut for name, ms in reversed(await one.value("window.seen"))}
    # The last heartbeat may be a second old when the link goes.
    assert 1.2 <= seen["stale"] <= 3.2, seen
    assert 3.7 <= seen["lost"] <= 5.7, seen
    await expect(one.page.locator(".link-bar")).to_contain_text("连接中断")
    for key in ("start", "reset"):
        await expect(one.page.locator(f"hold-button[data-key={key}] button")).to_be_disabled()
        await expect(one.page.locator(f"hold-button[data-key={key}]")).to_contain_text("连接中断")
    await expect(one.page.locator("[data-key=mute]")).to_be_disabled()

    await hold(one, "start")
    stop = one.page.locator("stop-button button")
    await expect(stop).to_be_enabled()
    await stop.click()
    await expect(stop).to_contain_text("请按硬件急停", timeout=6000)
    assert console.arrived == []

    await console.open()
    await expect(root).to_have_attribute("data-link", "live", timeout=15000)
    await expect(one.page.locator(".missed")).to_contain_text("连接中断")
    await expect(one.page.locator("hold-button[data-key=start] button")).to_be_enabled()
    await asyncio.sleep(2)
    assert console.arrived == [], "nothing of the outage is done later"
    await stop.click()
    await console.arrives(STOP)


async def test_pages_of_one_browser_share_one_stream_and_the_last_one_left_takes_it_over(
    window: Opener, console: Console
) -> None:
    await console.plc.synced()
    first = await operator(window)
    second = await window(beside=first)
    await second.go("/operator")
    await second.page.locator("html[data-link=live]").wait_for()
    await asyncio.sleep(1)
    assert sum(len(channel.screens) for channel in console.on.live._channels.values()) == 1
    await console.plc.runs()
    await expect(second.page.locator(".line-state strong")).to_have_text("运行")
    await first.page.close()
    await console.plc.says()
    await expect(second.page.locator(".line-state strong")).to_have_text("停止", timeout=8000)


async def test_a_page_that_was_deaf_for_a_while_takes_everything_anew_by_itself(window: Opener, console: Console) -> None:
    """Also one that only listens to another page, and also when the connection itself was never gone."""
    await console.plc.synced()
    leads = await operator(window)
    listens = await window(beside=leads)
    await listens.go("/operator")
    for one in (leads, listens):
        root = one.page.locator("html")
        await expect(root).to_have_attribute("data-link", "live")
        await one.value(AGE, 6000)
        await expect(root).to_have_attribute("data-link", "lost")
        await one.value(AGE, None)
        await expect(root).to_have_attribute("data-link", "live", timeout=15000)

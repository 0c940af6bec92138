"""The operator's overview: what people press goes out once, at once or not at all, and nothing is shown as done before it is."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from controller.line.belt import PlcFlag
from controller.line.events import LineCommanded
from tests.browser.conftest import Console, Opener
from tests.browser.plc import ABORTED, HEALTHY
from tests.browser.window import Window
from tests.console.bench import PASSWORD

pytestmark = pytest.mark.browser

START, STOP, RESET, MUTE = "/api/acts/line-start", "/api/stop", "/api/acts/line-reset", "/api/acts/line-mute"


async def operator(window: Opener, account: str = "li") -> Window:
    one = await window()
    await one.sign_in(account, PASSWORD)
    await one.page.locator("html[data-link=live]").wait_for()
    return one


async def hold(one: Window, key: str, ms: int = 1000) -> None:
    await one.page.locator(f"hold-button[data-key={key}] button").hover()
    await one.page.mouse.down()
    await one.page.wait_for_timeout(ms)
    await one.page.mouse.up()


async def test_a_start_is_held_and_is_shown_as_done_only_when_the_belt_runs(window: Opener, console: Console) -> None:
    await console.plc.synced()
    one = await operator(window)
    start = one.page.locator("hold-button[data-key=start]")
    await expect(start).to_contain_text("长按 0.8 s")
    await start.locator("button").click()
    await hold(one, "start", 500)
    assert console.arrived == []
    await hold(one, "start")
    await console.arrives(START)
    assert console.arrived == [START]
    await expect(start).to_contain_text("已接受, 等待执行")
    await console.plc.runs()
    await expect(start).to_contain_text("已执行")
    await expect(one.page.locator(".line-state strong")).to_have_text("运行")


async def test_a_start_that_is_accepted_and_not_carried_out_is_said_to_be_so(window: Opener, console: Console) -> None:
    await console.plc.synced()
    one = await operator(window)
    start = one.page.locator("hold-button[data-key=start]")
    for _ in range(3):  # on a machine that is busy an answer may come too late, and is then not awaited
        await hold(one, "start")
        await expect(start).to_have_attribute("stage", re.compile("accepted|refused"), timeout=9000)
        if await start.get_attribute("stage") == "accepted":
            break
        await one.page.keyboard.press("Escape")
    await expect(start).to_contain_text("已接受, 未见执行", timeout=9000)


async def test_a_stop_needs_nobody_and_no_confirmation(window: Opener, console: Console) -> None:
    await console.plc.synced()
    await console.plc.runs()
    one = await window()
    await one.go("/")
    await one.page.locator("stop-button button").click()
    await console.arrives(STOP)
    await console.on.settled()
    assert [stamped.actor for stamped in console.on.events(LineCommanded)] == ["not signed in, at 127.0.0.1"]


async def test_a_stop_goes_out_while_acts_of_three_tabs_wait_and_shows_its_three_stages(window: Opener, console: Console) -> None:
    await console.plc.synced()
    await console.plc.runs()
    tabs = [await operator(window)]
    tabs += [await window(beside=tabs[0]) for _ in range(2)]
    for tab in tabs[1:]:
        await tab.go("/operator")
        await tab.page.locator("html[data-link=live]").wait_for()
    console.slow_s[MUTE] = 60
    await asyncio.gather(*(tab.page.locator("[data-key=mute]").click() for tab in tabs))
    await console.arrives(MUTE, 3)
    stop = tabs[0].page.locator("stop-button button")
    await stop.dispatch_event("pointerdown", {"button": 0})
    await console.arrives(STOP)
    assert console.arrived == [MUTE, MUTE, MUTE, STOP]
    await expect(stop).to_contain_text("已接受, 等待停稳")
    await console.plc.says()
    await expect(stop).to_contain_text("已停稳")


async def test_an_act_too_many_is_not_sent_and_not_kept_for_later_but_a_stop_leaves(window: Opener, console: Console) -> None:
    await console.plc.synced()
    one = await operator(window)
    await one.value("""() => { for (const n of [1, 2, 3]) navigator.locks.request(`xiyong-act-${n}`, () => new Promise((end) => {
        (window.ends ??= []).push(end); })); }""")
    await one.page.locator("[data-key=mute]").click()
    await expect(one.page.locator(".sheet")).to_contain_text("本次未发出")
    await one.page.locator("stop-button button").click()
    await console.arrives(STOP)
    await one.value("window.ends.forEach((end) => end())")
    await one.page.wait_for_timeout(1000)
    assert console.arrived == [STOP]


async def test_a_refusal_lists_every_unmet_condition_with_what_to_do(window: Opener, console: Console) -> None:
    await console.plc.synced(HEALTHY)
    one = await operator(window)
    await console.plc.says(HEALTHY | PlcFlag.JAM, ABORTED)
    await expect(one.page.locator(".why .what")).to_have_text("堵塞")
    await hold(one, "start")
    sheet = one.page.locator(".sheet")
    await expect(sheet).to_contain_text("条件不满足")
    await expect(sheet.locator(".unmet")).to_contain_text("清除堵塞后复位")


async def test_after_an_emergency_stop_the_screen_names_the_button_at_the_machine_and_offers_no_start(
    window: Opener, console: Console
) -> None:
    await console.plc.synced()
    one = await operator(window)
    await console.plc.says(PlcFlag.HOST_LINK_OK | PlcFlag.SAFETY_RESET_NEEDED | PlcFlag.LOCAL_START_NEEDED, ABORTED)
    await expect(one.page.locator(".line-state strong")).to_have_text("急停")
    await expect(one.page.locator(".why .what")).to_have_text("急停已按下")
    await expect(one.page.locator(".why .next")).to_contain_text("在现场复位急停")
    await expect(one.page.locator(".at-machine")).to_contain_text("在现场")
    assert await one.page.locator("hold-button[data-key=start]").count() == 0
    await console.plc.says(HEALTHY | PlcFlag.SAFETY_RESET_NEEDED | PlcFlag.LOCAL_START_NEEDED, ABORTED)
    await expect(one.page.locator(".at-machine")).to_contain_text("安全复位按钮")
    await console.plc.says(HEALTHY | PlcFlag.LOCAL_START_NEEDED)
    await expect(one.page.locator(".at-machine")).to_contain_text("在现场按启动按钮")
    await console.plc.says(HEALTHY)
    await expect(one.page.locator("hold-button[data-key=start] button")).to_be_enabled()


async def test_who_may_not_start_may_still_stop(window: Opener, console: Console) -> None:
    await console.plc.synced()
    one = await operator(window, "ji")
    await one.go("/operator")
    for key in ("start", "reset"):
        await expect(one.page.locator(f"hold-button[data-key={key}] button")).to_be_disabled()
    await one.page.locator("stop-button button").click()
    await console.arrives(STOP)


async def test_a_scanner_that_types_into_a_focused_button_presses_nothing(window: Opener, console: Console) -> None:
    await console.plc.synced()
    one = await operator(window)
    for focused in (
        "stop-button button",
        "[data-key=mute]",
        "hold-button[data-key=start] button",
        ".who",
        "[data-key=nav-alarms]",
    ):
        await one.page.locator(focused).focus()
        await one.page.keyboard.type("RR123456785CN")
        await one.page.keyboard.press("Enter")
        await one.page.keyboard.type("6901234567892")
        await one.page.keyboard.press("Enter")
        await one.page.wait_for_timeout(120)
    assert console.arrived == []
    assert await one.page.locator(".sheet").count() == 0
    assert not re.search("#alarms", one.page.url)
    await one.page.keyboard.press("Pause")
    await console.arrives(STOP)


MOVED = """async (ms) => {
    const tile = document.querySelector('.tile');
    const place = () => new DOMMatrix(getComputedStyle(tile).transform).m41;
    const frame = () => new Promise((end) => requestAnimationFrame(() => requestAnimationFrame(end)));
    await frame();
    const [from, at] = [place(), performance.now()];
    await new Promise((end) => setTimeout(end, ms));
    await frame();
    return (place() - from) / (performance.now() - at) * 1000 / document.querySelector('.belt').clientWidth * 8800;
}"""


async def test_a_carton_moves_with_the_belt_and_stands_with_it(window: Opener, console: Console) -> None:
    await console.plc.synced()
    await console.plc.runs()
    one = await operator(window)
    await console.plc.inducts(11)
    await one.page.locator(".tile").wait_for()
    await one.page.wait_for_timeout(700)
    mm_s = await one.value(MOVED, 1500)
    assert 400 < mm_s < 600
    await console.plc.says()
    await expect(one.page.locator(".belt")).to_have_attribute("data-running", "false")
    await one.page.wait_for_timeout(1200)
    assert abs(await one.value(MOVED, 500)) < 10


async def test_the_key_pause_stops_also_right_behind_what_a_scanner_types(window: Opener, console: Console) -> None:
    await console.plc.synced()
    await console.plc.runs()
    one = await operator(window)
    await one.value("""() => {
        const key = (key, code) =>
            document.body.dispatchEvent(new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true }));
        for (const one of '12345678') key(one, `Digit${one}`);
        key('Pause', 'Pause');
    }""")
    await expect(one.page.locator("stop-button button")).to_have_attribute("data-stage", re.compile("pressed|accepted|done"))
    await console.arrives(STOP)


async def test_a_stop_leaves_before_anything_is_drawn(window: Opener, console: Console) -> None:
    await console.plc.synced()
    await console.plc.runs()
    one = await operator(window)
    stage = await one.value("""() => {
        const before = window.fetch;
        const shown = [];
        window.fetch = (...asked) => {
            if (String(asked[0]).endsWith('/api/stop')) shown.push(document.querySelector('stop-button button').dataset.stage);
            return before(...asked);
        };
        document.querySelector('stop-button').press();
        window.fetch = before;
        return shown;
    }""")
    assert stage == [""]
    await console.arrives(STOP)

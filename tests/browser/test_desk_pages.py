"""Devices and the shift: why a device is down and what to do, what a start wants, and a shift that two people hand over."""

import pytest
from playwright.async_api import expect

from controller.domain.reasons import Role
from controller.line.events import DeviceDown, DeviceUp
from controller.line.shift_events import ShiftHandedOver
from tests.browser.conftest import Console, Opener
from tests.browser.test_recovery import ABORTED, HEALTHY, RUNS, signed_in
from tests.browser.told import EXECUTE, A, Told
from tests.console.bench import PASSWORD

pytestmark = pytest.mark.browser


async def test_a_device_that_is_down_says_why_and_what_to_do_with_its_last_events(window: Opener, console: Console) -> None:
    me = await signed_in(await window(), "li")
    for event in (DeviceUp("scale"), DeviceDown("scale", "device_timeout", "no answer for 2 s")):
        await console.on.core.submit(event, actor="scale", role=Role.LINE)
    await me.go("devices")
    await me.tap(me.page.locator(".device[data-state=down]", has_text="scale"))
    await me.reads("断开", ".faceplate .state")
    await me.reads("检查电源和连线", ".faceplate")
    await me.reads("no answer for 2 s", ".faceplate .last")
    await expect(me.page.locator(".faceplate .last li")).to_have_count(2)
    await me.tap(me.page.locator(".device", has_text="verify-camera"))
    await me.reads("尚无消息", ".faceplate .state")


async def test_everything_that_stands_against_a_start_is_listed_and_leads_to_its_recovery(
    window: Opener, console: Console
) -> None:
    story = Told(console.on)
    me = await signed_in(await window(), "li")
    story.says(HEALTHY & ~1 | 1 << 15, ABORTED)
    await story.tell()
    await me.go("devices")
    await me.reads("急停已按下", ".start-list")
    await me.reads("须现场启动", ".start-list")
    await me.tap(me.page.locator(".start-list button").first)
    await me.reads("旋开现场急停按钮", "section.step h3")


async def test_a_shift_is_handed_over_by_two_people_each_with_the_own_name(window: Opener, console: Console) -> None:
    story = Told(console.on)
    giver, taker = await signed_in(await window(), "li"), await signed_in(await window(), "ban")
    story.on_belt(A)
    story.loses(1)
    story.says(RUNS, EXECUTE)
    await story.tell()
    await giver.go("handover")
    await giver.reads("跟踪丢失", ".handover-open")
    await giver.tap(giver.page.get_by_role("button", name="有设备待修"))
    await giver.tap(giver.find("hand-over"))
    await giver.reads("等待接班人签字", ".handover-sign")
    assert not console.on.events(ShiftHandedOver), "nothing has changed hands yet"
    assert await giver.find("sign").count() == 0, "nobody signs for himself"
    await taker.go("handover")
    await taker.reads("li 交班", ".handover-sign")
    await taker.reads("有设备待修", ".to-sign")
    await taker.tap(taker.find("sign"))
    await taker.reads("已接班", ".handover-sign")
    await taker.reads("班长 ban", ".handover-head")
    await giver.reads("班长 ban", ".handover-head")
    (handed,) = console.on.events(ShiftHandedOver)
    assert (handed.actor, handed.event.second, handed.event.notes) == ("li", "ban", "有设备待修")  # type: ignore[union-attr]


async def test_the_size_of_a_millimetre_is_set_by_a_bank_card_and_kept(window: Opener) -> None:
    one = await window()
    await one.sign_in("li", PASSWORD)
    await one.value("location.hash = 'calibrate'")
    bar = one.page.locator(".card-bar")
    await bar.wait_for()
    await one.page.wait_for_timeout(450)  # the buttons of a sheet are dead at first
    box = await bar.bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(85.6 * 96 / 25.4, abs=0.5)
    await one.page.locator("[data-key=step20]").click()
    await one.page.locator("[data-key='step-1']").click()
    await one.page.locator("[data-key=calibrated]").click()
    await bar.wait_for(state="detached")
    wanted = (85.6 * 96 / 25.4 + 19) / 85.6
    for _ in range(2):
        per_mm = await one.value("document.documentElement.style.getPropertyValue('--mm')")
        assert float(per_mm.removesuffix("px")) == pytest.approx(wanted, abs=0.001)
        await one.page.reload()
    assert one.page.url.endswith("#overview")


async def test_a_kiosk_whose_browser_forgot_its_size_has_it_from_the_daemon(window: Opener) -> None:
    one = await window()
    await one.sign_in("li", PASSWORD)
    one.sound_may_be_refused = True
    await one.go("/operator?screen=operator-1#calibrate")
    await one.page.locator(".card-bar").wait_for()
    await one.page.wait_for_timeout(450)
    await one.page.locator("[data-key=step20]").click()
    async with one.page.expect_response("**/api/screens/operator-1/size"):
        await one.page.locator("[data-key=calibrated]").click()
    wanted = await one.value("document.documentElement.style.getPropertyValue('--mm')")
    other = await window()
    other.sound_may_be_refused = True
    await other.go("/?screen=operator-1")
    await other.page.wait_for_function(
        "(mm) => document.documentElement.style.getPropertyValue('--mm') === mm", arg=wanted, timeout=10_000
    )

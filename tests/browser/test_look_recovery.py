"""How recoveries, numbers by hand, devices and the shift look, measured as the other screens are."""

import pytest

from controller.domain.reasons import Role
from controller.line.belt import PlcFlag, RingKind
from controller.line.events import DeviceDown, LoadArrived
from tests.browser.conftest import Console, Opener
from tests.browser.test_look import DESK, KIOSK, fits, signed_in
from tests.browser.test_recovery import HEALTHY, JAMMED
from tests.browser.told import HELD, STOPPED, A, B, Told
from tests.browser.window import Window

pytestmark = pytest.mark.browser


async def shown(one: Window, page: str) -> None:
    await one.value("(page) => { location.hash = page; }", page)
    await one.page.wait_for_timeout(500)


@pytest.mark.parametrize(
    ("language", "light", "size"), [("zh", "day", DESK), ("en", "day", KIOSK), ("zh", "night", KIOSK), ("en", "night", DESK)]
)
async def test_the_pages_fit_and_pass(
    window: Opener, console: Console, language: str, light: str, size: tuple[int, int, float]
) -> None:
    story = Told(console.on)
    story.on_belt(A, B)
    story.loses(1, 2)
    story.pass_to_decision(3, "")
    story.divert(3, 1)
    story.ring(RingKind.JAM, 0, 5)
    story.says(JAMMED, HELD, lane_full=1)
    await story.tell()
    await console.on.core.submit(LoadArrived("XY001", "渝A12345"), actor="li", role=Role.OPERATOR)
    await console.on.core.submit(DeviceDown("scale", "unplugged", "no answer"), actor="scale", role=Role.LINE)
    one = await signed_in(window, size, language, light)
    for page in ("recovery", "recovery/jam", "recovery/xray", "recovery/lane_full", "recovery/no_read", "recovery/seal"):
        await shown(one, page)
        await fits(one, page, size)
    for page in ("recovery/no_read", "recovery/jam"):
        await shown(one, page)
        await one.page.locator("carton-code .keys-toggle").click()
        await fits(one, f"{page} with keys", size)
    await one.page.locator("carton-code .keys-toggle").click()
    await one.page.locator(".code-row button").last.click()
    await one.page.locator("[data-key=inspect]").wait_for()
    await fits(one, "jam with an outcome to choose", size)
    for page in ("manual", "devices", "handover"):
        await shown(one, page)
        await fits(one, page, size)
    story.says(int(PlcFlag.HOST_LINK_OK), 9)
    await story.tell()
    await shown(one, "recovery/e_stop")
    await fits(one, "emergency stop", size)
    story.says(HEALTHY, STOPPED)
    await story.tell()
    await shown(one, "recovery/tracking")
    await fits(one, "tracking lost", size)

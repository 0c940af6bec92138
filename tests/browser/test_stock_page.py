"""A stock-take at the operator's screen: choose a place, scan what stands there, hand it in, see what differs."""

import pytest

from controller.line.custody_events import StockTaken
from tests.browser.bench_story import A, B, kept_cartons
from tests.browser.conftest import Console, Opener
from tests.browser.test_look import DESK, KIOSK, reads, signed_in
from tests.browser.window import LOOKS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "light"), LOOKS)
async def test_a_place_is_counted_by_scans_and_the_differences_are_shown(
    window: Opener, console: Console, language: str, light: str
) -> None:
    await kept_cartons(console)
    one = await signed_in(window, KIOSK, language, light, "li", "/operator#stock")
    page = one.page
    await page.locator("[data-key='p-扣留笼 1']").click()
    await page.locator("[data-key=taken]", has_text="XX99").wait_for()
    await reads(one, "stock", KIOSK)
    await page.locator("[data-key=begin]").click()
    for code in (A.lower(), A, "RR000000000CN"):
        await page.locator("#label").fill(code)
        await page.locator("#label").press("Enter")
    await page.locator("li[data-found=true]", has_text=A).wait_for()
    await page.locator("[data-key=n]", has_text="1").wait_for()
    await reads(one, "counting", KIOSK)
    await page.locator("[data-key=finish]").click()
    await page.locator("[data-key=taken]", has_text=B).wait_for()
    (done,) = [row for row in console.on.events(StockTaken) if row.actor == "li" and "RR000000000CN" in str(row.event)]
    assert done.event == StockTaken("扣留笼 1", (A, "RR000000000CN"))
    await reads(one, "counted", DESK)

"""How the open-box bench looks, measured as the operator's screens are: targets, nothing clipped, contrast, axe-core."""

import pytest

from tests.browser.bench_story import (
    B,
    closed_carton,
    differing_carton,
    kept_cartons,
    open_carton,
    sealed_carton,
    waiting_cartons,
)
from tests.browser.conftest import Console, Opener
from tests.browser.test_look import DESK, KIOSK, PANEL, TARGETS, Size, fits, reads, signed_in, too_small
from tests.browser.window import LOOKS, Window

pytestmark = pytest.mark.browser


def sizes(light: str, *more: Size) -> tuple[Size, ...]:
    return (KIOSK, *more) if light == "day" else (DESK,)


async def at(window: Opener, size: Size, language: str, light: str, page: str = "", account: str = "zhang") -> Window:
    one = await signed_in(window, size, language, light, account, f"/bench{page}")
    await one.page.locator(".pane").first.wait_for()
    await one.page.wait_for_timeout(400)
    return one


async def sheet_fits(one: Window, what: str, size: Size) -> None:
    """What lies under a sheet is nobody's target meanwhile."""
    await one.page.locator(".sheet").wait_for()
    await one.page.wait_for_timeout(500)
    await reads(one, what, size)
    targets = [target for target in await one.value(TARGETS) if target["name"]]
    assert not too_small(targets), f"{what} at {size}: {too_small(targets)}"


@pytest.mark.parametrize(("language", "light"), LOOKS)
async def test_an_open_carton_and_its_sheets_fit(window: Opener, console: Console, language: str, light: str) -> None:
    await open_carton(console)
    for size in sizes(light, PANEL):
        one = await at(window, size, language, light)
        await one.page.locator("bench-still img").first.wait_for()
        await fits(one, "an open carton", size)
        for sheet in ("decide", "people", "count", "seal") if size != PANEL else ("decide",):
            await one.page.locator(f"bench-hands [data-key={sheet}]").click()
            await sheet_fits(one, sheet, size)
            await one.page.keyboard.press("Escape")
        await one.page.context.close()


@pytest.mark.parametrize(("language", "light"), LOOKS)
async def test_what_differs_and_what_waits_fit(window: Opener, console: Console, language: str, light: str) -> None:
    await (differing_carton if light == "day" else waiting_cartons)(console)
    for size in sizes(light):
        one = await at(window, size, language, light)
        await fits(one, "a carton that differs, or what waits", size)
        await one.page.context.close()


@pytest.mark.parametrize(("language", "light"), LOOKS)
async def test_custody_and_stock_takes_fit(window: Opener, console: Console, language: str, light: str) -> None:
    await kept_cartons(console)
    for size in sizes(light):
        one = await at(window, size, language, light, "#custody")
        await fits(one, "custody", size)
        await one.page.locator("[data-key=count]").click()
        await one.page.wait_for_timeout(300)
        await fits(one, "a stock-take", size)
        await one.page.context.close()


@pytest.mark.parametrize(("language", "light"), LOOKS)
async def test_records_and_signing_fit(window: Opener, console: Console, language: str, light: str) -> None:
    await closed_carton(console)
    for size in sizes(light):
        one = await at(window, size, language, light, "#records", "ke" if light == "day" else "zhang")
        await fits(one, "a record to be judged", size)
        await one.page.locator(".row-button", has_text=B).click()
        await one.page.wait_for_timeout(300)
        await fits(one, "a record to be written", size)
        await one.page.locator("[data-key=elsewhere]").click()
        await one.page.wait_for_timeout(300)
        await fits(one, "a record that is filed elsewhere", size)
        await one.page.context.close()


@pytest.mark.parametrize(("language", "light"), LOOKS)
async def test_signing_fits(window: Opener, console: Console, language: str, light: str) -> None:
    await sealed_carton(console)
    one = await at(window, KIOSK if light == "day" else DESK, language, light)
    await sheet_fits(one, "the first signature", KIOSK)

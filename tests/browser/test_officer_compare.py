"""Two pictures of the same goods: locked views, blink, a curtain; and a screen that was locked, unlocked, and worked at again."""

import asyncio
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.async_api import expect

from controller.console.views import last4
from tests.browser.conftest import Console, Opener
from tests.browser.officer_bench import NUMBERS, Desk, DeskStory
from tests.console.bench import PASSWORD

pytestmark = pytest.mark.browser

LAST4 = [last4(number) for number in NUMBERS]
PANES = """() => {
  const viewer = document.querySelector('x-ray-viewer');
  return viewer.layout().map(({name, box, clip, picture, look}) => ({
    name, clip: clip ?? box, zoom: viewer.sight.zoomIn(box, picture), window: look.window,
    middle: viewer.sight.toTexel(box, picture, [box.x + box.width / 2, box.y + box.height / 2]),
  }));
}"""


async def panes(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await desk.window.value(PANES)
    return found


async def drawn(desk: Desk) -> list[int]:
    """What stands on the glass two frames on."""
    await desk.window.value("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return await middle(desk)


async def middle(desk: Desk) -> list[int]:
    """Pixels right of the middle, where one pane has its picture; clear of the curtain's line while that hangs in the middle."""
    box = await desk.page.locator("x-ray-viewer").bounding_box()
    assert box is not None
    clip = {"x": box["x"] + box["width"] / 2 + 40, "y": box["y"] + box["height"] / 2, "width": 48, "height": 16}
    shot = await desk.page.screenshot(clip=clip, animations="disabled")  # type: ignore[arg-type]
    image = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return [int(one) for one in image.reshape(-1)]


async def test_an_earlier_carton_of_the_same_goods_in_locked_views_blinking_and_behind_a_curtain(
    window: Opener, console: Console
) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    story.picked(2)
    desk = await Desk.open(await window())
    await desk.ready(LAST4[0])
    await desk.press("KeyF")
    await desk.ready(LAST4[1])
    await desk.press("KeyE")  # one view of it alone
    own = await drawn(desk)
    await desk.press("KeyC")
    await desk.page.locator("tool-strip [data-key=do-wipe]").wait_for()
    async with asyncio.timeout(10):
        while [one["name"] for one in await panes(desk)] != ["current", "earlier"]:
            await asyncio.sleep(0.05)
    await desk.page.locator("x-ray-viewer").hover()
    await desk.page.mouse.wheel(0, -300)
    await desk.press("BracketLeft")
    await desk.page.keyboard.down("Shift")
    await desk.press("ArrowLeft")
    await desk.page.keyboard.up("Shift")
    current, earlier = await panes(desk)
    assert current["zoom"] == earlier["zoom"]
    assert current["window"] == earlier["window"] != [0, 1]
    assert current["middle"] == pytest.approx(earlier["middle"], abs=0.6)
    await desk.press("Digit0", "KeyB")
    seen = set()
    for _ in range(12):
        seen.add(tuple(await middle(desk)))
        await asyncio.sleep(0.15)
    assert len(seen) == 2, "both in turn, at the same place"
    await desk.press("KeyB", "KeyW")
    left, right = await panes(desk)
    assert left["clip"]["width"] == pytest.approx(right["clip"]["width"], abs=1)
    assert left["clip"]["x"] + left["clip"]["width"] == right["clip"]["x"]
    for _ in range(10):
        await desk.press("ArrowRight", held_ms=20, gap_ms=20)
    assert await drawn(desk) == own, "drawn aside it shows this carton alone"
    for _ in range(20):
        await desk.press("ArrowLeft", held_ms=20, gap_ms=20)
    assert await drawn(desk) != own
    assert tuple(await drawn(desk)) in seen
    box = await desk.page.locator("x-ray-viewer").bounding_box()
    assert box is not None
    await desk.page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    share = await desk.window.value("document.querySelector('x-ray-viewer').curtain")
    assert share == pytest.approx(0.75, abs=0.02), "it follows the pointer, without a drag"
    await desk.press("KeyF")
    said = (await story.given(2))[1]
    assert (said.track, said.verdict) == ("1:2", "clear")
    assert all(word in said.tools for word in ("compare", "blink", "wipe"))


async def test_a_locked_screen_is_unlocked_and_work_goes_on(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    desk = await Desk.open(await window())
    await desk.ready()
    await desk.page.locator("line-header .who").click()
    await expect(desk.page.locator(".sheet")).not_to_contain_class("dead")
    await desk.page.get_by_role("button", name="锁定", exact=True).click()
    await desk.says("屏幕已锁定")
    await desk.page.locator("line-header .who", has_text="已锁定").click()
    await desk.page.locator("#proof").fill("a wrong one")
    await desk.page.locator("#proof").press("Enter")
    await expect(desk.page.locator("#proof-fault")).not_to_be_empty()
    await desk.says("屏幕已锁定")
    await desk.page.locator("#proof").fill(PASSWORD)
    await desk.page.locator("#proof").press("Enter")
    await expect(desk.page.locator(".sheet")).to_have_count(0)
    await desk.ready(LAST4[0])
    await desk.press("KeyF")
    (said,) = await story.given(1)
    assert said.verdict == "clear"


@pytest.mark.parametrize("console", [{"console.other_lines": ["XY-2 http://127.0.0.1:1"]}], indirect=True)
async def test_the_page_leads_to_the_consoles_of_other_lines_which_the_company_is_not_told_of(
    window: Opener, console: Console
) -> None:
    other = "http://127.0.0.1:1"
    desk = await Desk.open(await window())
    leads = desk.page.locator("line-header [data-key=nav-line-XY-2]")
    await expect(leads).to_have_text("XY-2 线 ↗")
    await desk.window.value("() => { window.open = (address, where, how) => { window.opened = [address, where, how]; }; }")
    await leads.click()
    assert await desk.window.value("window.opened") == [f"{other}/officer", "_blank", "noopener"]
    company = await window()
    await company.sign_in("li", PASSWORD)
    assert (
        await company.value("async () => Object.keys((await (await fetch('/api/state')).json()).values).includes('lines')")
        is False
    )

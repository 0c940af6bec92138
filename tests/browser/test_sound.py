"""What is heard at a screen: the most urgent unseen alarm until it is silenced, what became of a scan, a tone at the start."""

from typing import Any

import pytest
from playwright.async_api import expect

from controller.domain.reasons import Role
from controller.line.belt import PlcFlag
from controller.line.events import DeviceDown, DeviceUp
from tests.browser.conftest import Console, Opener
from tests.browser.plc import ABORTED, HEALTHY
from tests.browser.test_recovery import Hands
from tests.browser.window import Window
from tests.console.bench import PASSWORD

pytestmark = pytest.mark.browser

SOUND = "import(new URL('core/sound.js', location.href).href)"
# Each pattern put into a context that only counts: where there is sound, how loud, at which tone (by crossings of zero).
HEARD = f"""async () => {{
    const {{ PATTERNS, schedule }} = await {SOUND};
    const found = {{}};
    for (const [name, {{ notes }}] of Object.entries(PATTERNS)) {{
        const context = new OfflineAudioContext(1, 2 * 44100, 44100);
        schedule(context, context.destination, name, 0);
        const samples = (await context.startRendering()).getChannelData(0);
        const part = (from, to) => samples.slice(Math.round(from * 44100), Math.round(to * 44100));
        const loud = (some) => some.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
        const crossings = (some) => some.reduce((n, one, at) => n + (at > 0 && one >= 0 !== some[at - 1] >= 0), 0);
        const tone = (some) => crossings(some) / 2 / (some.length / 44100);
        found[name] = {{
            loudest: loud(samples), after: loud(part(notes.at(-1)[1] + notes.at(-1)[2] + 0.02, 2)),
            notes: notes.map(([hz, at, long]) => {{
                return {{ hz, heard: tone(part(at + 0.01, at + long - 0.01)), loud: loud(part(at, at + long)) }};
            }}),
        }};
    }}
    return found;
}}"""


async def played(one: Window) -> list[str]:
    return [str(name) for name in await one.value(f"async () => (await {SOUND}).sound.played.map((one) => one.name)")]


async def hears(one: Window, name: str, times: int = 1) -> None:
    wanted = f"async ([name, n]) => (await {SOUND}).sound.played.filter((one) => one.name === name).length >= n"
    await one.page.wait_for_function(wanted, arg=[name, times], timeout=10_000)


async def at_the_screen(one: Window) -> Hands:
    await one.sign_in_by_hand("li", PASSWORD)
    await one.page.locator("html[data-link=live]").wait_for()
    return Hands(one)


async def device(console: Console, name: str, up: bool = False) -> None:
    event = DeviceUp(name) if up else DeviceDown(name, "unplugged", "no answer")
    await console.on.core.submit(event, actor=name, role=Role.LINE)


async def test_every_pattern_has_its_tones_is_not_clipped_and_ends(window: Opener) -> None:
    one = await window()
    await one.go("/")
    heard: dict[str, Any] = await one.value(HEARD)
    assert set(heard) == {"1", "2", "3", "ok", "mismatch", "unknown", "test"}
    for name, of in heard.items():
        assert 0.2 < of["loudest"] <= 0.6, name
        assert of["after"] == 0, name
        for note in of["notes"]:
            assert note["heard"] == pytest.approx(note["hz"], rel=0.05), name
            assert note["loud"] > 0.2, name
    tunes = [tuple(note["hz"] for note in of["notes"]) for of in heard.values()]
    assert len(set(tunes)) == len(tunes), "no two sound alike"


async def test_the_most_urgent_unseen_alarm_sounds_until_it_is_silenced_and_a_new_cause_sounds_again(
    window: Opener, console: Console
) -> None:
    await console.plc.synced()
    me = await at_the_screen(await window())
    await hears(me.window, "test")
    await device(console, "scale")
    await hears(me.window, "3")
    await console.plc.says(HEALTHY & ~PlcFlag.GUARDS_CLOSED, ABORTED)
    await hears(me.window, "1", 2)  # it stands, so it sounds again
    await me.tap(me.page.locator("line-controls [data-key=mute]"))
    await expect(me.page.locator("line-header .sound")).to_have_text("已静音")
    so_far = len(await played(me.window))
    await me.page.wait_for_timeout(2600)
    assert len(await played(me.window)) == so_far
    await device(console, "verify")
    await me.page.wait_for_function(
        f"async (n) => (await {SOUND}).sound.played.slice(n).some((one) => one.name === '3')", arg=so_far, timeout=10_000
    )
    await device(console, "verify", up=True)


async def test_a_page_that_was_never_touched_says_that_it_is_silent_and_the_first_touch_starts_it(
    window: Opener, console: Console
) -> None:
    await console.plc.synced()
    first = await window()
    await first.sign_in_by_hand("li", PASSWORD)
    one = await window(beside=first)
    await first.page.close()
    await one.go("/operator")
    await device(console, "scale")
    await expect(one.page.locator("line-header .sound.off")).to_have_text("声音未启用")
    await expect(one.page.locator("line-header .alarm")).to_contain_text("scale")
    assert await played(one) == []
    await one.page.locator("main").click(position={"x": 3, "y": 3})
    await expect(one.page.locator("line-header .sound.off")).to_have_count(0)
    await hears(one, "test")
    await hears(one, "3")


async def test_customs_hears_alarms_at_its_desk_and_silences_them_there(window: Opener, console: Console) -> None:
    await console.plc.synced()
    desk = await window()
    await desk.sign_in_by_hand("zhang", PASSWORD)
    await desk.page.keyboard.press("F9")  # any key or touch
    await expect(desk.page.locator("line-header .sound.off")).to_have_count(0)
    await console.plc.says(HEALTHY & ~PlcFlag.AIR_OK)
    await hears(desk, "2")
    await console.on.core.submit(DeviceDown("scale", "unplugged", "no answer"), actor="scale", role=Role.LINE)
    await desk.page.locator("line-header .alarm").click()
    await desk.page.locator("[data-key=silence]").wait_for()
    await expect(desk.page.locator(".sheet")).not_to_contain_class("dead")
    await desk.page.locator("[data-key=silence]").click()
    await expect(desk.page.locator("line-header .sound")).to_have_text("已静音")


async def test_a_scan_is_answered_by_ear(window: Opener, console: Console) -> None:
    await console.plc.synced()
    me = await at_the_screen(await window())
    await me.go("manual")
    await me.page.locator("h2").first.click()
    await hears(me.window, "test")
    field = me.page.locator("#carton-code")
    await field.click()
    await me.page.keyboard.type("CP100000012CN")
    await me.page.keyboard.press("Enter")
    await hears(me.window, "mismatch")

"""How the screens look, measured: sizes in millimetres, nothing clipped, no key without words, contrast, what axe-core finds."""

import re
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.async_playwright import DEFAULT_OPTIONS, Axe

from controller.domain.reasons import Role
from controller.line.belt import PlcFlag
from controller.line.events import DeviceDown
from tests.browser.conftest import Console, Opener
from tests.browser.officer_bench import DeskStory
from tests.browser.plc import ABORTED, HEALTHY
from tests.browser.window import LOOKS, Window
from tests.console.bench import PASSWORD
from tests.console.picture_bench import METAL

pytestmark = pytest.mark.browser

KIOSK, DESK, LARGE = (1024, 768, 3.78), (1280, 800, 3.78), (1920, 1080, 3.78)
PANEL = (1920, 1080, 5.55)  # 15.6 inches, calibrated
Size = tuple[int, int, float]  # pixels, and pixels a millimetre

PRIMARY_MM, SECONDARY_MM, GAP_MM = 20, 15, 3
MOUSE_MM = 8.5
SLACK_MM = 0.3
AXE = Axe()

# Every visible element with text of its own whose text does not fit, and every one that ends outside the window.
CLIPPED = """() => {
    const found = [];
    for (const el of document.body.querySelectorAll('*')) {
        const own = [...el.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        const box = el.getBoundingClientRect();
        if (!own || !box.width || el.closest('.belt') || el.closest('[hidden]')) continue;
        const scrolls = el.closest('.alarm-list, .scrolls, .sheet-body, main.sign-in-page, main.set-up-page');
        const name = `${el.className} "${el.textContent.trim()}"`;
        const style = getComputedStyle(el);
        // Where there is a mouse, a text that is shortened may say its whole under the pointer.
        const told = document.documentElement.dataset.page === 'officer' && el.title === el.textContent.trim();
        const cuts = style.overflow !== 'visible' && !told;
        if (cuts && (el.scrollWidth > el.clientWidth + 1 || el.scrollHeight > el.clientHeight + 3)) found.push(`cut: ${name}`);
        const outside = box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1;
        if (!scrolls && outside) found.push(`outside: ${name}`);
        const button = el.closest('button');
        const room = button !== el && button?.getBoundingClientRect();
        if (room && (box.bottom > room.bottom + 1 || box.right > room.right + 1)) found.push(`spills out of its button: ${name}`);
        for (let up = el.parentElement; up && !scrolls; up = up.parentElement) {
            if (getComputedStyle(up).overflow === 'visible') continue;
            const room = up.getBoundingClientRect();
            const cut = box.right > room.right + 2 || box.bottom > room.bottom + 3 || box.left < room.left - 2;
            if (cut) found.push(`cut by ${up.className || up.localName}: ${name}`);
        }
    }
    return found;
}"""

TARGETS = """() => {
    const mm = parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--mm'));
    const scrolledAway = (el) => {
        const pane = el.closest('.scrolls')?.getBoundingClientRect();
        return pane && el.getBoundingClientRect().bottom > pane.bottom + 1;
    };
    const all = [...document.querySelectorAll('button, a, input')];
    return all.filter((el) => el.getClientRects().length && !scrolledAway(el)).map((el) => {
        const box = el.getBoundingClientRect();
        return { name: el.textContent.trim() || el.id, primary: Boolean(el.closest('footer') || el.classList.contains('primary')),
            check: el.type === 'checkbox', inline: getComputedStyle(el).display === 'inline',
            x: box.left / mm, y: box.top / mm, width: box.width / mm, height: box.height / mm };
    });
}"""


async def signed_in(window: Opener, size: Size, language: str, light: str, account: str = "ban", path: str = "") -> Window:
    """By hand, on the page of the own work; with a `path` on that one, and no other page was there before."""
    one = await window(viewport={"width": size[0], "height": size[1]})
    script = f"localStorage.setItem('xiyong-language', '{language}'); localStorage.setItem('xiyong-light', '{light}');"
    script += f"localStorage.setItem('xiyong-px-per-mm', '{size[2]}')"
    await one.page.add_init_script(script)
    if path:
        await one.sign_in(account, PASSWORD, path)
    else:
        await one.sign_in_by_hand(account, PASSWORD)
    await one.page.locator("html[data-link=live]").wait_for()
    return one


# One page is every screen in turn: as large as that, with so many pixels a millimetre, as a calibration leaves it.
SIZED = """async (perMm) => {
    document.documentElement.style.setProperty('--mm', `${perMm}px`);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


async def sized(one: Window, size: Size) -> None:
    await one.page.set_viewport_size({"width": size[0], "height": size[1]})
    await one.value(SIZED, size[2])


async def trouble(console: Console) -> None:
    """As much as a screen may ever have to show at once."""
    await console.plc.synced()
    await console.plc.says(HEALTHY | PlcFlag.RUNNING, 6, lane_full=5)
    for track in (11, 12):
        await console.plc.inducts(track)
    for device in ("scale", "verify", "induct-camera", "xray"):
        await console.on.core.submit(DeviceDown(device, "unplugged", "no answer"), actor=device, role=Role.LINE)
    await console.on.settled()


def too_small(targets: list[dict[str, Any]]) -> list[str]:
    found = []
    for one in targets:
        least = PRIMARY_MM if one["primary"] else SECONDARY_MM
        if not one["check"] and (one["height"] < least - SLACK_MM or one["width"] < SECONDARY_MM - SLACK_MM):
            found.append(f"{one['name']}: {one['width']:.1f} x {one['height']:.1f} mm")
    return found


def too_close(targets: list[dict[str, Any]]) -> list[str]:
    rows: dict[int, list[dict[str, Any]]] = {}
    for one in targets:
        rows.setdefault(round(one["y"]), []).append(one)
    return [
        f"{left['name']} | {right['name']}"
        for row in rows.values() for left, right in pairwise(sorted(row, key=lambda one: float(one["x"])))
        if right["x"] - left["x"] - left["width"] < GAP_MM - SLACK_MM
    ]  # fmt: skip


@pytest.mark.parametrize(("language", "light"), LOOKS)
async def test_the_operators_screens_fit_and_pass(window: Opener, console: Console, language: str, light: str) -> None:
    await trouble(console)
    one = await signed_in(window, KIOSK, language, light)
    for size in (KIOSK, DESK, LARGE, PANEL) if light == "day" else (KIOSK,):
        await sized(one, size)
        for page in ("overview", "alarms"):
            await one.value("(page) => { location.hash = page; }", page)
            await one.page.locator(f"operator-{page}").wait_for()
            await one.page.wait_for_timeout(300)
            await fits(one, page, size)
        await console.plc.says(PlcFlag.HOST_LINK_OK | PlcFlag.SAFETY_RESET_NEEDED | PlcFlag.LOCAL_START_NEEDED, ABORTED)
        await one.value("() => { location.hash = 'overview'; }")
        await one.page.locator(".at-machine").wait_for()
        await fits(one, "after an emergency stop", size)
        await console.plc.says(HEALTHY | PlcFlag.RUNNING, 6, lane_full=5)
    await sized(one, KIOSK)
    await one.page.locator("line-header .who").click()
    await one.page.locator(".sheet .pages").wait_for()
    await one.page.wait_for_timeout(500)
    await reads(one, "where to go", KIOSK)
    small = too_small([target for target in await one.value(TARGETS) if target["name"]])
    assert not small, small


# As old as that, for as long as one looks; null = as old as it is.
AGE = """async (age) => {
    const { stream } = await import(new URL('core/stream.js', location.href).href);
    if (age === null) delete stream.ageMs;
    else stream.ageMs = () => age;
}"""


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_lost_link_and_what_it_left_fit_beside_everything_else(window: Opener, console: Console, language: str) -> None:
    await trouble(console)
    one = await signed_in(window, KIOSK, language, "day")
    for size in (KIOSK, PANEL):
        await sized(one, size)
        for age, link in ((3400, "stale"), (12_000, "lost"), (None, "live")):
            await one.value(AGE, age)
            await one.page.locator(f"html[data-link={link}]").wait_for()
            await one.page.wait_for_timeout(400)
            await fits(one, link, size)
        await one.page.locator(".missed").wait_for()


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_sign_in_and_set_up_fit_and_pass(window: Opener, console: Console, language: str) -> None:
    one = await window()
    await one.page.add_init_script(f"localStorage.setItem('xiyong-language', '{language}')")
    for path in ("/", "/set-up"):
        await one.go(path)
        await one.page.locator("input").first.wait_for()
        for size in (KIOSK, LARGE):
            await sized(one, size)
            await fits(one, path, size)


@pytest.mark.parametrize(("language", "light"), LOOKS)
async def test_the_officers_screen_reads(window: Opener, console: Console, language: str, light: str) -> None:
    """Its buttons are for a mouse: everything that is measured but the size of targets for a glove."""
    story = DeskStory(console.on)
    story.picked(1, METAL)
    story.picked(2)
    one = await signed_in(window, DESK, language, light, "zhang")
    await one.page.locator("decision-bar .standing[data-kind='']").wait_for()
    for size in (DESK, LARGE):
        await sized(one, size)
        await one.page.wait_for_timeout(500)
        await reads(one, "a picture", size)
        for what, key in (("keys", "Shift+Slash"), ("a preview", "ArrowDown")):
            await one.page.keyboard.press(key)
            await one.page.wait_for_timeout(700)
            await reads(one, what, size)
            await one.page.keyboard.press("Escape")
        await one.page.locator("line-header .alarm").click()
        await one.page.wait_for_timeout(700)
        await reads(one, "alarms", size)
        await one.page.keyboard.press("Escape")
        await one.page.locator(".sheet").wait_for(state="detached")


async def fits(one: Window, what: str, size: Size) -> None:
    """One measured look."""
    await reads(one, what, size)
    targets = await one.value(TARGETS)
    assert not too_small(targets), f"{what} at {size}: {too_small(targets)}"
    assert not too_close(targets), f"{what} at {size}: {too_close(targets)}"


async def at_a_desk(one: Window, what: str, size: Size) -> None:
    """One measured look at a page for a mouse; a link inside a sentence is as high as its line."""
    await reads(one, what, size)
    small = [
        f"{target['name']}: {target['width']:.1f} x {target['height']:.1f} mm"
        for target in await one.value(TARGETS)
        if not (target["check"] or target["inline"]) and min(target["height"], target["width"]) < MOUSE_MM - SLACK_MM
    ]
    assert not small, f"{what} at {size}: {small}"


async def reads(one: Window, what: str, size: Size) -> None:
    """Nothing is clipped, and what axe-core finds."""
    await one.check()
    clipped = await one.value(CLIPPED)
    assert not clipped, f"{what} at {size}: {clipped}"
    if not await one.value("'axe' in window"):
        await one.value(AXE.axe_script)
    found = (await one.value("(asked) => axe.run(document, asked)", DEFAULT_OPTIONS))["violations"]
    serious = [
        f"{rule['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:300]}"
        for rule in found if rule["impact"] in ("serious", "critical") for node in rule["nodes"]
    ]  # fmt: skip
    assert not serious, f"{what} at {size}: {serious}"


async def test_every_key_that_is_used_has_words_and_every_word_is_there_in_both_languages() -> None:
    from controller.console.pages import UI

    known: dict[str, tuple[str, str]] = {}
    for path in (UI / "words").glob("*.js"):
        for key, zh, en in re.findall(
            r'^\s*"?([\w.]+)"?: \["((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\]', path.read_text("utf-8"), re.M
        ):
            known[key] = (zh, en)
        for key, zh, en in re.findall(r'"([\w.]+)": \["((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\]', path.read_text("utf-8")):
            known[key] = (zh, en)
    assert len(known) > 100
    for key, (zh, en) in known.items():
        assert zh.strip(), key
        assert en.strip(), key
        # What is kept in the journal as a reason is kept in both languages at once.
        assert key.endswith("_kept") or not re.search("[\u4e00-\u9fff]", en), key
        assert set(re.findall(r"\{(\w+)\}", zh)) == set(re.findall(r"\{(\w+)\}", en)), key
    for path in UI.rglob("*.js"):
        for key in re.findall(r'\bt\(\s*"([\w.]+)"', path.read_text("utf-8")):
            assert key in known, f"{path.name}: {key}"

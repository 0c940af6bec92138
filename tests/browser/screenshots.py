"""Pictures of every screen: three sizes, both languages, day and night, live, stale and lost: `make screenshots`.

One rule: the pages are those that people get, over a real console; only the age of what was heard is set, so that stale and lost
can be looked at for as long as one likes.

    python -m tests.browser.screenshots [--out DIR] [--only overview,officer]
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Browser, Error, async_playwright

from controller.console.web import Place
from controller.domain.reasons import Role
from controller.line.belt import PlcFlag
from controller.line.events import DeviceDown
from tests.browser.bench_story import (
    closed_carton,
    differing_carton,
    kept_cartons,
    open_carton,
    waiting_cartons,
)
from tests.browser.conftest import Console, free_place
from tests.browser.officer_bench import DeskStory
from tests.browser.plc import ABORTED, HEALTHY
from tests.browser.test_trace_look import served
from tests.browser.window import ARGUMENTS, CHROMIUM, Window
from tests.console.bench import PASSWORD, bench
from tests.console.gate_bench import show, two_at_once
from tests.console.past_day import past_day
from tests.console.picture_bench import METAL, drawn, stored
from tests.console.story_bench import A, a_day, told_at
from tests.console.test_chief_desk import led
from tests.console.test_config_desk import waits
from tests.trace.trace_bench import CODE

SIZES = {"1920x1080": (1920, 1080), "1280x800": (1280, 800), "kiosk": (1024, 768)}
AGES_MS = {"live": None, "stale": 3400, "lost": 12_000}
SETTLES_MS = 350
TRACE = "trace"

SET = """async ({language, light, age}) => {
    const at = (name) => new URL(`core/${name}.js`, location.href).href;
    const [words, place, {stream}] = await Promise.all(['words', 'place', 'stream'].map((name) => import(at(name))));
    if (words.language() !== language) words.setLanguage(language);
    if (place.light() !== light) place.setLight(light);
    if (age === null) delete stream.ageMs;
    else stream.ageMs = () => age;
}"""


async def running(console: Console) -> None:
    await console.plc.synced()
    await console.plc.runs()
    for track in (11, 12):
        await console.plc.inducts(track)
        await asyncio.sleep(2.5)


async def after_an_emergency_stop(console: Console) -> None:
    await running(console)
    await console.plc.says(PlcFlag.HOST_LINK_OK | PlcFlag.SAFETY_RESET_NEEDED | PlcFlag.LOCAL_START_NEEDED, ABORTED)


async def in_trouble(console: Console) -> None:
    await running(console)
    await console.plc.says(HEALTHY | PlcFlag.RUNNING, 6, lane_full=1)
    for device in ("scale", "verify"):
        await console.on.core.submit(DeviceDown(device, "unplugged", "no answer"), actor=device, role=Role.LINE)


async def at_the_desk(console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1, METAL)
    story.picked(2)


async def trucks_at_the_gates(console: Console) -> None:
    show(console.on, two_at_once())


async def a_day_of_it(console: Console) -> None:
    """Three hours behind it: cartons on their lanes, judged pictures, stops, alarms, and the daemon off for a while."""
    await led(console.on)


async def settings_wait(console: Console) -> None:
    await running(console)
    await waits(console.on)


async def a_cartons_day(console: Console) -> None:
    await running(console)
    on = console.on
    told_at(on, a_day(on.evidence, pictures=(stored(on, drawn(1)), stored(on, drawn(2)))))


# name: what is pressed there before the picture is taken.
PRESSED = {"officer-gate": "[data-key=nav-gate]"}

# name: who sits there, the address, what the line is like.
Situation = Callable[[Console], Awaitable[object]]
SCREENS: dict[str, tuple[str, str, Situation]] = {
    "sign-in": ("", "/", running), "set-up": ("", "/set-up", running), "overview": ("li", "/operator", running),
    "overview-estop": ("li", "/operator", after_an_emergency_stop), "overview-trouble": ("li", "/operator", in_trouble),
    "alarms": ("ban", "/operator#alarms", in_trouble), "recovery": ("ban", "/operator#recovery", in_trouble),
    "manual": ("li", "/operator#manual", running), "devices": ("ban", "/operator#devices", in_trouble),
    "handover": ("ban", "/operator#handover", running), "stock": ("li", "/operator#stock", kept_cartons),
    "officer": ("zhang", "/officer", at_the_desk),
    "officer-gate": ("zhang", "/officer", trucks_at_the_gates),
    "wall": ("ban", "/wall", a_day_of_it), "wall-customs": ("ke", "/wall", a_day_of_it),
    "lead": ("ke", "/lead", a_day_of_it), "lead-rules": ("ke", "/lead#rules", a_day_of_it),
    "lead-samples": ("zhao", "/lead#samples", a_day_of_it), "lead-emergency": ("ke", "/lead#emergency", a_day_of_it),
    "lead-open": ("ban", "/lead#open", a_day_of_it), "integrator": ("ji", "/integrator", in_trouble),
    "integrator-values": ("ji", "/integrator#values", in_trouble), "integrator-log": ("ji", "/integrator#log", in_trouble),
    "integrator-changes": ("ji", "/integrator#changes", settings_wait), "lead-settings": ("ke", "/lead#settings", settings_wait),
    "integrator-configuration": ("ji", "/integrator#configuration", running),
    "integrator-diagnostics": ("ji", "/integrator#diagnostics", running),
    "story": ("shen", f"/story#{A}", a_cartons_day), "story-company": ("ban", f"/story#{A}", a_cartons_day),
    "story-search": ("shen", "/story#L1", a_cartons_day),
    "bench-waits": ("zhang", "/bench", waiting_cartons), "bench": ("zhang", "/bench", open_carton),
    "bench-differs": ("zhang", "/bench", differing_carton), "bench-custody": ("zhang", "/bench#custody", kept_cartons),
    "bench-records": ("ke", "/bench#records", closed_carton),
}  # fmt: skip


async def shoot(browser: Browser, name: str, out: Path) -> int:
    account, address, situation = SCREENS[name]
    place: Place = free_place()
    taken = 0
    with tempfile.TemporaryDirectory() as home:
        if situation is a_day_of_it:
            past_day(Path(home) / "console")
        async with bench(Path(home) / "console", place) as on:
            console = Console(on)
            await console.open()
            context = await browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
            try:
                await situation(console)
                window = await Window.open(context, place)
                if account:
                    await window.sign_in_by_hand(account, PASSWORD)
                await window.go(address)
                if account:
                    await window.page.locator("html[data-link=live]").wait_for()
                if name in PRESSED:
                    await window.page.locator(PRESSED[name]).click()
                taken = await _matrix(window, name, out, ages=AGES_MS if account else {"live": None})
            finally:
                await context.close()
                await console.shut()
    return taken


async def _matrix(window: Window, name: str, out: Path, ages: dict[str, int | None]) -> int:
    taken = 0
    for size, (width, height) in SIZES.items():
        await window.page.set_viewport_size({"width": width, "height": height})
        for language in ("zh", "en"):
            for light in ("day", "night"):
                for link, age in ages.items():
                    await window.value(SET, {"language": language, "light": light, "age": age})
                    if len(ages) > 1:
                        await window.page.locator(f"html[data-link={link}]").wait_for()
                    await window.page.wait_for_timeout(SETTLES_MS)
                    await window.page.screenshot(path=out / f"{name}-{size}-{language}-{light}-{link}.png")
                    taken += 1
    return taken


async def shoot_trace(browser: Browser, out: Path) -> int:
    """The public page, on a phone and on a desk: it has no light of its own and no link."""
    pages = {"ask": "", "released": f"code={CODE}", "compared": f"code={CODE}&barcode=6901234567892",
             "unknown": f"code={'0' * 16}", "mistyped": "code=ABC"}  # fmt: skip
    taken = 0
    for size, (width, height) in {"phone": (360, 740), "1280x800": (1280, 800)}.items():
        with tempfile.TemporaryDirectory() as home:
            async with served(Path(home)) as address:
                page = await browser.new_page(viewport={"width": width, "height": height})
                for name, query in pages.items():
                    for language in ("zh", "en"):
                        await page.goto(f"{address}/?{query}&lang={language}")
                        await page.screenshot(path=out / f"trace-{name}-{size}-{language}.png", full_page=True)
                        taken += 1
                await page.close()
    return taken


async def run(out: Path, names: list[str]) -> int:
    out.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name in names:
            try:
                taken = await (shoot_trace(browser, out) if name == TRACE else shoot(browser, name, out))
            except Error as error:
                sys.stderr.write(f"{name}: {error.message.splitlines()[0]}\n")
                return 1
            sys.stdout.write(f"{name}: {taken} pictures\n")
            sys.stdout.flush()
        await browser.close()
    sys.stdout.write(f"in {out}\n")
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description="Pictures of every screen.")
    parser.add_argument("--out", type=Path, default=Path("screenshots"), help="where they go")
    parser.add_argument("--only", default=",".join((*SCREENS, TRACE)), help="which screens")
    told = parser.parse_args()
    sys.exit(asyncio.run(run(told.out, told.only.split(","))))


if __name__ == "__main__":
    main()

"""The boards of those who lead: the wall board from five metres, statistics, changed rules, second looks, emergency releases."""

import asyncio
import re
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import TimeoutError as TooLate

from controller.domain.reasons import Role
from controller.line.afterwards_events import EmergencyReleaseEntered, SampleReviewed
from controller.line.events import DeviceDown
from controller.line.shift_events import RulesSigned
from tests.browser.conftest import Console, Opener
from tests.browser.test_look import AGE, KIOSK, at_a_desk, reads, sized
from tests.browser.window import LOOKS, Window
from tests.console.bench import PASSWORD
from tests.console.past_day import past_day
from tests.console.test_chief_desk import led

pytestmark = pytest.mark.browser
BOARD = (1280, 720, 1280 / 708)  # 32 inches wide


@pytest.fixture
def lived(tmp_path: Path) -> None:
    """The line has a morning behind it; asked for before the console, which opens that journal."""
    past_day(tmp_path / "console")


# Of what is read from afar, in pixels.
TYPE = """() => [...document.querySelectorAll('.wall-cells dt, .wall-cells dd:not(.caption)')]
    .map((el) => parseFloat(getComputedStyle(el).fontSize))"""
# What waits for a signature is there at once, and not only when the page looks again.
NEVER_AGAIN = "const every = setInterval; window.setInterval = (does, ms) => (ms === 3000 ? 0 : every(does, ms));"
COUNTED = "(name) => document.querySelector(`[data-key=wall-${name}] dd`)?.textContent !== '—'"


async def opened(
    window: Opener, account: str, path: str, size: tuple[int, int, float], language: str = "zh", light: str = "day"
) -> Window:
    one = await window(viewport={"width": size[0], "height": size[1]})
    script = f"localStorage.setItem('xiyong-language', '{language}'); localStorage.setItem('xiyong-light', '{light}');"
    await one.page.add_init_script(script + f"localStorage.setItem('xiyong-px-per-mm', '{size[2]}')")
    await one.sign_in(account, PASSWORD, path)
    await one.page.locator("html[data-link=live]").wait_for()
    return one


async def figure(one: Window, name: str) -> str:
    await one.page.wait_for_function(COUNTED, arg=name)
    return await one.page.locator(f"[data-key=wall-{name}] dd").first.inner_text()


async def test_the_wall_says_how_the_line_does_and_has_nothing_to_press(lived: None, window: Opener, console: Console) -> None:
    await console.on.counted()
    company, customs = await opened(window, "ban", "/wall", BOARD), await opened(window, "ke", "/wall", BOARD)
    for one in (company, customs):
        assert await figure(one, "release") == "67 %"
        assert await figure(one, "stops") == "4"
        assert "人工停止" in await one.page.locator("[data-key=wall-stops]").inner_text()
        assert await one.page.locator("button, a, input").count() == 0
        assert min(await one.value(TYPE)) / BOARD[2] >= 36, "Chinese type is read from five metres"
    assert re.fullmatch(r"[\d.]+/[\d.]+", await figure(customs, "decides"))
    text = await company.page.locator("main").inner_text()
    assert "待审" not in text, "how many pictures wait would tell which carton was picked"
    assert "判图" not in text


@pytest.mark.parametrize(("language", "light"), LOOKS)
async def test_the_wall_reads(lived: None, window: Opener, console: Console, language: str, light: str) -> None:
    await console.on.counted()
    for size in (BOARD, (1024, 768, 96 / 25.4)):
        one = await opened(window, "ban" if light == "day" else "ke", "/wall", size, language, light)
        await figure(one, "release")
        await reads(one, "wall", size)
        await one.page.context.close()


DESK = (1280, 800, 96 / 25.4)


async def tab(one: Window, key: str) -> None:
    await one.page.locator(f"[data-key={key}]").click()


async def test_a_leader_reads_figures_as_plot_and_table_and_the_company_not_who_judged(
    lived: None, window: Opener, console: Console
) -> None:
    await console.on.counted()
    chief, lead = await opened(window, "ke", "/lead", DESK), await opened(window, "ban", "/lead", DESK)
    for one in (chief, lead):
        await one.page.locator(".figures[data-key=hour] table").wait_for()
        assert "共 16 箱" in await one.page.locator(".totals").inner_text()
        assert await one.page.locator(".plot .gap").count() > 5, "hours of which nothing is known are hatched"
        assert await one.page.locator("figcaption").inner_text() == "每小时过箱 (箱)"
        assert {"放", "查"} <= set(await one.page.locator(".plot .on-bar").all_text_contents()), "not its colour alone"
        assert "统计至" in await one.page.locator("[data-key=worth]").inner_text()
        await tab(one, "by-stop")
        await one.page.locator(".figures[data-key=stop] table").wait_for()
        assert "急停已按下" in await one.page.locator(".figures[data-key=stop] table").inner_text()
    assert await lead.page.locator("[data-key=by-officer], [data-key=nav-rules], [data-key=nav-samples]").count() == 0
    await tab(chief, "by-officer")
    await chief.page.locator(".figures[data-key=officer] table").wait_for()
    assert "样本少" in await chief.page.locator(".figures[data-key=officer] table").inner_text()
    await tab(lead, "by-chapter")
    await lead.page.locator(".figures[data-key=chapter] table").wait_for()
    assert await lead.page.locator(".figures[data-key=chapter] th[scope=col]").all_inner_texts() == ["HS 章", "箱"]


async def test_rules_are_run_dry_and_signed_by_two_who_see_what_differs(lived: None, window: Opener, console: Console) -> None:
    await led(console.on)
    officer, chief = await opened(window, "zhang", "/lead#rules", DESK), await opened(window, "ke", "/lead#rules", DESK)
    assert "6402" in await officer.page.locator("td .after", has_text="6402").inner_text()
    await tab(officer, "dry-run")
    await officer.page.locator(".dry-run .totals", has_text="新增须看 4, 不再须看 4").wait_for()
    await officer.page.locator("#why").fill("fewer boots")
    await tab(officer, "propose")
    await chief.page.locator("[data-key=sign]").click()
    await chief.page.locator(".hint", has_text="没有待签的规则").wait_for()
    (done,) = console.on.events(RulesSigned)
    assert (done.actor, done.event.second) == ("zhang", "ke")  # type: ignore[union-attr]


async def test_a_second_look_and_an_emergency_release_are_recorded(lived: None, window: Opener, console: Console) -> None:
    await led(console.on)
    officer, chief = await opened(window, "zhao", "/lead#samples", DESK), await opened(window, "ke", "/lead#emergency", DESK)
    await officer.page.locator("[data-key=look-open]:enabled").wait_for()
    assert await officer.value("() => document.querySelector('canvas').width") == 120, "no word without the picture"
    await officer.page.locator("#cause").fill("a knife")
    await tab(officer, "look-open")
    async with asyncio.timeout(20):  # a page that is left takes what it was just sending with it
        while not console.on.events(SampleReviewed):
            await asyncio.sleep(0.05)
    await officer.go("/lead#emergency")
    for name, value in (("began", "2026-11-25T20:00"), ("ended", "2026-11-25T21:30"), ("count", "7"), ("cause", "power cut")):
        await officer.page.locator(f"#{name}").fill(value)
    await officer.page.locator("#ended").fill("2026-11-25T19:00")
    await tab(officer, "propose")
    await officer.page.locator(".fault", has_text="结束时间须晚于开始时间").wait_for()
    await officer.page.locator("#ended").fill("2026-11-25T21:30")
    await tab(officer, "propose")
    await officer.page.locator("[data-key=own]", has_text="7 箱").wait_for()
    waits = chief.page.locator(".waits", has_text="power cut")
    await waits.wait_for()
    await chief.page.add_init_script(NEVER_AGAIN)
    for _ in range(3):  # an answer that a busy machine gives too late is not asked for again
        await chief.page.reload()
        with suppress(TooLate):
            await waits.wait_for(timeout=10_000)
            break
    assert "7 箱" in await waits.inner_text()
    await chief.page.locator("[data-key=sign]").click()
    await chief.page.locator(".done", has_text="已签署").wait_for()
    assert [one.event.verdict for one in console.on.events(SampleReviewed)] == ["open"]  # type: ignore[union-attr]
    (done,) = console.on.events(EmergencyReleaseEntered)
    assert (done.event.count, done.event.second) == (7, "ke")  # type: ignore[union-attr]
    await console.on.counted()
    await chief.go("/lead#statistics")
    await chief.page.locator("td .entered", has_text="7").wait_for()
    await chief.go("/wall")
    await chief.page.locator("[data-key=wall-release] .flood", has_text="7").wait_for()
    await reads(chief, "wall with an emergency release", DESK)


@pytest.mark.parametrize(("language", "light"), LOOKS)
async def test_the_leaders_pages_read(lived: None, window: Opener, console: Console, language: str, light: str) -> None:
    await led(console.on)
    one = await opened(window, "ke", "/lead", DESK, language, light)
    await one.page.locator(".figures table").first.wait_for()
    await at_a_desk(one, "hour", DESK)
    for by in ("officer", "stop", "alarm"):
        await tab(one, f"by-{by}")
        await one.page.locator(f".figures[data-key={by}] table").first.wait_for()
        await at_a_desk(one, by, DESK)
    async with one.page.expect_download() as file:
        await one.page.locator("[data-key=csv]").click()
    assert (await file.value).suggested_filename.startswith("xiyong-alarm-")
    for page in ("open", "rules", "samples", "emergency"):
        await one.value("(page) => { location.hash = page; }", page)
        await one.page.locator(f"lead-{page} h2").first.wait_for()
        await one.page.wait_for_timeout(400)
        await at_a_desk(one, page, DESK)


async def test_the_integrator_sees_health_values_and_origins_and_takes_the_bundle(window: Opener, console: Console) -> None:
    await console.on.core.submit(DeviceDown("scale", "unplugged", "no answer"), actor="scale", role=Role.LINE)
    one = await opened(window, "ji", "/integrator", DESK)
    await one.page.locator(".device[data-state=down]", has_text="scale").wait_for()
    for page, text in (
        ("values", "unplugged: no answer"),
        ("configuration", "plc.port"),
        ("log", "最新 0 行"),
        ("diagnostics", "诊断包"),
    ):
        await one.page.locator(f"[data-key=nav-{page}]").click()
        await one.page.locator("main", has_text=text).wait_for()
        await at_a_desk(one, page, DESK)
    await one.page.get_by_role("button", name="EN", exact=True).click()
    await sized(one, KIOSK)
    await one.value(AGE, 12_000)
    await one.page.locator("html[data-link=lost]").wait_for()
    await reads(one, "a lost link on a small screen", KIOSK)  # where the stop's words are longest
    await one.value(AGE, None)
    await one.page.locator("html[data-link=live]").wait_for()
    await one.page.locator("#why").fill("the scale is away")
    async with one.page.expect_download() as told:
        await one.page.locator("[data-key=download]").click()
    assert (await told.value).suggested_filename == "xiyong-diagnostics.zip"

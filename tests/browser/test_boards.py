"""The boards of those who lead: the wall board from five metres."""

import re
from pathlib import Path

import pytest

from tests.browser.conftest import Console, Opener
from tests.browser.test_look import reads
from tests.browser.window import LOOKS, Window
from tests.console.bench import PASSWORD
from tests.console.past_day import past_day

pytestmark = pytest.mark.browser
BOARD = (1280, 720, 1280 / 708)  # 32 inches wide


@pytest.fixture
def lived(tmp_path: Path) -> None:
    """The line has a morning behind it; asked for before the console, which opens that journal."""
    past_day(tmp_path / "console")


# Of what is read from afar, in pixels.
TYPE = """() => [...document.querySelectorAll('.wall-cells dt, .wall-cells dd:not(.caption)')]
    .map((el) => parseFloat(getComputedStyle(el).fontSize))"""
COUNTED = "(name) => document.querySelector(`[data-key=wall-${name}] dd`)?.textContent !== '—'"


async def opened(
    window: Opener, account: str, path: str, size: tuple[int, int, float], language: str = "zh", light: str = "day"
) -> Window:
    one = await window(viewport={"width": size[0], "height": size[1]})
    script = f"localStorage.setItem('xiyong-language', '{language}'); localStorage.setItem('xiyong-light', '{light}');"
    await one.page.add_init_script(script + f"localStorage.setItem('xiyong-px-per-mm', '{size[2]}')")
    await one.sign_in(account, PASSWORD)
    await one.go(path)
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

"""Changed settings on the pages: the integrator proposes with the difference on the screen, two of customs sign what they see."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from controller.line.config_events import ConfigSigned
from tests.browser.conftest import Console, Opener
from tests.browser.test_boards import DESK, opened, tab
from tests.browser.test_look import reads
from tests.console.past_day import past_day
from tests.console.test_config_desk import Heavy, started

pytestmark = pytest.mark.browser


@pytest.fixture
def lived(tmp_path: Path) -> None:
    past_day(tmp_path / "console", Heavy)


async def test_settings_are_proposed_run_dry_and_signed_by_two_who_see_what_differs(
    lived: None, window: Opener, console: Console
) -> None:
    await started(console.on)
    await console.on.counted()
    integrator = await opened(window, "ji", "/integrator#changes", DESK)
    for key, value in (
        ("rules.weight_tolerance_permille", "10"),
        ("rules.weight_tolerance_g", "0"),
        ("scanners.verify.port", '"x"'),
    ):
        await integrator.page.locator("#key").fill(key)
        await integrator.page.locator("#value").fill(value)
        await tab(integrator, "add")
    await tab(integrator, "check")
    await integrator.page.locator("[data-key=who]", has_text="两名关员签署").wait_for()
    await expect(integrator.page.locator("td", has_text="海关两人")).to_have_count(2)
    await integrator.page.locator("#why-propose").fill("measured anew")
    await integrator.page.locator("button[data-key=propose]").click()
    await integrator.page.locator("[data-key=waiting] td .after", has_text="10").wait_for()
    assert await integrator.page.locator("[data-key=waiting] button[data-key=accept], [data-key=ask-waits]").count() == 0
    officer, chief = (
        await opened(window, "zhang", "/lead#settings", DESK),
        await opened(window, "ke", "/lead#settings", DESK, "en"),
    )
    await tab(officer, "dry-run")
    await officer.page.locator(".dry-run .totals", has_text="16 箱中 2 箱去向会不同").wait_for()
    assert "scanners.verify.port" in await officer.page.locator("[data-key=not-predicted]").inner_text()
    await reads(officer, "settings", DESK)
    await officer.page.locator("#why-waits").fill("compared")
    await tab(officer, "ask-waits")
    await chief.page.locator("[data-key=waiting] .after", has_text="two of customs").first.wait_for()
    await chief.page.locator("[data-key=sign]").click()
    await chief.page.locator("[data-key=approved] code", has_text="config-take").wait_for()
    (done,) = console.on.events(ConfigSigned)
    assert (done.actor, done.event.second) == ("zhang", "ke")  # type: ignore[union-attr]
    await reads(chief, "settings signed", DESK)
    await officer.page.locator("#why-withdraw").fill("a mistake")
    await tab(officer, "withdraw")
    await chief.page.locator("[data-key=approved]").wait_for(state="detached")
    assert console.on.core.state.facts.config.approved is None

"""Screens that must be alive, and a device's own page."""

import json
from pathlib import Path
from typing import Any

from controller.domain.reasons import Role
from controller.line.events import DeviceDown, WeightRead
from controller.line.explain import View
from controller.line.people_events import ScreenAlive, ScreenSilent
from tests.console.bench import Bench, Page, bench

KIOSK = "operator-1"


async def report(page: Page, screen: str = KIOSK, seq: int = 7) -> int:
    answer = await page.ask("POST", "/api/screens", {"screen": screen, "seq": seq, "link": "live"})
    return answer.status_code


def screens(on: Bench, view: View = View.COMPANY) -> dict[str, Any]:
    rows: Any = on.watched.values(view)["screens"]["list"]
    return {row["screen"]: row for row in rows}


async def alarms(on: Bench) -> dict[str, str]:
    on.screens.look()
    await on.settled()
    return {key: one.state.value for key, one in on.core.state.alarms.items() if one.code == "screen_dead"}


async def test_a_kiosk_that_falls_silent_is_an_alarm_and_its_first_word_ends_it(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator = await on.signed_in("li")
        assert await report(operator) == 200
        on.clock.now_s += 4.9
        assert await alarms(on) == {}
        on.clock.now_s += 0.1
        assert await alarms(on) == {"screen_dead:screen:operator-1": "unacked"}
        assert not screens(on)[KIOSK]["alive"]
        assert await alarms(on) == {"screen_dead:screen:operator-1": "unacked"}
        (silent,) = on.events(ScreenSilent)
        assert (silent.event.silent_ms, silent.event.drawn_seq, silent.actor) == (5000, 7, "console")  # type: ignore[union-attr]
        await report(operator)
        assert await alarms(on) == {"screen_dead:screen:operator-1": "returned"}
        assert len(on.events(ScreenAlive)) == 1
        assert (screens(on)[KIOSK]["alive"], screens(on)[KIOSK]["person"]) == (True, "li")


async def test_a_kiosk_lives_also_while_nobody_is_signed_in_and_one_that_never_speaks_is_missed_after_a_minute(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path / "d") as on:
        on.clock.now_s += 59
        assert await alarms(on) == {}
        assert await report(on.page()) == 200
        on.clock.now_s += 4
        assert await alarms(on) == {}
        assert screens(on)[KIOSK]["person"] == ""
    async with bench(tmp_path / "e") as on:
        on.clock.now_s += 60
        assert await alarms(on) == {"screen_dead:screen:operator-1": "unacked"}


async def test_a_screen_that_nobody_waits_for_comes_and_goes_without_an_alarm(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        officer = await on.signed_in("zhang")
        await report(officer, "desk-3")
        await report(on.page(), "stranger")
        assert screens(on)["desk-3"]["person"] == "customs", "the company does not learn who of customs sits there"
        assert screens(on, View.CUSTOMS)["desk-3"]["person"] == "zhang"
        assert "stranger" not in screens(on), "nobody is signed in there, and nobody waits for it"
        on.clock.now_s += 60
        assert set(await alarms(on)) == {"screen_dead:screen:operator-1"}
        assert "desk-3" not in screens(on)


async def test_a_report_keeps_no_session_awake_and_needs_its_token(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator = await on.signed_in("li")
        on.clock.now_s += 800
        await report(operator)
        on.clock.now_s += 101
        assert (await operator.act("load-arrived", load_id="L9", plate="P"))[1]["code"] == "session_locked"
        assert await report(operator) == 200, "a locked screen still draws"
        operator.csrf = "another"
        assert await report(operator) == 403
        assert await report(await on.signed_in("ban"), "no such <name>") == 422


async def test_a_devices_page_has_its_settings_without_secrets_and_its_ten_newest_events(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator = await on.signed_in("li")
        for weight in range(12):
            await on.core.submit(WeightRead("scale", weight, 0), actor="scale", role=Role.LINE)
        await on.core.submit(DeviceDown("scale", "unplugged", "no answer"), actor="scale", role=Role.LINE)
        answer = (await operator.ask("GET", "/api/devices/scale")).json()
        assert (answer["kind"], answer["up"], answer["code"]) == ("scale", False, "unplugged")
        assert answer["settings"]["profile"] == "mt-sics"
        assert [one["text"] for one in answer["last"][:2]] == ["unplugged: no answer", "11 g"]
        assert len(answer["last"]) == 10
        plc = (await operator.ask("GET", "/api/devices/plc")).json()
        assert plc["settings"]["hb_limit_ms"] == 2000
        assert (await operator.ask("GET", "/api/devices/nothing")).status_code == 404
        assert (await on.page().ask("GET", "/api/devices/plc")).status_code == 401
        everything = json.dumps([on.watched.devices.page(name, View.CUSTOMS) for name in on.watched.devices._known])
        assert "password" not in everything
        assert "secret" not in everything

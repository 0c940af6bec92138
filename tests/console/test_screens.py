"""Screens that must be alive, and a device's own page."""

import json
from pathlib import Path
from typing import Any

from controller.console.screen_sizes import ScreenSizes
from controller.console.screens import Screens
from controller.daemon.core_loop import InboxFullError
from controller.domain.reasons import Role
from controller.line.events import AnyEvent, CodesRead, DeviceDown, ReadText, WeightRead
from controller.line.explain import View
from controller.line.people_events import ScreenAlive, ScreenSilent
from tests.console.bench import Bench, Page, bench

KIOSK = "operator-1"


async def report(page: Page, screen: str = KIOSK, seq: int | None = None, link: str = "live") -> int:
    """As a page does it that has drawn the newest row; one where nobody is signed in has no link."""
    signed_in = bool(page.csrf)
    drawn = page.bench.core.journal_seq if signed_in else -1
    body = {"screen": screen, "seq": drawn if seq is None else seq, "link": link if signed_in else "connecting"}
    return (await page.ask("POST", "/api/screens", body)).status_code


async def seconds(on: Bench, count: int, *pages: Page, seq: int | None = None, link: str = "live") -> None:
    """So many seconds, in each of which these pages report and the daemon looks."""
    for _ in range(count):
        on.clock.now_s += 1
        for page in pages:
            assert await report(page, seq=seq, link=link) == 200
        on.screens.look()
        await on.settled()


def changes(on: Bench) -> list[str]:
    return [type(stamped.event).__name__ for _, stamped, _ in on.heard if isinstance(stamped.event, ScreenSilent | ScreenAlive)]


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
        drawn = on.core.journal_seq
        on.clock.now_s += 4.9
        assert await alarms(on) == {}
        on.clock.now_s += 0.1
        assert await alarms(on) == {"screen_dead:screen:operator-1": "unacked"}
        assert not screens(on)[KIOSK]["alive"]
        assert await alarms(on) == {"screen_dead:screen:operator-1": "unacked"}
        (silent,) = on.events(ScreenSilent)
        assert (silent.event.silent_ms, silent.event.drawn_seq, silent.actor) == (5000, drawn, "console")  # type: ignore[union-attr]
        on.clock.now_s += 30
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


async def test_a_kiosk_that_goes_on_talking_over_a_lost_link_is_silent(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator = await on.signed_in("li")
        await seconds(on, 10, operator)
        await seconds(on, 4, operator, link="lost")
        assert (changes(on), screens(on)[KIOSK]["alive"]) == ([], True)
        await seconds(on, 1, operator, link="lost")
        assert (changes(on), screens(on)[KIOSK]["alive"]) == (["ScreenSilent"], False)
        await seconds(on, 60, operator, link="lost")
        assert changes(on) == ["ScreenSilent"], "it talks, and shows nothing"
        assert await alarms(on) == {"screen_dead:screen:operator-1": "unacked"}


async def test_a_kiosk_whose_row_stands_while_the_journal_moves_on_is_silent(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator, other = await on.signed_in("li"), await on.signed_in("ban")
        await operator.act("load-arrived", load_id="L1", plate="P1")
        stands = on.core.journal_seq
        await seconds(on, 60, operator, seq=stands)
        assert changes(on) == [], "nothing new happened that it could have drawn"
        await other.act("load-arrived", load_id="L2", plate="P2")
        await seconds(on, 4, operator, seq=stands)
        assert (changes(on), screens(on)[KIOSK]["alive"]) == ([], True)
        await seconds(on, 1, operator, seq=stands)
        assert (changes(on), screens(on)[KIOSK]["alive"]) == (["ScreenSilent"], False)
        await seconds(on, 60, operator, seq=on.core.journal_seq + 1000)
        assert changes(on) == ["ScreenSilent"], "nobody has drawn a row that is not written yet"
        await seconds(on, 1, operator)
        assert changes(on) == ["ScreenSilent", "ScreenAlive"]


async def test_a_kiosk_behind_a_busy_line_lives_while_it_draws_something_new(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator = await on.signed_in("li")
        for number in range(20):
            behind = on.core.journal_seq
            await operator.act("load-arrived", load_id=f"L{number}", plate="P")
            await seconds(on, 3, operator, seq=behind)
        assert changes(on) == []


async def test_no_other_machine_speaks_for_a_kiosk_until_it_was_silent_for_a_minute(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        kiosk, stranger = on.page("10.0.0.1"), on.page("10.0.0.66")
        await seconds(on, 3, kiosk)
        await seconds(on, 5, stranger)
        assert (changes(on), screens(on)[KIOSK]["alive"]) == (["ScreenSilent"], False), "the stranger keeps no dead kiosk alive"
        body = {"screen": KIOSK, "seq": -1, "link": "connecting"}
        assert (await stranger.ask("POST", "/api/screens", body)).json() == {"ok": True, "counts": False}
        await seconds(on, 54, stranger)
        assert changes(on) == ["ScreenSilent"]
        await seconds(on, 1, stranger)
        assert changes(on) == ["ScreenSilent", "ScreenAlive"], "another machine in its place"
        assert (await kiosk.ask("POST", "/api/screens", body)).json()["counts"] is False


async def test_who_comes_and_goes_fills_no_journal_and_the_alarm_is_never_late(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        kiosk = on.page()
        await seconds(on, 1, kiosk)
        await seconds(on, 5)
        assert changes(on) == ["ScreenSilent"]
        for _ in range(20):
            await seconds(on, 1, kiosk)
            await seconds(on, 5)
        assert len(changes(on)) <= 1 + 2 * 4, "in two minutes"
        before = len(changes(on))
        await seconds(on, 61, kiosk)
        assert changes(on)[before:] in ([], ["ScreenAlive"])
        assert changes(on)[-1] == "ScreenAlive"
        assert screens(on)[KIOSK]["alive"]
        await seconds(on, 5)
        await seconds(on, 30, kiosk)
        assert changes(on)[-1] == "ScreenSilent", "alive for 29 s since"
        await seconds(on, 1, kiosk)
        assert changes(on)[-1] == "ScreenAlive"


async def test_a_locked_officers_desk_that_must_be_alive_is_heard_and_has_no_link(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        officer = await on.signed_in("zhang")
        await seconds(on, 2, officer)
        await officer.ask("POST", "/api/session/lock")
        await seconds(on, 20, officer, seq=-1, link="connecting")
        assert changes(on) == []


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


async def test_a_report_keeps_no_session_awake_and_speaks_for_nobody_without_its_token(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator = await on.signed_in("li")
        on.clock.now_s += 800
        await report(operator)
        on.clock.now_s += 101
        assert (await operator.act("load-arrived", load_id="L9", plate="P"))[1]["code"] == "session_locked"
        assert await report(operator) == 200, "a locked screen still draws"
        assert screens(on)["operator-1"]["person"] == "li"
        operator.csrf = "another"
        assert await report(operator) == 200, "who is just signing in has the cookie before the token"
        assert screens(on)["operator-1"]["person"] == "", "and counts as nobody"
        assert await report(await on.signed_in("ban"), "no such <name>") == 422


async def test_what_the_scanner_of_the_bench_reads_is_for_customs_alone(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        for device, role, text in (("bench", "bench", "SEAL-NEW-778899"), ("loading", "loading", "RR100000017CN")):
            read = CodesRead(device, role, (ReadText(text, "EAN13"),), True, on.core.now_ms())
            await on.core.submit(read, actor=device, role=Role.LINE)
        for account in ("li", "ban", "ji"):
            page = await on.signed_in(account)
            (said,) = (await page.ask("GET", "/api/devices/bench")).json()["last"]
            assert (said["event"], said["text"]) == ("CodesRead", ""), "that it reads is seen, so that it can be looked after"
            (other,) = (await page.ask("GET", "/api/devices/loading")).json()["last"]
            assert other["text"] == "RR100000017CN"
        values = (await page.ask("GET", "/api/live-values")).json()["values"]
        assert {one["source"]: one["value"] for one in values if one["name"] == "CodesRead"} == {
            "bench": "", "loading": "RR100000017CN",
        }  # fmt: skip
        (said,) = (await (await on.signed_in("zhang")).ask("GET", "/api/devices/bench")).json()["last"]
        assert said["text"] == "SEAL-NEW-778899"


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


def test_a_core_that_takes_nothing_is_told_at_the_next_look() -> None:
    full, told, clock = [True], [], [0.0]

    def post(event: AnyEvent) -> None:
        if full[0]:
            raise InboxFullError
        told.append(event)

    watched = Screens((KIOSK,), lambda: clock[0], post, lambda: 0)
    clock[0] = 61.0
    watched.look()
    full[0] = False
    watched.look()
    watched.look()
    assert [type(one) for one in told] == [ScreenSilent]


async def test_the_size_of_a_millimetre_of_a_kiosk_outlives_its_browser_and_the_daemon(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator, auditor = await on.signed_in("li"), await on.signed_in("shen")
        assert (await on.page().ask("GET", "/api/screens/operator-1/size")).json() == {"ok": True, "px_per_mm": None}
        assert (await on.page().ask("POST", "/api/screens/operator-1/size", {"px_per_mm": 5.5})).status_code == 401
        assert (await auditor.ask("POST", "/api/screens/operator-1/size", {"px_per_mm": 5.5})).status_code == 403
        assert (await operator.ask("POST", "/api/screens/a-page/size", {"px_per_mm": 5.5})).status_code == 404
        assert (await operator.ask("POST", "/api/screens/operator-1/size", {"px_per_mm": 95.5})).status_code == 422
        assert (await operator.ask("POST", "/api/screens/operator-1/size", {"px_per_mm": 5.5})).status_code == 200
    kept = tmp_path / "d" / "screens.json"
    assert ScreenSizes(kept, ("operator-1",)).of("operator-1") == 5.5
    assert ScreenSizes(kept, ()).of("operator-1") is None, "no kiosk of this line any more"
    kept.write_text("{ half a fi")
    assert ScreenSizes(kept, ("operator-1",)).of("operator-1") is None

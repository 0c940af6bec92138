"""The live stream: snapshot and deltas, one encoding for all, bounded, resumed; the company never sees what is customs' own."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from controller.console import live as live_module
from controller.console.live import QUEUE_LONGEST, Screen
from controller.console.views import happened, values
from controller.domain.reasons import CATALOGUE, Blocker, Role
from controller.line.commands import Alarm, Decision, Outcome
from controller.line.events import DeviceDown, HoldPlaced, LoadArrived, Stamped
from controller.line.explain import View
from controller.line.people_events import ActRefused, ActSigned
from tests.console.bench import Bench, Page, bench
from tests.line.line_story import Story

CUSTOMS_ONLY = [code for code, reason in CATALOGUE.items() if reason.customs_only]


class Events:
    """What a page's script would get."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen

    def now(self) -> list[tuple[str, str, Any]]:
        """Every event that lies ready: name, id, data."""
        text = b"".join(self.screen._queue).decode()
        self.screen._queue.clear()
        found = []
        for block in text.split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines())
            if "event" in lines:
                found.append((lines["event"], lines.get("id", ""), json.loads(lines["data"])))
        return found


def watching(on: Bench, page: Page, last_id: str = "") -> Events:
    session = on.sessions.find(page.cookies["xiyong_session"])
    assert session is not None
    screen = on.live.connect(session, last_id)
    assert screen is not None
    return Events(screen)


def alarm(on: Bench, number: int, code: str = "jam") -> None:
    stamped = Stamped(1, "u", False, "plc", Role.LINE, LoadArrived(f"L{number}", ""))
    on.live.take(number, stamped, Outcome(alarms=(Alarm(code, "line", f"number {number}"),)))


async def test_a_screen_gets_a_snapshot_and_then_what_changes(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        officer = await on.signed_in("zhang")
        events = watching(on, officer)
        (name, number, first), *rest = events.now()
        assert (name, rest) == ("snapshot", [])
        assert (first["boot_id"], first["seq"]) == ("boot", on.core.journal_seq)
        assert number == f"boot.customs.{first['stream']}"
        assert "plc_not_ready" in [one["code"] for one in first["values"]["line"]["blockers"]]
        await officer.act("load-arrived", load_id="L1", plate="P1")
        await officer.act("hold", target="L1", scope="load", reason="ivory")
        on.live._renew(on.live._channels[View.CUSTOMS])
        (name, _, change), *rest = [one for one in events.now() if one[0] == "values"]
        assert list(change["values"]) == ["holds", "counts", "rework"]
        assert change["values"]["holds"]["open"][0]["cause"] == "ivory"
        assert rest == [], "two rows, one event of values"


async def test_alarms_and_decisions_are_never_coalesced_and_encoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(tmp_path / "d") as on:
        screens = [watching(on, await on.signed_in("zhang")) for _ in range(5)]
        for one in screens:
            one.now()
        encoded: list[object] = []
        real = live_module.encode

        def counted(value: object) -> bytes:
            encoded.append(value)
            return real(value)

        monkeypatch.setattr(live_module, "encode", counted)
        for number in range(20):
            alarm(on, number)
        assert len(encoded) == 40, "20 alarms, once for each view, whoever watches"
        for one in screens:
            assert [data["detail"] for _, _, data in one.now()] == [f"number {n}" for n in range(20)]


async def test_a_slow_screen_is_dropped_and_told_and_the_others_miss_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in("zhang")
        slow, quick = watching(on, page), watching(on, page)
        heard = []
        for number in range(QUEUE_LONGEST + 10):
            alarm(on, number)
            heard += quick.now()
        assert slow.screen.ended
        assert [(name, data["why"]) for name, _, data in slow.now()] == [("dropped", "slow")]
        assert len([1 for name, _, _ in heard if name == "happened"]) == QUEUE_LONGEST + 10
        assert slow.screen not in on.live._channels[View.CUSTOMS].screens
        assert [part async for part in slow.screen] == []


async def test_a_break_is_resumed_behind_the_last_id_and_else_begins_anew(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        officer, operator = await on.signed_in("zhang"), await on.signed_in("li")
        first = watching(on, officer)
        first.now()
        alarm(on, 1)
        last = first.now()[-1][1]
        alarm(on, 2)
        alarm(on, 3)
        assert [data["seq"] for name, _, data in watching(on, officer, last).now() if name == "happened"] == [2, 3]
        strange = ("", "another.customs.1", "boot.customs.999", "boot.customs.-1", "boot.customs.²", "x" * 500)
        for other in (*strange, last.replace("customs", "company")):
            again = watching(on, officer, other)
            assert again.now()[0][0] == "snapshot", other
            on.live.disconnect(again.screen)
        assert watching(on, operator, last).now()[0][0] == "snapshot", "numbers of one view say nothing in the other"
        for number in range(QUEUE_LONGEST):
            alarm(on, number)
        assert watching(on, officer, last).now()[0][0] == "snapshot", "too long ago"


async def test_a_named_heartbeat_without_an_id_and_the_end_of_a_session_ends_its_stream(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        officer, operator = await on.signed_in("zhang"), await on.signed_in("li")
        of_officer, of_operator = watching(on, officer), watching(on, operator)
        for one in (of_officer, of_operator):
            one.now()
        on.live._beat()
        name, number, data = of_officer.now()[0]
        assert (name, number, data["seq"]) == ("heartbeat", "", on.core.journal_seq)
        on.clock.now_s += 901
        on.live._beat()
        assert of_officer.now()[-1][2]["why"] == "session_ended", "locked: what customs sees goes dark"
        assert of_operator.now()[-1][0] == "heartbeat", "locked, and still readable"
        on.people.change("li", by="ban", utc="t", active=False)
        await on.identity.end_changed()
        on.live._beat()
        assert of_operator.now()[-1][:1] == ("dropped",)


async def test_the_task_beats_each_second_looks_at_accounts_and_says_goodbye(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        events = watching(on, await on.signed_in("zhang"))
        looked = 0

        async def look() -> None:
            nonlocal looked
            looked += 1

        task = asyncio.create_task(on.live.run(look))
        await asyncio.sleep(1.3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        names = [name for name, _, _ in events.now()]
        assert names.count("heartbeat") == looked == 2
        assert names[-1] == "dropped"


async def test_a_heartbeat_names_no_row_whose_values_were_not_sent(tmp_path: Path) -> None:
    """What a page sends back as `seen` is what it could draw."""
    async with bench(tmp_path / "d") as on:
        events = watching(on, await on.signed_in("zhang"))

        async def look() -> None:
            await on.core.submit(LoadArrived("L1", "P1"), actor="li", role=Role.OPERATOR)

        task = asyncio.create_task(on.live.run(look))
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        heard = events.now()
        beat = next(place for place, (name, _, _) in enumerate(heard) if name == "heartbeat")
        before = [data for name, _, data in heard[:beat] if name == "values"]
        assert heard[beat][2]["seq"] == on.core.journal_seq
        assert before[-1]["seq"] == on.core.journal_seq
        assert "rework" in before[-1]["values"]


@pytest.mark.parametrize("code", CUSTOMS_ONLY)
def test_the_company_never_gets_what_is_for_customs_alone(code: str) -> None:
    decision = Decision("1:7", "c", "inspect", 1, (Blocker(code, "list:1", "the detail"),), (), 5)
    outcome = Outcome((decision,), alarms=(Alarm(code, "carton:c", "the detail"),))
    rows: list[Any] = [
        DeviceDown("x", "unplugged", code),
        ActRefused("lift", "role_not_allowed", code),
        ActSigned("lift", "z", code, "p"),
    ]
    for event in rows:
        stamped = Stamped(1, "u", False, "zhang", Role.OFFICER, event)
        text = json.dumps(happened(2, stamped, outcome, View.COMPANY))
        assert code not in text
        assert "the detail" not in text
        assert "zhang" not in text
        assert code in json.dumps(happened(2, stamped, outcome, View.CUSTOMS))


def test_the_companys_values_have_neutral_codes_and_no_officer() -> None:
    story = Story()
    story.feed(LoadArrived("L1", "P1"), role=Role.OPERATOR)
    story.feed(HoldPlaced("H1", "load", "L1", "officer_hold", "ivory"), role=Role.OFFICER)
    seen, hidden = (json.dumps(values(story.state, view)) for view in (View.CUSTOMS, View.COMPANY))
    assert "officer_hold" in seen
    assert "ivory" in seen
    assert "officer_hold" not in hidden
    assert "ivory" not in hidden
    assert "customs_check" in hidden


async def test_a_session_has_six_streams_and_a_person_twelve(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in("li")
        events = [watching(on, page) for _ in range(7)]
        assert [one.screen.ended for one in events] == [True] + [False] * 6, "a connection that was lost makes room for the next"
        assert events[0].now()[-1][2]["why"] == "replaced"
        again = await on.signed_in("li")
        for _ in range(6):
            watching(on, again)
        third = await on.signed_in("li")
        answer = await third.ask("GET", "/api/stream")
        assert (answer.status_code, answer.json()["code"]) == (503, "too_many_streams")
        assert len(on.live._channels[View.COMPANY].screens) == 12


async def test_the_last_sixteen_streams_are_for_customs_alone(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        for name in ("li", "li", "ban", "ban", "ji", "zhang", "zhao", "ke"):
            page = await on.signed_in(name)
            for _ in range(6):
                watching(on, page)
        company, customs = await on.signed_in("ji"), await on.signed_in("zhao")
        assert (await company.ask("GET", "/api/stream")).json()["code"] == "too_many_streams", "48 are there"
        for name, count in (("shen", 6), ("shen", 6), ("zhang", 4)):
            page = await on.signed_in(name)
            for _ in range(count):
                watching(on, page)
        assert sum(len(channel.screens) for channel in on.live._channels.values()) == 64
        assert (await customs.ask("GET", "/api/stream")).json()["code"] == "too_many_streams"


async def test_asking_for_the_state_again_and_again_renews_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in("li")
        on.live._clock = on.clock
        renewed: list[View] = []
        on.live.sources.append(lambda view: renewed.append(view) or {})  # type: ignore[func-returns-value]
        first = (await page.ask("GET", "/api/state")).json()
        await page.act("load-arrived", load_id="L1", plate="P1")
        on.clock.now_s += 0.09
        assert (await page.ask("GET", "/api/state")).json() == first, "the row of before with the values of before"
        assert renewed == [View.COMPANY]
        on.clock.now_s += 0.02
        assert (await page.ask("GET", "/api/state")).json()["seq"] > first["seq"]
        assert len(renewed) == 2


async def test_questions_and_evidence_by_view_with_strong_etags(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        kept = on.evidence.put(b"a picture", "image/png")
        officer, operator = await on.signed_in("zhang"), await on.signed_in("li")
        await officer.act("load-arrived", load_id="L1", plate="P1")
        await officer.act("hold", target="L1", scope="load", reason="ivory")
        assert "ivory" in (await officer.ask("GET", "/api/state")).text
        assert "ivory" not in (await operator.ask("GET", "/api/state")).text
        assert (await operator.ask("GET", "/api/cartons/nothing")).status_code == 404
        path = f"/api/evidence/{kept.sha256}"
        assert (await operator.ask("GET", path)).json()["code"] == "role_not_allowed"
        answer = await officer.ask("GET", path)
        assert (answer.content, answer.headers["etag"]) == (b"a picture", f'"{kept.sha256}"')
        again = await officer.ask("GET", path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        on.evidence.path(kept.sha256).chmod(0o600)
        on.evidence.path(kept.sha256).write_bytes(b"another one")
        assert (await officer.ask("GET", path)).json()["code"] == "evidence_changed"
        for name in ("0" * 64, "..%2f..%2fetc", "x"):
            assert (await officer.ask("GET", f"/api/evidence/{name}")).status_code == 404

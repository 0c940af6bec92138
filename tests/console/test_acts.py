"""Acts of people through the API: rights at the moment of the act, repeats, old pictures, interlocks, two people, the stop."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from controller.console.act_table import ACT_TABLE
from controller.console.acts_page import PAGE, page
from controller.console.changed_words import WORDS
from controller.console.changes import Changes
from controller.console.proposals import Asked, Proposal, Proposals
from controller.daemon.acts import ACTS, hold_number
from controller.domain.reasons import CATALOGUE, CUSTOMS, Role
from controller.line.belt import PlcFlag
from controller.line.commands import CommandCode, Outcome, PlcCommand
from controller.line.events import AnyEvent, HoldLifted, HoldPlaced, LineCommanded, LoadArrived, RerunOrdered, Stamped, TimerFired
from controller.line.inspection_events import ImageFinding
from controller.line.people_events import ActRefused, ActSigned
from controller.line.plc_events import PlcStatus, PlcSynced
from controller.line.shift_events import ShiftHandedOver
from controller.records.errors import JournalDead
from tests.console.bench import PEOPLE, Bench, Page, bench
from tests.line.line_story import s10
from tests.line.xray_story import XrayStory

FIRST_OF = {role: account for account, role in reversed(PEOPLE.items())}
VALUES: dict[str, Any] = {
    "load_id": "L1", "plate": "P1", "condition": "broken", "result": "accept", "target": "L1", "scope": "load", "hold_id": "H-x",
    "list_key": "K", "code": "EE100000017CN", "place": "shelf", "gnum": 1, "count": 1, "seal_no": "S1", "outcome": "released",
    "way": "belt", "container_no": "C1", "gross_g": 1, "tare_g": 0, "pass_id": "G1", "gate": "out", "session_id": "1",
    "track": "1:1:1", "image": "00", "verdict": "open", "alarm": "device_down:scale", "minutes": 5, "sha256": "cd" * 32,
    "party": "absent", "shown": "00" * 8, "recheck_id": "E/1#1", "where": "档案柜 3",
    "began": "2026-11-25T20:00:00Z", "ended": "2026-11-25T21:00:00Z",
}  # fmt: skip


def wanted(name: str) -> dict[str, Any]:
    """A body that the contract takes."""
    act = ACT_TABLE[name]
    values = {one.name: VALUES[one.name] for one in act.arguments if one.required}
    if act.name == "hold":
        values["scope"] = "load"
    if act.name in ("record-draft", "record-submit"):
        values |= {"result": "match", "scope": "thorough"}
    if act.name == "gate-check":
        values["result"] = 1
    return values | ({"reason": "because"} if act.reason else {})


async def arrived(on: Bench, by: Page) -> None:
    status, answer = await by.act("load-arrived", load_id="L1", plate="P1")
    assert status == 200, answer


async def held(on: Bench, by: Page) -> str:
    """The load L1 is here and held; the number of its hold."""
    await arrived(on, by)
    status, answer = await by.act("hold", target="L1", scope="load", reason="look")
    assert status == 200, answer
    return str(answer["hold_id"])


def synced(on: Bench, flags: int) -> PlcSynced:
    return PlcSynced(1, 1, 1, PlcStatus(1, flags, 0, 0, 0, 7, 500), (), 0, 0)


# --- the table: act x role -------------------------------------------------------------------------------------------


def test_the_page_of_acts_is_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make docs"


def test_the_table_has_every_act_that_the_daemon_knows_and_no_other() -> None:
    assert {act.builder for act in ACT_TABLE.values()} == set(ACTS)


async def test_every_cell_of_the_table_is_what_the_api_says(tmp_path: Path) -> None:
    """Each act as each role: 403 if and only if the page says no. What is allowed may still be refused for what it is about."""
    async with bench(tmp_path / "d") as on:
        pages = {role: await on.signed_in(account) for role, account in FIRST_OF.items()}
        wrong = []
        for name, act in ACT_TABLE.items():
            for role, by in pages.items():
                status, answer = await (by.stop() if name == "stop" else by.act(name, **wanted(name)))
                if (answer.get("code") == "role_not_allowed") == (role in act.roles) or status >= 500 or status == 422:
                    wrong.append((name, role, status, answer))
        assert not wrong


async def test_the_core_refuses_no_role_that_the_table_allows_and_the_table_none_the_core_would_take(tmp_path: Path) -> None:
    """The core judges again; where it looks at roles, both say the same. Only `lift` depends on the hold."""
    async with bench(tmp_path / "d") as on:
        looks_at_roles = set()
        said: dict[tuple[str, Role], bool] = {}
        for name, act in ACT_TABLE.items():
            values = wanted(name) | dict(act.fixed)
            values["cause"] = values.pop("reason", "because")
            for role in FIRST_OF:
                code = {"code": "officer_hold" if role in CUSTOMS else "company_hold"}
                event = ACTS[act.builder](on.core, "x", values | (code if name == "hold" else {}))
                applied = await on.core.submit(event, actor="x", role=role, act_id="")
                said[name, role] = "role_not_allowed" in [one.code for one in applied.outcome.refusals]
                if said[name, role]:
                    looks_at_roles.add(name)
        for (name, role), refused in said.items():
            if name in looks_at_roles - {"lift"}:
                assert refused == (role not in ACT_TABLE[name].roles), (name, role)
        assert len(looks_at_roles) >= 12


async def test_nobody_signed_in_may_do_nothing_but_stop(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = on.page()
        for name in ACT_TABLE:
            if name != "stop":
                status, answer = await by.act(name, **wanted(name))
                assert (status, answer["code"]) == (401, "not_signed_in"), name
        assert (await by.stop())[0] == 200


# --- who acts is what the session says now ---------------------------------------------------------------------------


async def test_an_act_is_an_event_with_account_role_reason_and_id(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("zhang")
        await held(on, by)
        placed = on.events(HoldPlaced)[0]
        assert isinstance(placed.event, HoldPlaced)
        assert (placed.actor, placed.role, placed.event.cause, placed.event.code) == (
            "zhang",
            Role.OFFICER,
            "look",
            "officer_hold",
        )
        assert placed.act_id.startswith("zhang.press-")


async def test_who_acts_can_not_be_said_in_the_request(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("li")
        for more in ({"role": "officer"}, {"actor": "zhang"}, {"code": "officer_hold"}):
            assert (await by.act("hold", target="L1", reason="x", **more))[0] == 422
        await arrived(on, by)
        await by.act("hold", target="L1", scope="load", reason="x")
        assert [one.event.code for one in on.events(HoldPlaced) if isinstance(one.event, HoldPlaced)] == ["company_hold"]


async def test_a_role_that_is_removed_in_the_middle_of_an_act_is_refused(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("zhang")
        await arrived(on, by)
        blocked = asyncio.get_running_loop().create_future()
        fresh = on.identity.fresh

        async def slow(session: Any) -> Any:
            await blocked
            return await fresh(session)

        on.identity.fresh = slow  # type: ignore[method-assign]
        acting = asyncio.create_task(by.act("hold", target="L1", scope="load", reason="look"))
        await asyncio.sleep(0.01)
        on.people.change("zhang", by="ke", utc="t", role=Role.CUSTOMS_AUDITOR)
        blocked.set_result(None)
        status, answer = await acting
        assert (status, answer["code"]) == (401, "not_signed_in"), "its session ended with the change"
        on.identity.fresh = fresh  # type: ignore[method-assign]
        await by.sign_in("zhang")
        assert (await by.act("hold", target="L1", scope="load", reason="look"))[1]["code"] == "role_not_allowed"
        assert on.events(HoldPlaced) == []


async def test_refusals_are_in_the_journal_and_pressing_on_does_not_fill_it(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("ji")
        for _ in range(20):
            await by.act("gate-pass", pass_id="G1", container_no="C1", plate="P1")
        await on.settled()
        rows = on.events(ActRefused)
        assert [(row.actor, row.role, row.event) for row in rows] == [
            ("ji", Role.INTEGRATOR, ActRefused("gate-pass", "role_not_allowed", "G1", 1))
        ]
        on.clock.now_s += 11
        await by.act("gate-pass", pass_id="G1", container_no="C1", plate="P1")
        await on.settled()
        assert [row.event.times for row in on.events(ActRefused) if isinstance(row.event, ActRefused)] == [1, 20]


# --- repeats ---------------------------------------------------------------------------------------------------------


async def test_a_repeated_id_answers_the_first_result_also_before_that_is_there(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("li")
        twice = await asyncio.gather(*(by.act("load-arrived", "press-0001", load_id="L1", plate="P1") for _ in range(2)))
        later = await by.act("load-arrived", "press-0001", load_id="L1", plate="P1")
        assert twice[0] == twice[1] == later
        assert len(on.events(LoadArrived)) == 1


async def test_the_same_id_with_other_content_is_refused_and_another_persons_is_another_act(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by, other = await on.signed_in("li"), await on.signed_in("ban")
        assert (await by.act("load-arrived", "press-0001", load_id="L1", plate="P1"))[0] == 200
        for name, values in (("load-arrived", {"load_id": "L1", "plate": "P2"}), ("unload", {"load_id": "L1"})):
            status, answer = await by.act(name, "press-0001", **values)
            assert (status, answer["code"]) == (409, "id_used")
        await other.act("load-arrived", "press-0001", load_id="L9", plate="P9")
        assert set(on.core.state.loads) == {"L1", "L9"}


async def test_a_repeat_after_a_restart_is_still_the_same_act(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("zhang")
        number = await held(on, by)
        rows = [row for row in on.heard if row[1].act_id]
        on.acts._done.clear()  # as a new process begins
        for row in rows:
            on.acts.remember(*row)
        status, answer = await by.act("hold", rows[-1][1].act_id.partition(".")[2], target="L1", scope="load", reason="look")
        assert (status, answer["hold_id"]) == (200, number)
        assert len(on.events(HoldPlaced)) == 1


# --- what the page had seen, what stands against it ------------------------------------------------------------------


async def test_an_act_on_an_old_picture_is_refused_and_says_what_changed(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by, other = await on.signed_in("li"), await on.signed_in("zhang")
        await arrived(on, by)
        seen = on.core.journal_seq
        await other.act("hold", target="L1", scope="load", reason="ivory?")
        assert (await other.act("load-arrived", load_id="L1", plate="P1"))[0] == 200
        status, answer = await by.act("unload", load_id="L1", seen=seen)
        assert (status, answer["code"]) == (409, "changed_since")
        assert answer["changed"]["subject"] == "load:L1"
        assert answer["changed"]["seq"] > seen
        assert "ivory" not in str(answer)
        assert answer["changed"]["actor"] == "", "the company is not told which officer"
        assert answer["changed"]["event"] == "customs_check", "nor what the officer did"
        assert (answer["changed"]["zh"], answer["changed"]["en"]) == ("海关有新处理", "customs has dealt with it")
        status, answer = await other.act("unload", load_id="L1", seen=seen)
        assert (status, answer["changed"]["event"], answer["changed"]["actor"]) == (409, "HoldPlaced", "zhang")
        assert answer["changed"]["zh"] == "已被扣留 (zhang)"
        assert (await by.act("unload", load_id="L1", seen=on.core.journal_seq))[0] == 200
        status, answer = await by.act("unload", load_id="L1", seen=0)
        assert (status, answer["code"]) == (409, "seen_too_old")


def test_that_an_image_waits_for_an_officer_is_no_change_to_the_company() -> None:
    changes = Changes(0)
    rerun = Stamped(1, "u", False, "li", Role.OPERATOR, RerunOrdered("A", ""))
    unanswered = Stamped(2, "u", False, "clock", Role.LINE, TimerFired("unanswered"))
    changes.take(1, rerun, Outcome(touched=("carton:A",)))
    changes.take(2, unanswered, Outcome(touched=("carton:A", "carton:B")))
    assert changes.since("carton:A", 1, customs=False) is None
    assert changes.since("carton:B", 0, customs=False) is None
    assert (known := changes.since("carton:A", 0, customs=False)) is not None
    assert known.event == "RerunOrdered"
    assert (told := changes.since("carton:A", 1)) is not None
    assert told.event == "TimerFired"


@pytest.mark.parametrize("verdict", ["clear", "open"])
def test_what_customs_judged_is_no_change_to_the_company_before_it_shows(verdict: str) -> None:
    """An act that is refused anyway would be a question: was this carton picked?"""
    number = s10(10000001)
    line = XrayStory()
    line.ready(number)
    line.before_tunnel(1, number)
    line.through(1)
    line.analysed(1, ImageFinding("metal_high", "41 %"))
    seen = len(line.stamped)
    line.verdict(1, verdict)
    changes = Changes(0)
    for seq, (stamped, outcome) in enumerate(zip(line.stamped, line.outcomes, strict=True), start=1):
        changes.take(seq, stamped, outcome)
    subjects = (f"carton:EMS001/{number}", "passage:1:1")
    assert (change := changes.since("passage:1:1", seen)) is not None
    assert change.event == "VerdictGiven"
    told = {one.company_event for subject in subjects if (one := changes.since(subject, seen, customs=False)) is not None}
    assert told == ({"customs_check"} if verdict == "open" else set()), "a hold shows, a clear shows where it decides"


def test_every_event_that_has_words_is_one_and_both_languages_are_there() -> None:
    names = {kind.__name__ for kind in get_args(AnyEvent)} | {"customs_check"}
    assert set(WORDS) - names == set()
    assert all(zh and en and any(ord(one) > 0x2E80 for one in zh) for zh, en in WORDS.values())


async def test_start_names_every_unmet_condition_and_reaches_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("li")
        status, answer = await by.act("line-start")
        assert (status, [one["code"] for one in answer["unmet"]]) == (423, ["plc_not_ready"])
        flags = PlcFlag.SAFETY_RESET_NEEDED | PlcFlag.JAM | PlcFlag.LOCAL_MODE
        await on.core.submit(synced(on, flags), actor="plc", role=Role.LINE)
        status, answer = await by.act("line-start")
        codes = [one["code"] for one in answer["unmet"]]
        assert (status, codes) == (423, ["emergency_stop", "guards_open", "safety_reset_needed", "local_mode", "jam"])
        assert all(one["next_step"] and one["zh"]["cause"] for one in answer["unmet"])
        assert on.events(LineCommanded) == []
        await on.core.submit(synced(on, PlcFlag.E_STOP_HEALTHY | PlcFlag.GUARDS_CLOSED), actor="plc", role=Role.LINE)
        assert (await by.act("line-start"))[0] == 200


async def test_what_the_core_refuses_comes_back_with_its_code(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("zhang")
        status, answer = await by.act("recheck-open", code="EE100000017CN")
        assert (status, answer["code"]) == (423, "not_declared")
        assert answer["unmet"][0]["zh"]["cause"] == CATALOGUE["not_declared"].zh
        status, answer = await by.act("hold", target="no-such", scope="load", reason="x")
        assert (status, answer["code"]) == (409, "target_unknown")


# --- two people ------------------------------------------------------------------------------------------------------


async def test_a_hold_of_customs_is_lifted_by_two_different_people(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        one, other, lead = [await on.signed_in(who) for who in ("zhang", "zhao", "ban")]
        number = await held(on, one)
        status, answer = await one.act("lift", "press-lift", hold_id=number, reason="seen")
        assert (status, answer["waits_for"]) == (202, "second_person")
        proposal = answer["proposal"]
        assert on.events(HoldLifted) == []
        assert (await one.sign(proposal))[1]["code"] == "same_person"
        again = await on.signed_in("zhang")
        assert (await again.sign(proposal))[1]["code"] == "same_person", "a person, not a browser"
        assert (await lead.sign(proposal))[1]["code"] == "role_not_allowed"
        assert (await lead.act("lift", hold_id=number, reason="seen"))[1]["code"] == "role_not_allowed"
        waiting = (await other.ask("GET", "/api/signatures", acts=True)).json()["waiting"]
        assert [(row["act"], row["first"], row["reason"]) for row in waiting] == [("lift", "zhang", "seen")]
        assert (await lead.ask("GET", "/api/signatures", acts=True)).json()["waiting"] == []
        signed = await other.sign(proposal)
        assert signed[0] == 200
        assert await other.sign(proposal) == signed, "repeated, the same answer"
        assert [row.actor for row in on.events(ActSigned)] == ["zhao"]
        assert [(row.actor, row.role) for row in on.events(HoldLifted)] == [("zhang", Role.OFFICER)]
        assert (await one.act("lift", "press-lift", hold_id=number, reason="seen"))[0] == 200


async def test_nobody_asks_for_the_lift_of_a_hold_that_is_not_there_yet(tmp_path: Path) -> None:
    """Its roles are not known: one officer who asks before, and one of the company who signs after, are no two of customs."""
    async with bench(tmp_path / "d") as on:
        officer, lead = await on.signed_in("zhang"), await on.signed_in("ban")
        await arrived(on, officer)
        number = hold_number("zhang.press-the-hold")
        meant = {"scope": "load", "target": "L1", "code": "officer_hold"}
        status, answer = await officer.act("lift", "press-a-lift", hold_id=number, reason="seen", **meant)
        assert (status, answer["code"]) == (409, "hold_not_open")
        await officer.act("hold", "press-the-hold", target="L1", scope="load", reason="look")
        assert on.core.state.holds[number].lifted_ms < 0
        waiting = (await officer.act("lift", "press-a-lift", hold_id=number, reason="seen", **meant))[1]["proposal"]
        assert (await lead.sign(waiting))[1]["code"] == "role_not_allowed"
        assert on.events(HoldLifted) == []


async def test_whose_a_waiting_lift_is_goes_by_the_hold_as_it_is_now(tmp_path: Path) -> None:
    """Whatever was reckoned when it was asked for; and what another has lifted meanwhile waits no longer."""
    async with bench(tmp_path / "d") as on:
        officer, other, lead = [await on.signed_in(who) for who in ("zhang", "zhao", "ban")]
        number = await held(on, officer)
        waits = [(await officer.act("lift", hold_id=number, reason="seen"))[1]["proposal"] for _ in range(2)]
        for one in on.acts._waiting.everything():
            on.acts._waiting._waiting[one.proposal] = msgspec.structs.replace(one, roles=ACT_TABLE["lift"].roles)
        assert (await lead.ask("GET", "/api/signatures", acts=True)).json()["waiting"] == []
        assert (await lead.sign(waits[0]))[1]["code"] == "role_not_allowed"
        assert (await other.sign(waits[0]))[0] == 200
        assert (await other.sign(waits[1]))[1]["code"] == "hold_not_open"
        assert (await other.sign(waits[1]))[1]["code"] == "proposal_unknown"
        assert len(on.events(HoldLifted)) == len(on.events(ActSigned)) == 1


@pytest.mark.parametrize("change", [{"role": Role.CUSTOMS_AUDITOR}, {"active": False}])
async def test_both_must_still_be_allowed_when_the_second_signs(tmp_path: Path, change: dict[str, object]) -> None:
    async with bench(tmp_path / "d") as on:
        one, other = await on.signed_in("zhang"), await on.signed_in("zhao")
        number = await held(on, one)
        proposal = (await one.act("lift", hold_id=number, reason="seen"))[1]["proposal"]
        on.people.change("zhang", by="ke", utc="t", **change)
        assert (await other.sign(proposal))[1]["code"] == "first_not_authorised"
        assert on.events(HoldLifted) == []


async def test_the_database_itself_takes_no_signature_of_one_person_or_of_one_who_may_not(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        on.people.propose("p1", "lift", (Role.OFFICER, Role.SECTION_CHIEF), "zhang", utc="t")
        assert not on.people.sign("p1", "zhang", utc="t")
        assert not on.people.sign("p1", "ban", utc="t")
        assert not on.people.sign("p1", "no-such", utc="t")
        with sqlite3.connect(on.home / "people.sqlite") as direct, pytest.raises(sqlite3.IntegrityError):
            direct.execute("UPDATE two_people SET second = first")
        direct.close()
        assert on.people.sign("p1", "zhao", utc="t")
        assert not on.people.sign("p1", "ke", utc="t"), "a signature stays"


async def test_a_lift_wants_a_fresh_proof_and_the_companys_own_hold_one_person(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        lead = await on.signed_in("ban")
        number = await held(on, lead)
        on.clock.now_s += 121
        status, answer = await lead.act("lift", hold_id=number, reason="done")
        assert (status, answer["code"]) == (403, "proof_wanted")
        await lead.ask("POST", "/api/session/proof", {"secret": "a long enough one"})
        assert (await lead.act("lift", hold_id=number, reason="done"))[0] == 200
        assert [row.actor for row in on.events(HoldLifted)] == ["ban"]


async def test_a_lift_tells_the_core_which_hold_is_meant_and_lifts_no_other(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        lead = await on.signed_in("ban")
        number = await held(on, lead)
        status, answer = await lead.act("lift", hold_id=number, scope="load", target="L2", code="company_hold", reason="done")
        assert (status, answer["code"]) == (409, "hold_is_another")
        assert (await lead.act("lift", hold_id=number, scope="load", target="L1", reason="done"))[0] == 200
        words = [row.event for row in on.events(HoldLifted)]
        meant = [(word.scope, word.target, word.code) for word in words if isinstance(word, HoldLifted)]
        assert meant == [("load", "L2", "company_hold"), ("load", "L1", "company_hold")]


async def test_nobody_pushes_out_what_others_wait_for(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        officer, other, operator = await on.signed_in("zhang"), await on.signed_in("zhao"), await on.signed_in("li")
        waits = (await officer.act("lift", hold_id=await held(on, officer), reason="seen"))[1]["proposal"]
        mine = [(await operator.act("shift-handover", notes=str(number)))[1]["proposal"] for number in range(250)]
        lead = await on.signed_in("ban")
        shown = (await lead.ask("GET", "/api/signatures", acts=True)).json()["waiting"]
        assert [row["proposal"] for row in shown] == mine[-5:], "a new one in place of the own oldest"
        assert (await lead.sign(mine[0]))[1]["code"] == "proposal_unknown"
        assert (await other.sign(waits))[0] == 200


def test_an_organisation_has_its_own_room_for_what_waits() -> None:
    waiting = Proposals(lambda: 0.0)
    event = ShiftHandedOver("", "")

    def one(number: str, first: str, role: Role) -> Proposal:
        return Proposal(number, Asked("shift-handover", number, {}), event, first, role, number, (role,), 600.0)

    waiting.add(one("customs", "zhang", Role.OFFICER))
    for number in range(120):
        waiting.add(one(f"p{number}", f"operator{number}", Role.OPERATOR))
    assert [row.proposal for row in waiting.everything()] == ["customs", *(f"p{number}" for number in range(20, 120))]


async def test_what_nobody_signed_in_time_is_not_kept_and_what_is_signed_stays(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        one, other = await on.signed_in("zhang"), await on.signed_in("zhao")

        def kept() -> list[Any]:
            with on.people._engine.connect() as connection:
                return list(connection.exec_driver_sql("SELECT proposal FROM two_people ORDER BY rowid").scalars())

        signed = (await one.act("lift", hold_id=await held(on, one), reason="seen"))[1]["proposal"]
        assert (await other.sign(signed))[0] == 200
        for _ in range(7):
            last = (await one.act("lift", hold_id=await held(on, one), reason="seen"))[1]["proposal"]
        assert len(kept()) == 8
        on.clock.now_s += 599
        await one.ask("POST", "/api/session/proof", {"secret": "a long enough one"})
        await other.ask("POST", "/api/session/proof", {"secret": "a long enough one"})
        waits = (await one.act("lift", hold_id=await held(on, one), reason="seen"))[1]["proposal"]
        assert len(kept()) == 9, "what still waits is there"
        assert (await other.sign(last))[0] == 200
        on.clock.now_s += 100
        newest = (await one.act("lift", hold_id=await held(on, one), reason="seen"))[1]["proposal"]
        assert kept() == [signed, last, waits, newest]


async def test_a_proposal_ends_after_ten_minutes(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        one = await on.signed_in("zhang")
        proposal = (await one.act("lift", hold_id=await held(on, one), reason="seen"))[1]["proposal"]
        on.clock.now_s += 601
        assert (await (await on.signed_in("zhao")).sign(proposal))[1]["code"] == "proposal_unknown"


# --- the stop --------------------------------------------------------------------------------------------------------


def stops(on: Bench) -> int:
    return len([one for _, _, outcome in on.heard for one in outcome.commands
                if isinstance(one, PlcCommand) and one.code == CommandCode.STOP])  # fmt: skip


async def test_a_stop_is_never_refused_whoever_asks_and_however(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        for account in PEOPLE:
            assert (await (await on.signed_in(account)).stop(id="press-0001"))[1] == {
                "ok": True, "stopped": "ordered", "recorded": True, "seq": on.core.journal_seq,
            }  # fmt: skip
        nobody = on.page("10.9.9.9")
        odd: tuple[dict[str, Any], ...] = (
            {"content": b"{"}, {"content": b"\xff\xfe"}, {"content": b"[" * 9000}, {"content": b"x" * 100_000},
            {"content": b"null"},
            {"content": b'{"reason": "\\ud800", "id": 5}'}, {"headers": {"X-CSRF-Token": "wrong", "Origin": "http://evil.test"}},
        )  # fmt: skip
        for more in odd:
            answer = await nobody.ask("POST", "/api/stop", acts=True, **more)
            assert (answer.status_code, answer.json()["ok"]) == (200, True), more
        page = await on.signed_in("zhang")
        await page.ask("POST", "/api/session/lock")
        first, second = await page.stop(id="same-id-1"), await page.stop(id="same-id-1")
        assert first[1]["recorded"]
        assert second[1]["seq"] > first[1]["seq"], "a repeated stop stops again: somebody may have started meanwhile"
        assert stops(on) == len(PEOPLE) + len(odd) + 2
        assert on.events(LineCommanded)[-3].actor == "not signed in, at 10.9.9.9"


@pytest.mark.parametrize("then", ["nothing more", "gone"])
async def test_a_stop_whose_body_never_comes_stops_all_the_same(tmp_path: Path, then: str) -> None:
    async with bench(tmp_path / "d") as on:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            if then == "gone":
                return {"type": "http.disconnect"}
            await asyncio.sleep(60)
            raise AssertionError("nobody waits so long")

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/api/stop",
            "raw_path": b"/api/stop", "query_string": b"", "root_path": "", "scheme": "http", "server": ("line.test", 8601),
            "client": ("10.9.9.9", 4000), "headers": [(b"content-length", b"20"), (b"content-type", b"application/json")],
        }  # fmt: skip
        async with asyncio.timeout(5):
            await on.acting(scope, receive, send)
        assert stops(on) == 1


async def test_strangers_who_press_on_stop_each_time_and_fill_neither_the_journal_nor_the_memory_of_acts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.console.act_service.ACTS_KEPT", 30)
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("li")
        first = await by.act("load-arrived", act_id="press-0001", load_id="L1", plate="P1")
        nobody = on.page("10.9.9.9")
        answers = [(await nobody.stop(id=f"p{n}"))[1] for n in range(60)]
        assert all(one["stopped"] == "ordered" for one in answers)
        rows = sum(one["recorded"] for one in answers)
        assert rows == stops(on) == 20
        assert on.core._dispatcher.stops == 40  # type: ignore[attr-defined]
        assert await by.act("load-arrived", act_id="press-0001", load_id="L1", plate="P1") == first
        assert (await by.stop())[1]["recorded"], "who is signed in has a row always"
        on.clock.now_s += 61
        assert (await nobody.stop())[1]["recorded"]


async def test_a_repeat_of_an_act_that_the_dying_journal_did_not_take_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("li")
        held = asyncio.Event()

        async def hangs(*given: Any, **named: Any) -> Any:
            await held.wait()
            raise JournalDead("journal_dead", "test", "restart")

        monkeypatch.setattr(on.core, "submit", hangs)
        both = [asyncio.create_task(by.act("load-arrived", act_id="press-0001", load_id="L1", plate="P1")) for _ in range(2)]
        await asyncio.sleep(0.1)
        held.set()
        assert [(await one)[1]["code"] for one in both] == ["journal_dead"] * 2


async def test_a_stop_leaves_with_a_dead_journal_and_acts_say_so(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("li")
        on.core._die(JournalDead("journal_dead", "test", "restart"))
        status, answer = await by.stop()
        assert (status, answer["recorded"]) == (200, False)
        assert on.core._dispatcher.stops == 1  # type: ignore[attr-defined]
        status, answer = await by.act("load-arrived", load_id="L1", plate="P1")
        assert (status, answer["code"]) == (503, "journal_dead")


async def test_a_full_inbox_takes_no_act_and_still_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("li")
        monkeypatch.setattr("controller.daemon.core_loop.INBOX_LIMIT", 0)
        assert (await by.act("load-arrived", load_id="L1", plate="P1"))[0] == 503
        assert (await by.stop())[1]["recorded"] is False
        assert on.core._dispatcher.stops == 1  # type: ignore[attr-defined]

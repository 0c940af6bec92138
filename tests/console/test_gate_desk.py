"""The officer's question about the gates: who may ask, what is told; the answers offered are those that the core takes."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from controller.console.gate_desk import called, gates_told
from controller.domain.reasons import Role
from controller.domain.sentences import in_english
from controller.line.events import HoldLifted
from controller.line.explain import View
from controller.line.gate_check import RESULTS
from controller.line.gate_events import GateChecked, GatePassVoided
from controller.line.plc_events import PlcLost
from tests.console.bench import PASSWORD, Bench, Page, bench
from tests.console.gate_bench import at_the_gate, show, told_no, told_to_wait, unsure
from tests.line.departure_story import BOX, GATED, PLATE, SEAL, Departure


def unread() -> Departure:
    story = at_the_gate()
    story.arrive(seal="", sure=False)
    return story


def waits_for_the_line() -> Departure:
    story = at_the_gate()
    story.feed(PlcLost("plc_timeout", "no answer"))
    story.arrive()
    return story


def ordered() -> Departure:
    story = at_the_gate()
    story.arrive()
    return story


def left() -> Departure:
    story = ordered()
    story.barrier(1)
    return story


def left_and_down() -> Departure:
    story = left()
    story.barrier(2)
    return story


def comes_again() -> Departure:
    story = left_and_down()
    story.arrive()
    return story


def stranger() -> Departure:
    story = at_the_gate()
    story.arrive(box="TGHU7654321")
    return story


def unsure_and_down() -> Departure:
    story = unsure()
    story.barrier(2)
    return story


def unsure_and_free() -> Departure:
    story = unsure_and_down()
    story.feed(HoldLifted("H1", "looked"), Role.OFFICER)
    return story


def unsure_and_open() -> Departure:
    story = unsure()
    story.feed(HoldLifted("H1", "looked"), Role.OFFICER)
    return story


def unsure_without_pass() -> Departure:
    story = unsure(held=False)
    story.feed(GatePassVoided("P1", "wrong"), Role.OFFICER)
    return story


def answered(result: int) -> Departure:
    story = unsure_and_down()
    story.check(result)
    return story


def told_of_anew() -> Departure:
    story = told_no()
    story.arrive(again=True)
    return story


# What counts of 1 let go, 2 to inspection, 3 send back, 4 seen to leave.
SITUATIONS: list[tuple[Callable[[], Departure], str, set[int], bool]] = [
    (told_to_wait, "waiting", {1, 2, 3}, True),
    (unread, "waiting", {1, 2, 3}, True),
    (waits_for_the_line, "waiting", {2, 3}, False),
    (told_no, "refused", {2, 3}, True),
    (stranger, "refused", {2, 3}, True),
    (comes_again, "refused", {2, 3}, True),
    (ordered, "opening", set(), False),
    (left, "opened", set(), False),
    (left_and_down, "closed", set(), False),
    (unsure, "unsure", {2, 3, 4}, True),
    (unsure_and_down, "unsure", {2, 3, 4}, True),
    (unsure_and_open, "unsure", {2, 3, 4}, True),
    (unsure_and_free, "unsure", {1, 2, 3, 4}, True),
    (unsure_without_pass, "unsure", {2, 3, 4}, True),
    (lambda: answered(1), "refused", {2, 3, 4}, False),
    (lambda: answered(2), "refused", {2, 3, 4}, False),
    (lambda: answered(3), "refused", {2, 3, 4}, False),
    (lambda: answered(4), "opened", set(), False),
    (told_of_anew, "opening", set(), False),
]  # fmt: skip


def truck(told: list[dict[str, Any]], gate: str = "gate") -> Any:
    return next(one["truck"] for one in told if one["gate"] == gate)


@pytest.mark.parametrize(("make", "state", "counts", "wanted"), SITUATIONS)
def test_the_answers_that_are_offered_are_those_that_the_core_takes(
    make: Callable[[], Departure], state: str, counts: set[int], wanted: bool
) -> None:
    story = make()
    told = truck(gates_told(story.state))
    assert (told["state"], told["wants_person"]) == (state, wanted)
    assert {one["result"] for one in told["answers"] if one["counts"]} == counts
    assert [one["result"] for one in told["answers"]] == list(RESULTS)
    for offered in told["answers"]:
        judged = copy.deepcopy(story).check(offered["result"]).refusals
        assert offered["counts"] == (not judged)
        for one in judged:
            assert {key: offered["refusal"][key] for key in ("code", "cause", "next_step")} == {
                "code": one.code, "cause": in_english(one.cause), "next_step": one.next_step}  # fmt: skip
            assert offered["refusal"]["zh"]["cause"] != one.cause, "it is in Chinese, too"


def test_looking_changes_nothing() -> None:
    story = unsure()
    before = copy.deepcopy(story.state)
    gates_told(story.state)
    called(story.state)
    assert (story.state.visits, story.state.timers, story.state.holds) == (before.visits, before.timers, before.holds)


def test_what_was_read_stands_beside_what_the_pass_says() -> None:
    told = gates_told(told_to_wait().state)
    assert [one["gate"] for one in told] == ["gate", "north"]
    assert truck(told, "north") is None
    one = truck(told)
    assert (one["plate"], one["container_no"], one["seal_no"], one["gross_g"]) == (PLATE, BOX, SEAL, 9_800_000)
    assert one["pass"] == {"pass_id": "P1", "plate": PLATE, "seal_no": SEAL, "gross_g": 9_000_000, "stands": True}
    (reason,) = one["reasons"]
    assert (reason["code"], reason["zh"]["cause"], reason["zh"]["next_step"]) == (
        "gate_weight_differs",
        "地磅超差",
        "关员人工确认",
    )
    assert (reason["cause"], reason["next_step"]) == (
        "truck and gate pass differ in weight by more than the tolerance", "an officer looks")  # fmt: skip


def test_what_was_not_read_is_null() -> None:
    one = truck(gates_told(unread().state))
    assert (one["seal_no"], one["gross_g"], one["plate_sure"], one["container_sure"]) == (None, None, False, False)
    assert [reason["code"] for reason in one["reasons"]] == ["gate_unread", "gate_unsure"]


def behind(make: Callable[[], Departure]) -> Any:
    story = make()
    story.arrive(plate="渝C00007", box="", sure=False)
    return truck(gates_told(story.state))["behind"]


@pytest.mark.parametrize("make", [unsure, unsure_and_down, ordered])
def test_a_truck_that_waits_for_what_becomes_of_the_one_before_it_is_told_with_it(make: Callable[[], Departure]) -> None:
    told = behind(make)
    assert (told["session"], told["plate"], told["plate_sure"], told["container_no"]) == ("S2", "渝C00007", False, None)
    assert told["since_ms"] > 0


@pytest.mark.parametrize("make", [told_to_wait, told_no, left_and_down])
def test_a_truck_that_takes_the_place_of_another_waits_behind_none(make: Callable[[], Departure]) -> None:
    assert behind(make) is None


@pytest.mark.parametrize("result", [3, 4])
def test_when_the_one_before_it_is_answered_nobody_waits_behind_it_any_more(result: int) -> None:
    story = unsure_and_down()
    story.wait(GATED.barrier_confirm_ms + 1)
    story.arrive(plate="渝C00007")
    story.feed(GateChecked("gate", "S1", result, "looked"), Role.OFFICER, "zhang")
    assert truck(gates_told(story.state))["behind"] is None


async def asked(page: Page) -> tuple[int, Any]:
    answer = await page.ask("GET", "/api/gate")
    return answer.status_code, answer.json()


async def test_it_is_told_to_customs_alone(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        show(on, unsure())
        for account in ("zhang", "ke", "shen"):
            status, body = await asked(await on.signed_in(account))
            assert (status, truck(body["gates"])["state"]) == (200, "unsure"), account
        for account in ("li", "ban", "ji"):
            status, body = await asked(await on.signed_in(account))
            assert (status, body["code"], "gates" in body) == (403, "role_not_allowed", False), account
        assert (await asked(on.page()))[0] == 401


async def test_a_locked_screen_gets_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        show(on, unsure())
        page = await on.signed_in("zhang")
        await page.ask("POST", "/api/session/lock")
        status, body = await asked(page)
        assert (status, body["code"]) == (401, "session_locked")


async def test_the_stream_says_to_customs_that_somebody_is_wanted_and_nothing_to_the_company(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        show(on, unsure())
        values = on.live.snapshot(View.CUSTOMS)["values"]
        assert isinstance(values, dict)
        assert values["gates"]["list"] == [
            {"gate": "gate", "session": "S1", "state": "unsure", "since_ms": on.core.state.visits["gate"].arrived_ms,
             "wants_person": True}]  # fmt: skip
        company = on.live.snapshot(View.COMPANY)["values"]
        assert isinstance(company, dict)
        assert "gates" not in company


async def gives(on: Bench, page: Page, result: int, session: str = "S1") -> tuple[int, Any]:
    shown = truck((await asked(page))[1]["gates"])["shown"]
    status, body = await page.act("gate-check", gate="gate", session_id=session, result=result, shown=shown, reason="looked")
    await on.settled()
    return status, body


async def test_who_saw_it_leave_proves_it_and_says_so_then_it_is_answered(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        show(on, unsure())
        page = await on.signed_in("zhang")
        on.clock.now_s += 150  # since then anybody may have sat down here
        status, body = await gives(on, page, 4)
        assert (status, body["code"]) == (403, "proof_wanted")
        await page.ask("POST", "/api/session/proof", {"secret": PASSWORD})
        assert (await gives(on, page, 4, session="S0"))[1]["code"] == "gate_check_void", (
            "another truck than the one that stands there"
        )
        assert (await gives(on, page, 1))[1]["code"] == "barrier_busy"
        assert (await gives(on, page, 4))[0] == 200
        said = on.events(GateChecked)[-1]
        assert (said.actor, replace(said.event, shown="")) == ("zhang", GateChecked("gate", "S1", 4, "looked"))
        one = truck((await asked(page))[1]["gates"])
        assert (one["state"], one["wants_person"], one["checked_by"]) == ("opened", False, "zhang")
        late = await gives(on, page, 3)
        assert (late[0], late[1]["code"]) == (409, "gate_check_late")

"""What waits for hands: lost, unread and diverted cartons, loads whose seals are not settled; no more than a view may see."""

from typing import Any

from controller.console.rework import Rework
from controller.console.watched import Watched
from controller.domain.reasons import CATALOGUE, Role
from controller.line.belt import PlcFlag, RingKind
from controller.line.commands import Outcome
from controller.line.events import AnyEvent, CartonRemoved, HoldPlaced, LoadArrived, RerunOrdered
from controller.line.explain import View
from tests.console.test_belt import NO_SCREENS, SETTINGS
from tests.line.line_story import PROFILE, RUNNING, Story, s10

A, B = s10(10000001), s10(10000002)


class Waiting(Story):
    """A story whose rows `Rework` hears."""

    def __init__(self) -> None:
        super().__init__()
        self.rework = Rework(self.state)

    def feed(self, event: AnyEvent, role: Role = Role.LINE, actor: str = "test") -> Outcome:
        outcome = super().feed(event, role, actor)
        if hasattr(self, "rework"):
            self.rework.take(len(self.outcomes), self.stamped[-1], outcome)
        return outcome

    def rows(self, view: View = View.COMPANY) -> list[dict[str, Any]]:
        return self.rework.value(view)["list"]  # type: ignore[return-value]


def test_a_carton_without_a_number_waits_until_it_is_on_the_belt_again() -> None:
    line = Waiting()
    line.ready(A)
    line.pass_to_decision(1, "")
    line.divert(1, 1)
    (row,) = line.rows()
    assert (row["track"], row["lane"], row["carton"], row["nameless"], row["way"]) == ("1:1", "inspect", "", True, "rerun")
    assert "no_read" in row["codes"]
    line.feed(RerunOrdered(A, "inspect", "1:1"), Role.OPERATOR, "li")
    assert [one["asked"] for one in line.rows()] == [True]
    line.pass_to_decision(2, A)
    assert line.rows() == []


def test_a_re_run_that_was_ordered_too_long_ago_is_to_be_asked_for_again() -> None:
    line = Waiting()
    line.ready(A)
    line.pass_to_decision(1, "")
    line.divert(1, 1)
    for _ in range(2):
        line.feed(RerunOrdered(A, "inspect", "1:1"), Role.OPERATOR, "li")
        assert [one["asked"] for one in line.rows()] == [True]
        line.wait(PROFILE.rerun_limit_s * 1000)
        line.feed(LoadArrived("L9", "X9"), Role.OPERATOR, "li")
        assert [one["asked"] for one in line.rows()] == [False]


def test_a_lost_carton_waits_with_its_number_until_it_is_taken_to_a_place() -> None:
    line = Waiting()
    line.ready(A, B)
    for track, code in ((1, A), (2, B)):
        line.pass_to_decision(track, code)
        line.ring(RingKind.LOST, track, 5)
    assert [(one["ended"], one["carton"], one["nameless"]) for one in line.rows()] == [("lost", B, False), ("lost", A, False)]
    line.feed(CartonRemoved(A, "missing", "nowhere"), Role.SHIFT_LEAD, "ban")
    assert [one["carton"] for one in line.rows()] == [B]


def test_after_an_emergency_stop_everything_on_the_belt_waits_to_be_identified() -> None:
    line = Waiting()
    line.ready(A)
    line.pass_to_decision(1, A)
    line.epoch = 2
    line.sync(flags=int(RUNNING))
    (row,) = line.rows()
    assert (row["ended"], row["carton"]) == ("epoch", A)
    assert "old_epoch" in row["codes"]


def test_what_took_the_release_lane_does_not_wait() -> None:
    line = Waiting()
    line.ready(A)
    line.pass_to_decision(1, A)
    line.answer()
    line.divert(1, 3)
    assert line.rows() == []


def test_a_load_waits_until_its_seals_are_settled() -> None:
    line = Waiting()
    line.feed(LoadArrived("L9", "P9"))
    value: Any = line.rework.value(View.COMPANY)
    assert [(one["load"], one["plate"], one["codes"]) for one in value["loads"]] == [("L9", "P9", ["seal_not_checked"])]


def test_the_company_sees_neither_customs_own_reasons_nor_a_way_that_tells_them_apart() -> None:
    line = Waiting()
    line.ready(A, B)
    line.feed(HoldPlaced("H1", "carton", f"EMS001/{A}", "officer_hold", "ivory"), Role.OFFICER, "zhang")
    line.pass_to_decision(1, A)
    line.divert(1, 1)
    (row,) = line.rows()
    hidden = [code for code in row["codes"] if code in CATALOGUE and CATALOGUE[code].customs_only]
    assert (hidden, row["way"]) == ([], "customs")
    assert "customs_check" in row["codes"]
    assert "officer_hold" in line.rows(View.CUSTOMS)[0]["codes"]
    assert "ivory" not in str(line.rework.value(View.COMPANY))


def test_the_list_is_bounded_and_says_how_many_more_there_are() -> None:
    line = Waiting()
    for track in range(1, 60):
        line.induct(track)
        line.ring(RingKind.LOST, track, 2)
    value = line.rework.value(View.CUSTOMS)
    assert (len(line.rows()), value["more"]) == (40, 19)
    assert line.rows()[0]["track"] == "1:59"


def test_one_that_began_later_shows_the_same() -> None:
    line = Waiting()
    line.ready(A)
    line.pass_to_decision(1, A)
    line.ring(RingKind.LOST, 1, 5)
    assert Rework(line.state).value(View.COMPANY) == line.rework.value(View.COMPANY)


def test_what_stands_against_a_start_is_said_before_anybody_asks() -> None:
    line = Story()
    watched: Any = Watched(SETTINGS, line.state, NO_SCREENS)
    line.sync(flags=int(RUNNING | PlcFlag.GUARDS_CLOSED))
    assert watched.values(View.COMPANY)["start"] == {"unmet": []}
    line.sync()
    assert watched.values(View.COMPANY)["start"]["unmet"] == ["guards_open"]
    line.sync(flags=0)
    assert watched.values(View.COMPANY)["start"]["unmet"] == ["emergency_stop", "guards_open"]

"""Rechecked cartons that left: they stay known until the inspection record of each recheck is filed, and a number that comes
again gets a recheck of its own.
"""

import msgspec
import pytest

from controller.domain.alarms import kind_of
from controller.domain.reasons import Role
from controller.line import departing
from controller.line.gate_events import GatePassIssued
from controller.line.loading_events import ContainerClosed, ContainerSealed, ContainerWeighed
from controller.line.recheck_events import PartyPresent, RecheckAbandoned
from controller.line.recheck_state import InspectionResult
from controller.line.record_events import RecordApproved, RecordDrafted, RecordFiled, RecordFiledElsewhere, RecordSubmitted
from controller.line.record_state import FILED, RecordContent
from tests.line.departure_story import BOX, GATED, PLATE
from tests.line.line_story import CARRIER, s10
from tests.line.recheck_story import CUP, LAMP, SEAL_NO, WU, ZHOU, Bench
from tests.line.test_inspection_record import MATCHES, PDF

A, B = s10(10000001), s10(10000002)
KEY = f"{CARRIER}/{A}"
FORGET_MS = GATED.forget_after_s * 1000
OTHER, OTHER_PLATE, OTHER_SEAL = "TGHU7654320", "渝B99999", "SEAL0002"


class Gone(Bench):
    """A carton that two officers opened and let go by hand, with its inspection record, leaves through the gate."""

    def rechecked(self, track: int, seal_no: str = SEAL_NO, officers: tuple[str, str] = (ZHOU, WU)) -> str:
        """Opened, as declared, released by hand; the key of its recheck."""
        self.benched(A)
        self.to_inspect(track, A)
        return self.rechecked_here(seal_no, officers)

    def rechecked_here(self, seal_no: str, officers: tuple[str, str] = (ZHOU, WU)) -> str:
        assert not self.opens(A, officers[0]).refusals
        self.still(A)
        self.things(CUP, CUP, LAMP)
        self.feed(PartyPresent(A, "present", "陈某"), Role.OFFICER, officers[0])
        self.seals(A, seal_no)
        assert not self.decides(A, "released", officers[0], by_hand=True).refusals
        assert not self.confirms(A, "released", officers[1]).refusals
        return self.carton(A).recheck

    def drafts(self, key: str) -> None:
        assert not self.feed(RecordDrafted(key, MATCHES), Role.OFFICER, ZHOU).refusals

    def submits(self, key: str) -> None:
        assert not self.feed(RecordSubmitted(key), Role.OFFICER, ZHOU).refusals

    def approves(self, key: str) -> None:
        assert not self.feed(RecordApproved(key, "同意"), Role.SECTION_CHIEF, "ke").refusals

    def files(self, key: str) -> None:
        self.feed(RecordFiled(key, self.state.inspection_records[key].sha256, PDF, PDF))
        assert self.state.inspection_records[key].stage == FILED

    def writes(self, key: str) -> RecordContent:
        """Its record from the first word to the paper; what it says."""
        for act in (self.drafts, self.submits, self.approves, self.files):
            act(key)
        content = self.state.inspection_records[key].content
        assert content is not None
        return content

    def leaves(self, *codes: str, box: str = BOX, plate: str = PLATE, seal: str = "SEAL0001") -> None:
        """Loaded, weighed, sealed, through the gate."""
        assert not self.open(box).refusals
        assert self.scan(*codes).code == ""
        acts = (ContainerClosed(box, 1), ContainerWeighed(box, 2_302_600, 2_300_000), ContainerSealed(box, seal))
        for act in acts:
            assert not self.feed(act, Role.OPERATOR).refusals
        assert not self.feed(GatePassIssued(f"P-{box}", box, plate, 0), Role.OFFICER).refusals
        self.arrive(plate=plate, box=box, seal=seal)
        self.barrier(1)
        assert self.state.containers[box].departed_ms >= 0
        self.barrier(0)

    def told(self) -> list[InspectionResult]:
        """What customs was told of rechecks."""
        told = [one.body for one in self.messages() if one.kind == "inspection_result"]
        return [msgspec.json.decode(body, type=InspectionResult) for body in told]


def test_a_number_that_comes_again_after_all_of_it_was_forgotten_has_another_recheck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departing, "GONE_KEPT", 0)  # stands for 50,000 that left since
    story = Gone()
    first = story.rechecked(1)
    assert not story.writes(first).reinspection
    story.leaves(A, SEAL_NO)
    story.wait(FORGET_MS + 60_000)
    # What left after it pushes its number out of what is known.
    story.benched(B)
    story.pass_to_decision(5, B)
    story.answer()
    story.divert(5, 3)
    story.leaves(B, box=OTHER, plate=OTHER_PLATE, seal=OTHER_SEAL)
    story.wait(FORGET_MS + 60_000)
    assert KEY not in story.state.cartons
    assert KEY not in story.state.gone
    again = story.rechecked(2, "XYR0000002")
    assert again != first
    assert [one.recheck_id for one in story.told()] == [first, again]
    assert again.rpartition("#")[0] == first.rpartition("#")[0] == KEY
    content = story.writes(again)
    assert not content.reinspection, "nobody opened this carton before"


STAGES = ("not written yet", "draft", "submitted", "approved")


@pytest.mark.parametrize("stage", STAGES)
def test_what_left_stays_known_until_its_inspection_record_is_filed(stage: str) -> None:
    story = Gone()
    key = story.rechecked(1)
    acts = (story.drafts, story.submits, story.approves, story.files)
    done = STAGES.index(stage)
    for act in acts[:done]:
        act(key)
    story.leaves(A, SEAL_NO)
    story.wait(FORGET_MS + 60_000)
    overdue = [one for one in story.alarms() if one.code == "record_overdue"]
    assert [(one.subject, one.detail) for one in overdue] == [(f"container:{BOX}", f"1 not filed; {key}: {stage}")]
    assert kind_of("record_overdue").customs_only
    story.wait(FORGET_MS)
    assert [one.code for one in story.alarms()].count("record_overdue") == 2, (
        "and it is said again, twice a day and not each hour"
    )
    for act in acts[done:]:
        act(key)
    story.wait(FORGET_MS)
    assert KEY not in story.state.cartons
    assert not story.state.rechecks
    assert not story.state.inspection_records
    assert BOX not in story.state.containers
    assert [one.code for one in story.alarms()].count("record_overdue") == 2


@pytest.mark.parametrize("said_before", [True, False])
def test_what_left_is_let_go_of_once_its_record_is_said_to_be_filed_elsewhere(*, said_before: bool) -> None:
    """A site whose records are on paper files none here: nothing of what it opened was ever let go of."""
    story = Gone()
    key = story.rechecked(1)
    story.leaves(A, SEAL_NO)
    if not said_before:
        story.wait(FORGET_MS + 60_000)
        assert KEY in story.state.cartons
    said = story.feed(RecordFiledElsewhere(key, "档案室 3 号柜", "本关用纸质记录单"), Role.OFFICER, WU)
    assert not said.refusals
    story.wait(FORGET_MS + 60_000)
    assert KEY not in story.state.cartons
    assert not story.state.rechecks
    assert not story.state.inspection_records
    assert BOX not in story.state.containers
    assert [one.code for one in story.alarms()].count("record_overdue") == (not said_before)


def test_what_was_opened_and_had_no_outcome_owes_no_record() -> None:
    story = Gone()
    story.benched(A)
    story.to_inspect(1, A)
    story.opens(A, WU)
    assert not story.feed(RecheckAbandoned(A, "another bench"), Role.OFFICER, WU).refusals
    second = story.rechecked_here(SEAL_NO)
    story.writes(second)
    story.leaves(A, SEAL_NO)
    story.wait(FORGET_MS + 60_000)
    assert KEY not in story.state.cartons
    assert not story.state.rechecks
    assert not [one for one in story.alarms() if one.code == "record_overdue"]

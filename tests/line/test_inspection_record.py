"""The inspection record: written by who was there, approved by a section chief who was not, and never against the journal."""

from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.domain.sentences import in_chinese
from controller.line.commands import Outcome
from controller.line.event_base import EvidenceNamed
from controller.line.explain import View, why
from controller.line.inspection_record import STILL_LATE_MS, shown_of
from controller.line.recheck_events import PartyPresent, StillTaken, StillWanted, WitnessSigned
from controller.line.record_events import (
    RecordApproved,
    RecordDrafted,
    RecordFiled,
    RecordFiledElsewhere,
    RecordForm,
    RecordReturned,
    RecordSubmitted,
)
from controller.line.record_state import InspectionRecord, code_of, hash_of
from controller.line.state import Draft
from tests.line.line_story import s10
from tests.line.recheck_story import CUP, LAMP, MA, SEAL_NO, STRANGE, WU, ZHOU, Bench

A = s10(10000001)
MATCHES = RecordForm("match", "thorough", "纸箱", "开箱台", "货物完好")
PDF = EvidenceNamed("ab" * 32, 9, "record.pdf")


def codes(outcome: Outcome) -> list[str]:
    return [refusal.code for refusal in outcome.refusals]


class Desk(Bench):
    """A carton that two officers closed, and who does what to its record."""

    def __init__(self, *things: str, party: str = "present", taken: bool = True) -> None:
        super().__init__()
        self.benched(A)
        self.to_inspect(1, A)
        self.opens(A)
        self.still(A)
        self.things(*(things or (CUP, CUP, LAMP)))
        if party:
            self.feed(PartyPresent(A, party, "陈某" if party != "absent" else ""), Role.OFFICER, ZHOU)
        if taken:
            self.seals(A)
        else:
            self.feed(StillWanted(A), Role.OFFICER, ZHOU)
        outcome = "detained" if things or not taken else "released"
        assert not self.decides(A, outcome).refusals
        assert not self.confirms(A, outcome).refusals
        self.key = self.carton(A).recheck

    def drafts(self, form: RecordForm = MATCHES, actor: str = ZHOU) -> list[str]:
        return codes(self.feed(RecordDrafted(self.key, form), Role.OFFICER, actor))

    def submits(self, actor: str = ZHOU, form: RecordForm | None = None) -> list[str]:
        return codes(self.feed(RecordSubmitted(self.key, form), Role.OFFICER, actor))

    def approves(self, actor: str = "ke", role: Role = Role.SECTION_CHIEF, shown: str = "") -> list[str]:
        return codes(self.feed(RecordApproved(self.key, "同意", shown), role, actor))

    def shown(self) -> str:
        """The word for what a page shows of its record."""
        return shown_of(Draft(self.state, self.now_ms), self.state.rechecks[self.key], self.record)

    @property
    def record(self) -> InspectionRecord:
        return self.state.inspection_records[self.key]


def test_inspector_then_section_chief_then_its_paper() -> None:
    desk = Desk()
    assert desk.submits() == ["record_not_drafted"]
    assert desk.drafts(actor=WU) == []
    assert desk.approves() == ["record_not_submitted"]
    assert desk.submits() == []
    assert desk.drafts() == ["record_submitted"]
    assert desk.approves() == []
    content = desk.record.content
    assert content is not None
    assert (content.officers, content.new_seal, content.approved_by, content.opinion) == ((ZHOU, WU), SEAL_NO, "ke", "同意")
    assert [(row.gnum, row.declared, row.found, row.matches) for row in content.rows] == [(1, "2", 2, True), (2, "1", 1, True)]
    assert desk.record.sha256 == hash_of(content)
    assert desk.record.stage == "approved"
    assert desk.approves() == ["record_approved"]
    desk.feed(RecordFiled(desk.key, "00" * 32, PDF, PDF))
    assert desk.record.stage == "approved", "a paper of other fields is not its paper"
    desk.feed(RecordFiled(desk.key, desk.record.sha256, PDF, PDF))
    assert desk.record.stage == "filed"


def test_it_can_not_say_other_than_what_was_found() -> None:
    assert Desk().drafts(replace(MATCHES, result="mismatch")) == ["record_says_other"]
    differs = Desk(CUP, CUP, LAMP, STRANGE)
    assert differs.drafts() == ["record_says_other"]
    assert differs.drafts(replace(MATCHES, result="mismatch")) == []
    assert differs.submits() == []
    assert differs.approves() == []
    content = differs.record.content
    assert content is not None
    assert [(row.gnum, row.matches) for row in content.rows] == [(1, True), (2, True), (0, False)]


def test_notes_are_as_long_as_customs_takes_them() -> None:
    desk = Desk()
    assert desk.drafts(replace(MATCHES, notes="完" * 601)) == ["record_form_wrong"]
    assert desk.drafts(replace(MATCHES, notes="完" * 600)) == []
    assert desk.drafts(replace(MATCHES, scope="quick")) == ["record_form_wrong"]


def test_none_is_submitted_while_a_picture_is_on_its_way_and_that_one_still_counts() -> None:
    desk = Desk(taken=False)
    asked = desk.asked()[-1]
    desk.drafts()
    assert desk.submits() == ["record_pictures_pending"]
    desk.feed(StillTaken(asked.work_id, asked.recheck_id, asked.camera, EvidenceNamed("cd" * 32, 9, "late.jpg"), desk.now_ms))
    assert desk.submits() == []
    desk.approves()
    assert desk.record.content is not None
    assert desk.record.content.photos[-1].name == "late.jpg"


def test_a_picture_that_never_comes_keeps_no_record_for_ever() -> None:
    desk = Desk(taken=False)
    desk.drafts()
    desk.wait(STILL_LATE_MS)
    assert desk.submits() == []


def test_without_a_party_who_signs_there_is_a_witness() -> None:
    for party in ("", "refused", "absent"):
        desk = Desk(party=party)
        desk.drafts()
        assert desk.submits() == ["record_no_witness"]
        desk.feed(WitnessSigned(A), Role.SHIFT_LEAD, "ban")
        assert desk.submits() == []
        assert codes(desk.feed(WitnessSigned(A), Role.OPERATOR, "li")) == ["record_submitted"]


def test_who_was_not_there_writes_nothing_and_who_was_approves_nothing() -> None:
    desk = Desk()
    assert desk.drafts(actor=MA) == ["record_not_yours"]
    desk.drafts()
    assert desk.submits(MA) == ["record_not_yours"]
    desk.submits()
    assert desk.approves(ZHOU) == ["same_officer"]
    assert desk.approves("ke", Role.OFFICER) == ["role_not_allowed"]


def test_sent_back_it_is_written_again() -> None:
    desk = Desk()
    desk.drafts()
    desk.submits()
    assert not desk.feed(RecordReturned(desk.key, "补拍唛头"), Role.SECTION_CHIEF, "ke").refusals
    assert (desk.record.stage, desk.record.returned) == ("draft", "补拍唛头")
    assert desk.drafts(replace(MATCHES, notes="已补")) == []
    assert desk.submits() == []
    assert desk.approves() == []
    assert desk.record.content is not None
    assert desk.record.content.form.notes == "已补"


def test_there_is_no_record_of_a_recheck_without_an_outcome() -> None:
    story = Bench()
    story.benched(A)
    story.to_inspect(1, A)
    story.opens(A)
    key = story.carton(A).recheck
    for asked in (key, "nothing#1"):
        assert codes(story.feed(RecordDrafted(asked, MATCHES), Role.OFFICER, ZHOU)) == ["recheck_not_closed"]


def test_another_field_is_another_code() -> None:
    desk = Desk()
    desk.drafts()
    desk.submits()
    desk.approves()
    content = desk.record.content
    assert content is not None
    codes_of = {code_of(hash_of(one)) for one in (content, replace(content, new_seal="X"), replace(content, opinion="不同意"))}
    assert len(codes_of) == 3
    assert all(len(code) == 19 and not set(code) & set("0189") for code in codes_of)


def test_why_tells_customs_who_stood_by_and_how_far_the_record_is_and_the_company_nothing() -> None:
    desk = Desk(party="refused")
    desk.feed(WitnessSigned(A), Role.SHIFT_LEAD, "ban")
    desk.drafts()
    desk.submits()
    desk.approves()
    (told,) = why(desk.state, A, View.CUSTOMS)
    paper = f"party refused, witness ban; inspection record approved {desk.record.sha256}"
    assert any(paper in fact.text for fact in told.facts)
    (company,) = why(desk.state, A, View.COMPANY)
    assert not any("witness" in fact.text or "record" in fact.text for fact in company.facts)


# --- who signs, signs what was shown ---------------------------------------------------------------------------------

OTHER = replace(MATCHES, scope="sampling", notes="另一段文字")


def test_a_chief_approves_no_text_that_another_has_taken_the_place_of() -> None:
    """Another chief sent it back meanwhile, and it was written anew and handed in again."""
    desk = Desk()
    assert desk.drafts() == desk.submits() == []
    shown = desk.shown()
    assert not desk.feed(RecordReturned(desk.key, "补拍唛头", shown), Role.SECTION_CHIEF, "he").refusals
    assert desk.drafts(OTHER, WU) == desk.submits(WU) == []
    refused = desk.feed(RecordApproved(desk.key, "同意", shown), Role.SECTION_CHIEF, "ke").refusals
    assert [one.code for one in refused] == ["changed_since"]
    assert in_chinese(refused[0].cause) == f"情况已变, 现为: 已提交, {WU} 填写: 另一段文字"
    assert codes(desk.feed(RecordReturned(desk.key, "补拍唛头", shown), Role.SECTION_CHIEF, "ke")) == ["changed_since"]
    assert desk.record.stage == "submitted"
    assert desk.approves(shown=desk.shown()) == []
    assert desk.shown() == "", "nothing is left to decide"


def test_a_chief_approves_no_facts_that_were_not_shown() -> None:
    """The text is the same; a picture that nobody waited for any longer has come, and would stand on the paper."""
    desk = Desk(taken=False)
    asked = desk.asked()[-1]
    desk.wait(STILL_LATE_MS)
    assert desk.drafts() == desk.submits() == []
    shown = desk.shown()
    desk.feed(StillTaken(asked.work_id, asked.recheck_id, asked.camera, EvidenceNamed("cd" * 32, 9, "late.jpg"), desk.now_ms))
    assert desk.approves(shown=shown) == ["changed_since"]
    assert desk.approves(shown=desk.shown()) == []


def test_time_alone_changes_nothing_of_what_was_shown() -> None:
    desk = Desk()
    assert desk.drafts() == desk.submits() == []
    shown = desk.shown()
    desk.wait(600_000)
    assert desk.approves(shown=shown) == []


def test_an_inspector_hands_in_the_own_text_and_not_what_another_wrote_over_it() -> None:
    desk = Desk()
    assert desk.drafts(MATCHES, ZHOU) == []
    assert desk.drafts(OTHER, WU) == []
    assert desk.submits(ZHOU, MATCHES) == ["changed_since"]
    assert desk.record.stage == "draft"
    assert desk.submits(WU, OTHER) == []
    assert desk.record.form == OTHER


ROOM = "档案室 3 号柜"

# --- kept elsewhere --------------------------------------------------------------------------------------------------


def elsewhere(
    desk: Desk, where: str = ROOM, why: str = "本关用纸质记录单", shown: str = "", role: Role = Role.OFFICER
) -> list[str]:
    return codes(desk.feed(RecordFiledElsewhere(desk.key, where, why, shown), role, MA))


def test_an_officer_says_where_else_it_is_filed_and_nothing_more_is_asked_for_here() -> None:
    desk = Desk()
    assert elsewhere(desk) == []
    assert (desk.record.stage, desk.record.elsewhere, desk.record.elsewhere_by) == ("elsewhere", "档案室 3 号柜", MA)
    assert desk.submits() == desk.approves() == ["record_elsewhere"]
    told = [one.text for outcome in desk.outcomes for one in outcome.findings]
    said = f"customs look: inspection record of {desk.key} is filed elsewhere, says {MA}: 档案室 3 号柜: 本关用纸质记录单"
    assert said in told
    assert in_chinese(said).endswith(f"{MA} 登记查验记录单 {desk.key} 在别处归档: 档案室 3 号柜: 本关用纸质记录单")
    (why_here,) = why(desk.state, A, View.CUSTOMS)
    assert any("inspection record filed elsewhere: 档案室 3 号柜" in fact.text for fact in why_here.facts)
    (company,) = why(desk.state, A, View.COMPANY)
    assert not any("档案室" in fact.text for fact in company.facts)


def test_what_was_said_by_mistake_is_said_again_or_written_here_after_all() -> None:
    desk = Desk()
    assert elsewhere(desk) == elsewhere(desk, "档案室 4 号柜") == []
    assert desk.record.elsewhere == "档案室 4 号柜"
    assert desk.drafts() == desk.submits() == desk.approves() == []
    assert (desk.record.stage, desk.record.elsewhere) == ("approved", "")


def test_what_is_with_the_chief_or_approved_is_filed_here() -> None:
    desk = Desk()
    assert desk.drafts() == desk.submits() == []
    assert elsewhere(desk) == ["record_submitted"]
    assert desk.approves() == []
    assert elsewhere(desk) == ["record_approved"]


def test_where_and_why_are_said_by_customs() -> None:
    desk = Desk()
    assert elsewhere(desk, role=Role.SHIFT_LEAD) == ["role_not_allowed"]
    for where, reason in (("", "纸质"), ("  ", "纸质"), ("柜" * 121, "纸质"), ("档案室", " ")):
        assert elsewhere(desk, where, reason) == ["record_form_wrong"]
    assert desk.key not in desk.state.inspection_records
    assert codes(desk.feed(RecordFiledElsewhere("nothing#1", "档案室", "纸质"), Role.OFFICER, MA)) == ["recheck_not_closed"]


def test_what_a_colleague_writes_meanwhile_is_not_filed_elsewhere_by_an_old_page() -> None:
    desk = Desk()
    one = desk.state.rechecks[desk.key]
    shown = shown_of(Draft(desk.state, desk.now_ms), one, None)
    assert desk.drafts() == []
    refused = desk.feed(RecordFiledElsewhere(desk.key, "档案室", "纸质", shown), Role.OFFICER, MA).refusals
    assert [each.code for each in refused] == ["changed_since"]
    assert elsewhere(desk, shown=desk.shown()) == []
    refused = desk.feed(RecordFiledElsewhere(desk.key, "档案室", "纸质", shown), Role.OFFICER, MA).refusals
    assert in_chinese(refused[0].cause) == f"情况已变, 现为: {MA} 已登记别处归档: 档案室 3 号柜"

"""X-ray stories: these images, this analysis, these people; then this lane."""

from typing import Any

import pytest
from msgspec.structs import replace

from controller.domain.declarations import DeclaredItem
from controller.domain.reasons import CATALOGUE, Role
from controller.line.belt import PlcFlag, RingKind
from controller.line.commands import DrawSelection, encode_outcome
from controller.line.events import DaemonStarted, decode_event, encode_event
from controller.line.explain import View, company_text, why
from controller.line.image_join import HASHES_KEPT
from controller.line.image_whose import window_of
from controller.line.inspection_events import (
    AnalysisFailed,
    ImageFinding,
    ImageRefused,
    Rule,
    Rules,
    RulesActivated,
    SelectionDrawn,
    SelectionFailed,
    VerdictGiven,
)
from controller.line.plc_events import PlcStatus, PlcStatusChanged
from controller.line.readiness import line_blockers
from controller.line.state import Draft, LineState, decode_state, encode_state
from tests.line.line_story import CARRIER, RUNNING, Story, declared, s10
from tests.line.xray_story import COUNTING, XRAY, XrayStory, picture

A, B, C, D, E = (s10(10000001 + n) for n in range(5))
FOUND = ImageFinding("metal_high", "41 % of its mass is metal")


def test_a_carton_with_its_own_image_and_nothing_against_it_is_released() -> None:
    story = XrayStory()
    story.ready(A)
    story.whole_way(1, A)
    assert story.last(1).lane == "release"
    facts = {fact.name: fact.value for fact in story.last(1).facts}
    assert picture("picture 1 low").sha256 in facts["image"]


def test_a_line_whose_rules_need_no_image_asks_for_none() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"


def test_the_carton_waits_for_its_image_until_the_last_call_and_no_longer() -> None:
    story = XrayStory()
    story.ready(A)
    story.whole_way(1, A, image=False)
    assert not story.decisions(1)
    story.wait(10_000)
    assert story.codes(1) == ("image_missing",)
    assert story.last(1).lane == "inspect"


def test_an_image_after_the_last_call_changes_nothing() -> None:
    story = XrayStory()
    story.ready(A)
    story.whole_way(1, A, image=False)
    story.wait(10_000)
    story.answer()
    story.image("1:1")
    assert story.last(1).lane == "inspect"
    assert story.inspection(1).problem == "image_late"
    story.divert(1, 1)
    story.image("1:1")
    assert story.alarms()[-1].code == "image_unbound"


@pytest.mark.parametrize(("late_ms", "lane"), [(0, "release"), (1, "inspect")])
def test_an_image_with_the_right_id_counts_only_as_long_as_it_can_be_its_own(late_ms: int, lane: str) -> None:
    """A machine that kept the id of the carton before would else give that one the image of this one."""
    story = XrayStory()
    story.ready(A)
    story.whole_way(1, A, image=False)
    due_ms = window_of(Draft(story.state, story.now_ms), story.inspection(1))[1]
    story.image("1:1", at_ms=due_ms + late_ms)
    if not late_ms:
        story.analysed(1)
    assert story.last(1).lane == lane
    assert story.inspection(1).problem == ("image_late" if late_ms else "")


def test_the_same_files_twice_are_one_image() -> None:
    story = XrayStory()
    story.ready(A)
    story.before_tunnel(1, A)
    story.through(1, name="same")
    story.image("1:1", name="same")
    story.analysed(1)
    story.after_tunnel(1, A)
    assert story.last(1).lane == "release"


def test_two_different_images_with_one_id_are_none_and_take_a_release_back() -> None:
    story = XrayStory()
    story.ready(A)
    story.whole_way(1, A)
    story.answer()
    assert story.last(1).lane == "release"
    story.image("1:1", name="another")
    assert story.codes(1) == ("image_ambiguous",)
    assert story.last(1).lane == "inspect"


def test_the_picture_of_another_carton_is_refused() -> None:
    story = XrayStory()
    story.ready(A, B)
    story.whole_way(1, A, name="frozen")
    story.whole_way(2, B, name="frozen")
    assert story.last(1).lane == "release"
    assert story.codes(2) == ("image_unusable",)


def test_an_image_with_another_cartons_id_comes_before_that_carton_was_at_the_beam() -> None:
    """The machine is one carton behind with its ids: neither is released on the other's image."""
    story = XrayStory()
    story.ready(A, B)
    story.before_tunnel(1, A)
    story.before_tunnel(2, B)
    story.enter(1)
    story.run(2000)
    story.enter(2)
    story.run(900)
    story.image("1:2")
    story.run(900)
    story.leave(1)
    story.run(2000)
    story.leave(2)
    story.after_tunnel(1, A)
    story.after_tunnel(2, B)
    story.wait(10_000)
    assert story.codes(1) == ("image_missing",)
    assert story.codes(2) == ("image_ambiguous",)


@pytest.mark.parametrize("scan_id", ["1:9", "7:1", "", "nonsense"])
def test_a_wrong_id_binds_nothing(scan_id: str) -> None:
    story = XrayStory()
    story.ready(A)
    story.before_tunnel(1, A)
    story.through(1, image=False)
    story.image(scan_id)
    story.after_tunnel(1, A)
    story.wait(10_000)
    assert story.codes(1) == ("image_missing",)
    assert "image_unbound" in {alarm.code for alarm in story.alarms()}


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"complete": False}, "image_incomplete")],
)
def test_an_image_that_the_machine_calls_incomplete(changes: dict[str, Any], code: str) -> None:
    story = XrayStory()
    story.ready(A)
    story.whole_way(1, A, **changes)
    assert story.codes(1) == (code,)


def test_a_merged_image_is_longer_than_the_carton() -> None:
    story = XrayStory()
    story.ready(A)
    story.before_tunnel(1, A)
    story.through(1, image=False)
    story.image("1:1", length_mm=870)
    story.after_tunnel(1, A)
    assert story.codes(1) == ("image_ambiguous",)


def test_a_belt_that_stands_spoils_what_is_in_the_tunnel() -> None:
    story = XrayStory()
    story.ready(A)
    story.before_tunnel(1, A)
    story.enter(1)
    story.run(1500)
    story.feed(PlcStatusChanged(PlcStatus(2, int(RUNNING & ~PlcFlag.RUNNING), 0, 0, 0, 0xFFFF, 0)))
    story.wait(60_000)
    story.feed(PlcStatusChanged(PlcStatus(6, int(RUNNING), 0, 0, 0, 0xFFFF, 500)))
    story.run(800)
    story.image("1:1")
    story.run(1500)
    story.leave(1)
    story.after_tunnel(1, A)
    assert story.codes(1) == ("image_incomplete",)
    story.answer()
    story.divert(1, 1)
    story.fetch(A)
    story.whole_way(2, A)
    assert story.last(2).lane == "release"


@pytest.mark.parametrize("code", ["not_an_image", "truncated", "one_pixel", "too_large", "wrong_depth", "empty"])
def test_a_drop_that_is_no_image_sends_its_carton_to_inspection(code: str) -> None:
    story = XrayStory()
    story.ready(A)
    story.before_tunnel(1, A)
    story.through(1, image=False)
    story.feed(ImageRefused("xray", "x.json", "1:1", -1, code, "as it came", story.now_ms, (picture("raw"),)))
    story.after_tunnel(1, A)
    assert story.codes(1) == ("image_unusable",)
    assert story.last(1).blockers[0].detail.startswith(code)


@pytest.mark.parametrize("energy", ["low", "high"])
def test_a_picture_that_came_damaged_first_is_no_image_of_the_next_carton(energy: str) -> None:
    story = XrayStory()
    story.ready(A, B)
    story.before_tunnel(1, A)
    story.through(1, image=False)
    shot = picture(f"frozen {energy}")
    refused = ImageRefused(
        "xray", "x.json", "1:1", -1, "truncated", "cut off", story.now_ms, (picture("raw"),), (picture("o").sha256, shot.sha256)
    )
    story.feed(refused)
    story.after_tunnel(1, A)
    story.answer()
    story.divert(1, 1)
    story.before_tunnel(2, B)
    story.through(2, name="frozen")
    story.after_tunnel(2, B)
    assert story.codes(2) == ("image_unusable",)
    assert "the same picture came as image 1:1" in story.last(2).blockers[0].detail


def test_a_picture_that_comes_again_and_again_is_never_forgotten() -> None:
    story = XrayStory()
    story.ready(A)
    story.image("1:1", name="frozen")
    for round_ in range(3):
        for other in range(HASHES_KEPT // 2 - 10):
            story.image(f"2:{round_ * 1000 + other}")
        alarms = [alarm.detail for alarm in story.image(f"1:{round_ + 2}", name="frozen").alarms]
        assert any("the same picture came as image 1:1" in detail for detail in alarms), round_


def test_every_outcome_can_be_kept_and_read_back() -> None:
    story = XrayStory()
    story.rules(Rule("R1", "toys", hs_prefixes=("9503",)), random_permille=20)
    story.ready(A)
    story.whole_way(1, A)
    for stamped in story.stamped:
        assert decode_event(encode_event(stamped)) == stamped
    again = decode_state(encode_state(story.state))
    assert again == story.state
    assert isinstance(again, LineState)
    assert b"secret" not in b"".join(encode_outcome(o) for o in story.outcomes)


# --- the analyser proposes -----------------------------------------------------------------------------------------


def looked_at(*findings: ImageFinding) -> XrayStory:
    """A carton at the decision point whose image has these findings."""
    story = XrayStory()
    story.ready(A)
    story.before_tunnel(1, A)
    story.through(1)
    story.analysed(1, *findings)
    story.after_tunnel(1, A)
    return story


def test_a_finding_waits_for_the_officer_and_clear_releases() -> None:
    story = looked_at(FOUND)
    assert not story.decisions(1)
    assert not story.verdict(1, "clear").refusals
    assert story.last(1).lane == "release"


def test_open_holds_the_carton_on_every_later_way() -> None:
    story = looked_at(FOUND)
    story.verdict(1, "open")
    assert story.last(1).lane == "inspect"
    assert "verdict_open" in story.codes(1)
    story.answer()
    story.divert(1, 1)
    story.whole_way(2, A)
    assert "verdict_open" in story.codes(2)
    assert story.last(2).lane == "inspect"


def test_anomaly_goes_to_the_anomaly_lane() -> None:
    story = looked_at()
    story.answer()
    assert story.last(1).lane == "release"
    story.verdict(1, "anomaly")
    assert story.last(1).lane == "anomaly"


def test_an_officer_who_is_too_late_releases_nothing() -> None:
    story = looked_at(FOUND)
    story.wait(10_000)
    assert "verdict_late" in story.codes(1)
    assert story.last(1).lane == "inspect"
    assert story.verdict(1, "clear").refusals[0].code == "verdict_too_late"
    assert story.last(1).lane == "inspect"


def test_a_late_open_still_counts() -> None:
    story = looked_at(FOUND)
    story.wait(10_000)
    story.answer()
    story.divert(1, 1)
    assert not story.verdict(1, "open").refusals
    assert [h.code for h in story.state.holds.values()] == ["verdict_open"]


def test_open_after_release_recalls_it() -> None:
    story = looked_at()
    story.answer()
    story.divert(1, 3)
    story.verdict(1, "open")
    assert "recalled" in {h.code for h in story.state.holds.values()}


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SHIFT_LEAD, Role.INTEGRATOR, Role.LINE, Role.CUSTOMS_AUDITOR])
def test_only_officers_judge(role: Role) -> None:
    story = looked_at(FOUND)
    assert story.verdict(1, "clear", role).refusals[0].code == "role_not_allowed"
    assert not story.decisions(1)


def test_a_verdict_names_the_image_that_was_looked_at() -> None:
    story = looked_at(FOUND)
    assert story.verdict(1, "clear", image=picture("of another").sha256).refusals[0].code == "image_unknown"
    assert story.feed(VerdictGiven("1:2", picture("x").sha256, "clear", ""), Role.OFFICER).refusals
    assert story.verdict(1, "fine").refusals[0].code == "verdict_unknown"
    assert not story.decisions(1)


def test_no_answer_of_the_analyser_means_a_person_looks() -> None:
    story = XrayStory()
    story.ready(A)
    story.before_tunnel(1, A)
    story.through(1)
    story.wait(XRAY.analysis_limit_ms)
    story.after_tunnel(1, A)
    assert not story.decisions(1)
    story.analysed(1)  # it comes after all: too late to count
    assert not story.decisions(1)
    story.verdict(1, "clear")
    assert story.last(1).lane == "release"


def test_a_failed_analysis_without_an_officer_is_inspected() -> None:
    story = XrayStory()
    story.ready(A)
    story.before_tunnel(1, A)
    story.through(1)
    asked = story.analyses()[-1]
    assert asked.gross_g == 2000
    story.feed(AnalysisFailed(asked.work_id, asked.track, asked.low.sha256, "timed_out", "10 s"))
    story.after_tunnel(1, A)
    story.wait(10_000)
    assert story.codes(1) == ("analysis_failed", "verdict_late")


def test_after_a_restart_open_work_is_asked_for_again() -> None:
    story = XrayStory()
    story.rules(random_permille=20)
    story.ready(A)
    story.before_tunnel(1, A)
    story.through(1)
    outcome = story.feed(DaemonStarted("b2", "1"))
    assert [c for c in outcome.commands if isinstance(c, DrawSelection)]
    assert story.analyses()[0] == story.analyses()[1]


# --- targeting -----------------------------------------------------------------------------------------------------

TOYS = (DeclaredItem(1, "9503008900", "toy", "", "3", "007"),)


def test_a_rule_that_hits_needs_a_clear_verdict() -> None:
    story = XrayStory()
    story.rules(Rule("R1", "toys", hs_prefixes=("9503",)))
    story.manifest(declared(A, items=TOYS), declared(B))
    for number in (A, B):
        story.receipt(number, "800")
    story.load("L1", (A, A, 1, 1), (B, B, 1, 1))
    story.whole_way(1, A)
    assert not story.decisions(1)
    story.whole_way(2, B)
    assert story.last(2).lane == "release"
    story.wait(5000)
    assert story.codes(1) == ("rule_hit", "verdict_late")


@pytest.mark.parametrize(
    ("rule", "hits"),
    [(Rule("r", "", traders=("E1",)), True), (Rule("r", "", traders=("E2",)), False), (Rule("r", "", gross_from_g=2001), False),
     (Rule("r", "", gross_to_g=2000), True), (Rule("r", "", hs_prefixes=("95",), traders=("E2",)), False)],
)  # fmt: skip
def test_a_rule_hits_when_all_it_asks_for_is_so(rule: Rule, hits: bool) -> None:
    story = XrayStory()
    story.rules(rule)
    story.ready(A)
    story.whole_way(1, A)
    assert bool(story.decisions(1)) is not hits


def test_items_that_were_cut_off_a_long_list_may_be_the_ones_that_are_meant() -> None:
    story = XrayStory()
    story.rules(Rule("R1", "toys", hs_prefixes=("9503",)))
    story.manifest(declared(A, items_cut=4))
    story.receipt(A, "800")
    story.load("L1", (A, A, 1, 1))
    story.whole_way(1, A)
    assert not story.decisions(1)


def test_the_draw_is_made_once_for_each_carton() -> None:
    story = XrayStory()
    story.rules(random_permille=20)
    story.ready(A)
    story.before_tunnel(1, A)
    assert [draw.carton for draw in story.draws()] == [f"{CARRIER}/{A}"]
    story.feed(SelectionDrawn(f"{CARRIER}/{A}", True))
    story.through(1)
    story.analysed(1)
    story.after_tunnel(1, A)
    story.wait(10_000)
    assert story.codes(1) == ("selected", "verdict_late")
    story.answer()
    story.divert(1, 1)
    story.whole_way(2, A)
    assert len(story.draws()) == 1
    assert not story.decisions(2)


@pytest.mark.parametrize("answer", [None, SelectionFailed(f"{CARRIER}/{A}", "no file")])
def test_a_draw_that_is_not_made_means_a_person_looks(answer: SelectionFailed | None) -> None:
    story = XrayStory()
    story.rules(random_permille=20)
    story.ready(A)
    story.before_tunnel(1, A)
    if answer is not None:
        story.feed(answer)
    story.through(1)
    story.analysed(1)
    story.after_tunnel(1, A)
    story.wait(10_000)
    assert story.codes(1)[-1] == "verdict_late"


def test_without_rules_of_customs_nothing_is_released() -> None:
    story = Story(XRAY)
    assert "rules_missing" in {one.code for one in line_blockers(Draft(story.state, story.now_ms))}
    story.feed(RulesActivated(Rules("1", 0, ()), "ab" * 32, "rules.toml"))
    assert not line_blockers(Draft(story.state, story.now_ms))


def test_only_customs_and_its_file_change_rules() -> None:
    story = XrayStory()
    refused = story.feed(story.stamped[0].event)
    assert not refused.refusals
    event = story.rules(random_permille=20)
    assert not event.refusals
    rules = story.stamped[-1].event
    for role in (Role.OPERATOR, Role.SHIFT_LEAD, Role.INTEGRATOR, Role.CUSTOMS_AUDITOR):
        assert story.feed(rules, role).refusals[0].code == "role_not_allowed"
    assert story.rules(Rule("empty", "says nothing")).refusals[0].code == "rules_not_valid"
    assert story.state.facts.rules is not None
    assert story.state.facts.rules.random_permille == 20


# --- what the company sees -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", ["", "clear", "open", "anomaly"])
def test_the_company_sees_nothing_of_targeting_findings_and_verdicts(verdict: str) -> None:
    story = XrayStory()
    story.rules(Rule("R77", "weapons hidden in lamps", traders=("E1",)), random_permille=500)
    story.ready(A)
    story.before_tunnel(1, A)
    story.feed(SelectionDrawn(f"{CARRIER}/{A}", True))
    story.through(1)
    story.analysed(1, FOUND)
    story.after_tunnel(1, A)
    if verdict:
        story.verdict(1, verdict)
    told = [company_text(f"alarm {a.code} {a.subject} {a.detail}") for a in story.alarms()]
    told += [company_text(f.text) for o in story.outcomes for f in o.findings]
    told += [repr(answer) for answer in why(story.state, A, View.COMPANY)]
    secret = [code for code, reason in CATALOGUE.items() if reason.customs_only]
    for text in told:
        for word in (*secret, "R77", "weapons", "metal", "zhang", "drawn", "analyser"):
            assert word not in text, text
    customs = repr(why(story.state, A, View.CUSTOMS))
    assert "metal" in customs
    assert picture("picture 1 low").sha256 in customs


# --- a machine that numbers by itself ------------------------------------------------------------------------------


class Flow:
    """Cartons 2 s apart through the tunnel of a counting machine; `say` decides what the machine does for each."""

    def __init__(self, story: XrayStory, codes: dict[int, str], lengths: dict[int, int] | None = None) -> None:
        self.story = story
        self.codes = codes
        self.lengths = lengths or {}
        self.images: dict[int, list[dict[str, Any]]] = {}

    def play(self) -> None:
        plan: list[tuple[int, int, Any]] = []
        for place, track in enumerate(self.codes):
            enters = place * 2000
            length = self.lengths.get(track, 400)
            beam = enters + (750 + length) * 2
            plan.append((enters, 0, lambda t=track: self.story.enter(t)))
            plan.append((beam + 1500, 1, lambda t=track: self.story.leave(t)))
            for one in self.images.get(track, []):
                values = {k: v for k, v in one.items() if k != "after_ms"}
                at = beam + one.get("after_ms", 600)
                plan.append((at, 2, lambda v=values, le=length: self.story.image(**({"length_mm": le} | v))))
        now = 0
        for at, _, act in sorted(plan, key=lambda p: p[:2]):
            self.story.run(at - now)
            now = at
            act()
            for track in self.codes:
                self.story.analysed(track)
        self.story.run(4000)
        for track, code in self.codes.items():
            self.story.analysed(track)
            self.story.after_tunnel(track, code)
        self.story.wait(10_000)


def counted(images: dict[int, list[dict[str, Any]]], lengths: dict[int, int] | None = None) -> XrayStory:
    story = XrayStory(COUNTING)
    codes = dict(enumerate((A, B, C, D, E), start=1))
    story.ready(*codes.values())
    for track, code in codes.items():
        story.before_tunnel(track, code)
    flow = Flow(story, codes, lengths)
    flow.images = images
    flow.play()
    return story


def lanes(story: XrayStory) -> list[str]:
    return [story.last(track).lane for track in (1, 2, 3, 4, 5)]


def test_images_that_step_as_cartons_do_are_theirs() -> None:
    story = counted({t: [{"number": 40 + t}] for t in (1, 2, 3, 4, 5)})
    assert lanes(story) == ["release"] * 5


def test_a_count_that_starts_anywhere_is_taken_up() -> None:
    assert lanes(counted({t: [{"number": 65533 + t}] for t in (1, 2, 3, 4, 5)})) == ["release"] * 5


def test_an_image_that_never_comes_sends_its_own_carton_alone() -> None:
    story = counted({t: [{"number": 40 + t}] for t in (1, 2, 4, 5)})
    assert lanes(story) == ["release", "release", "inspect", "release", "release"]
    assert "image_missing" in story.codes(3)


def test_an_extra_image_makes_the_count_differ() -> None:
    story = counted({1: [{"number": 41}], 2: [{"number": 42}], 3: [{"number": 44}], 4: [{"number": 45}]})
    assert lanes(story)[:2] == ["release", "release"]
    assert "image_ambiguous" in story.codes(3)
    assert "image_count_differs" in {alarm.code for alarm in story.alarms()}


def test_a_merged_image_binds_neither_carton() -> None:
    merged = [{"number": 42, "length_mm": 1400}]
    story = counted({1: [{"number": 41}], 3: merged, 4: [{"number": 43}], 5: [{"number": 44}]})
    assert story.last(2).lane == story.last(3).lane == "inspect"
    assert "image_ambiguous" in story.codes(3)


def test_a_split_image_binds_nothing() -> None:
    halves = [{"number": 42, "length_mm": 200, "after_ms": 400}, {"number": 43, "length_mm": 200, "after_ms": 700}]
    halves = [{**half, "number": 1 + half["number"]} for half in halves]
    before = {t: [{"number": 40 + t}] for t in (1, 2)}
    story = counted(before | {3: halves, 4: [{"number": 45}], 5: [{"number": 46}]})
    assert lanes(story) == ["release", "release", "inspect", "release", "release"]


def test_two_cartons_whose_images_came_in_the_wrong_order() -> None:
    story = counted(
        {1: [{"number": 41}], 2: [{"number": 43}], 3: [{"number": 42}], 4: [{"number": 44}]},
    )
    assert story.last(2).lane == "inspect"
    assert story.last(3).lane == "inspect"


def test_every_carton_since_the_last_certain_match_is_run_again() -> None:
    """Without a count to start from, the first two lean on each other; when they do not agree, neither counts."""
    story = counted({1: [{"number": 41}]} | {t: [{"number": 41 + t}] for t in (2, 3, 4, 5)})
    assert lanes(story) == ["inspect", "inspect", "release", "release", "release"]


def test_a_late_image_is_not_taken_for_the_next_cartons() -> None:
    late = {1: [{"number": 41}], 2: [{"number": 42, "after_ms": 2600}], 3: [{"number": 43}], 4: [{"number": 44}]}
    story = counted(late)
    assert story.last(2).lane == "inspect"
    for track in (3, 4):
        one = story.inspection(track)
        assert one.image is None or not one.bound or one.image.number == 40 + track


def test_a_single_carton_starts_the_count_by_itself() -> None:
    story = XrayStory(COUNTING)
    story.ready(A)
    story.before_tunnel(1, A)
    story.through(1, number=7)
    story.analysed(1)
    story.after_tunnel(1, A)
    assert story.last(1).lane == "release"


def test_an_unusable_image_keeps_its_place_in_the_count() -> None:
    story = XrayStory(COUNTING)
    story.ready(A, B, C)
    for track, (code, number) in enumerate(((A, 7), (B, 8), (C, 9)), start=1):
        story.before_tunnel(track, code)
        if track == 2:
            story.through(track, image=False)
            refused = ImageRefused("xray", "8.json", "", number, "truncated", "cut off", story.now_ms, (picture("raw"),))
            story.feed(refused)
        else:
            story.through(track, number=number)
        story.analysed(track)
        story.after_tunnel(track, code)
    assert [story.last(track).lane for track in (1, 2, 3)] == ["release", "inspect", "release"]


@pytest.mark.parametrize("profile", [XRAY, COUNTING])
def test_a_lost_record_of_the_tunnel_is_never_a_release(profile: Any) -> None:
    story = XrayStory(replace(profile))
    story.ready(A)
    story.before_tunnel(1, A)
    story.ring(RingKind.XRAY_EXIT, 1, 4)
    story.image("1:1", 1)
    story.after_tunnel(1, A)
    assert story.codes(1) == ("image_missing",)

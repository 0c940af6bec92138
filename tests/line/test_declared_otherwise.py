"""The list is changed after an image was analysed or cleared, or a box was opened: whoever looked before has not seen that."""

from typing import Any

from msgspec.structs import replace

from controller.domain.declarations import DeclaredItem, NoticedCarton
from controller.domain.reasons import Role
from controller.line.events import NoticeCartons, NoticeClosed
from controller.line.inspection_events import AnalysisFailed, ImageAnalysed, ImageFinding, Rule, Rules, RulesProposed
from controller.line.recheck_events import NewSealSet
from controller.line.routing import carton_blockers
from controller.line.shift_events import RulesSigned
from controller.line.state import Draft
from controller.line.verdicts import to_judge
from tests.line.line_story import CARRIER, FILE, Story, declared, s10
from tests.line.recheck_story import BENCHED, CUP, ITEMS, LAMP, MA, SEAL_NO, ZHENG, Bench, gtin, item
from tests.line.xray_story import XRAY, XrayStory

A = s10(10000001)
CUPS, BATTERIES = "9617009000", "8507600000"
TARGETED = Rule("R1", "batteries", ("8507",))
SOON, LATER = "20261124080000", "20261125080000"


def goods(gcode: str) -> tuple[DeclaredItem, ...]:
    return (DeclaredItem(1, gcode, "goods", "", "1", "011"),)


def changed(story: Story, *, app_time: str = SOON, **changes: Any) -> None:
    """The sender changes the list, and customs releases that."""
    story.manifest(declared(A, app_type="2", app_time=app_time, **changes))
    story.receipt(A, "800", f"{app_time[:8]}120000000")


def looked_at(*rules: Rule, before_list: bool = False) -> XrayStory:
    """Its image is there and analysed, and it moves towards the verify gate."""
    story = XrayStory()
    story.rules(*rules)
    if not before_list:
        story.manifest(declared(A, items=goods(CUPS)))
        story.receipt(A, "800")
    story.load("L1", (A, A, 1, 1))
    story.before_tunnel(1, A)
    story.through(1)
    story.analysed(1)
    return story


# --- an image ---


def test_an_image_is_analysed_against_what_is_declared_now() -> None:
    story = looked_at()
    changed(story, items=goods(BATTERIES))
    assert [asked.gcodes for asked in story.analyses()] == [(CUPS,), (BATTERIES,)]
    story.after_tunnel(1, A)
    assert not story.decisions(1), "it waits for the analyser"
    story.analysed(1)
    assert story.last(1).lane == "release"


def test_an_answer_about_the_old_declaration_is_none_about_the_new() -> None:
    story = looked_at()
    changed(story, items=goods(BATTERIES))
    first, second = story.analyses()
    assert first.work_id != second.work_id
    story.feed(ImageAnalysed(first.work_id, first.track, first.low.sha256, 1900, (), "1"))
    story.feed(AnalysisFailed(first.work_id, first.track, first.low.sha256, "too_late", "busy"))
    assert story.inspection(1).analysis == "asked"
    story.feed(ImageAnalysed(second.work_id, second.track, second.low.sha256, 1900, (ImageFinding("dense", "a block"),), "1"))
    story.after_tunnel(1, A)
    story.run(20_000)
    assert "analyser_finding" in story.codes(1)


def test_what_was_found_against_the_old_declaration_is_asked_again() -> None:
    story = XrayStory()
    story.manifest(declared(A, items=goods(CUPS)))
    story.receipt(A, "800")
    story.load("L1", (A, A, 1, 1))
    story.before_tunnel(1, A)
    story.through(1)
    story.analysed(1, ImageFinding("mass", "heavier than declared"))
    changed(story, items=goods(CUPS), net_weight_g=1950)
    assert story.inspection(1).findings == ()
    assert story.inspection(1).analysis == "asked"


def test_goods_that_are_declared_otherwise_where_the_line_keeps_no_more_of_them_are_other_goods() -> None:
    """Only what was cut differs: the old release and the old look were for the list that was."""
    story = XrayStory()
    story.manifest(declared(A, items=goods(CUPS), items_cut=1, cut_mark="aa"))
    story.receipt(A, "800")
    story.load("L1", (A, A, 1, 1))
    story.before_tunnel(1, A)
    story.through(1)
    story.analysed(1)
    story.manifest(declared(A, items=goods(CUPS), items_cut=1, cut_mark="bb", app_type="2", app_time=SOON))
    assert story.inspection(1).analysis == "asked"
    story.analysed(1)
    story.after_tunnel(1, A)
    assert story.codes(1) == ("customs_status_missing",)


def test_two_changes_in_one_instant_are_two() -> None:
    story = looked_at()
    changed(story, items=goods(BATTERIES))
    changed(story, items=goods("8471300000"), app_time=LATER)
    assert [asked.gcodes for asked in story.analyses()][1:] == [(BATTERIES,), ("8471300000",)]


def test_a_change_of_the_papers_own_numbers_asks_nobody_again() -> None:
    story = looked_at()
    story.verdict(1, "clear")
    changed(story, items=goods(CUPS), pre_no="PRE1", order_no="O2")
    assert len(story.analyses()) == 1
    story.after_tunnel(1, A)
    assert story.last(1).lane == "release"


def test_a_clear_counts_for_what_was_declared_then() -> None:
    story = looked_at(TARGETED)
    assert not story.verdict(1, "clear").refusals
    story.wait(100)
    changed(story, items=goods(BATTERIES))
    story.analysed(1)
    assert [one.codes for one in to_judge(Draft(story.state, story.now_ms))] == [("rule_hit",)], "an officer is asked again"
    story.after_tunnel(1, A)
    story.run(20_000)
    assert story.last(1).lane == "inspect"
    assert "rule_hit" in story.codes(1)


def test_a_clear_behind_the_change_counts() -> None:
    story = looked_at(TARGETED)
    story.verdict(1, "clear")
    story.wait(100)
    changed(story, items=goods(BATTERIES))
    story.wait(100)
    assert not story.verdict(1, "clear").refusals
    story.after_tunnel(1, A)
    assert story.last(1).lane == "release"


def test_a_list_that_comes_behind_the_clear_asks_again() -> None:
    story = looked_at(TARGETED, before_list=True)
    story.verdict(1, "clear")
    story.wait(100)
    story.manifest(declared(A, items=goods(BATTERIES)))
    story.receipt(A, "800")
    assert story.analyses()[-1].gcodes == (BATTERIES,)
    story.after_tunnel(1, A)
    story.run(20_000)
    assert "rule_hit" in story.codes(1)


def test_a_carton_that_is_noticed_for_another_list_is_looked_at_as_that() -> None:
    other = s10(10000002)
    story = XrayStory()
    story.rules(TARGETED)
    story.load("L1", (A, A, 1, 1))
    story.before_tunnel(1, A)
    story.manifest(declared(other, items=goods(BATTERIES)))
    story.receipt(other, "800")
    story.through(1)
    story.verdict(1, "clear")
    story.wait(100)
    story.feed(NoticeCartons("again", 0, (NoticedCarton(A, CARRIER, other, 1, 1),)))
    story.feed(NoticeClosed("again", 1, 1, "L1", "渝A1", "", ("S1",), "", FILE))
    assert story.analyses()[-1].gcodes == (BATTERIES,)
    assert story.inspection(1).verdict == ""


def test_a_clear_answers_no_rule_that_was_signed_behind_it() -> None:
    story = looked_at()
    story.verdict(1, "clear")
    story.wait(100)
    rules = Rules("2", 0, (Rule("R2", "cups", ("9617",)),))
    story.feed(RulesProposed(rules, "cd" * 32, "rules.toml"))
    signed = RulesSigned("cd" * 32, "new", second="liu", second_role=Role.SECTION_CHIEF)
    assert not story.feed(signed, Role.OFFICER, "zhang").refusals
    assert to_judge(Draft(story.state, story.now_ms)), "an officer is asked again"
    story.after_tunnel(1, A)
    story.run(20_000)
    assert "rule_hit" in story.codes(1)


def test_the_same_rules_at_another_start_are_no_new_ones() -> None:
    story = looked_at(TARGETED)
    story.verdict(1, "clear")
    story.wait(100)
    story.rules(TARGETED)
    assert story.inspection(1).verdict == "clear"


# --- an open box ---


def opened() -> Bench:
    """Two officers found what is declared; it waits to be put on the belt."""
    story = Bench()
    story.benched(A)
    story.to_inspect(1, A)
    assert not story.matched(A).refusals
    story.wait(1000)
    return story


def test_an_opening_answers_for_what_was_declared_then() -> None:
    story = opened()
    changed(story, items=(item(1, gtin(77), "5"),))
    story.pass_to_decision(2, A, 2600, None, SEAL_NO)
    assert story.last(2).lane == "inspect"
    assert set(story.codes(2)) == {"weight_differs", "recheck_outdated"}
    story.answer()
    story.divert(2, 1)
    assert story.opens(A, ZHENG).refusals == ()
    story.things(CUP, CUP, LAMP)
    story.feed(NewSealSet(A, "XYR0000002"), Role.OFFICER, ZHENG)
    story.still(A)
    assert story.decides(A, "released", ZHENG).refusals[0].code == "recheck_differs"


def test_other_officers_who_find_what_is_declared_now_let_it_go() -> None:
    story = opened()
    changed(story, items=(item(1, CUP, "2"), item(2, LAMP, "1")), gross_weight_g=2600)
    story.pass_to_decision(2, A, 2600, None, SEAL_NO)
    assert story.codes(2) == ("recheck_outdated",)
    story.answer()
    story.divert(2, 1)
    assert not story.opens(A, ZHENG).refusals
    story.things(CUP, CUP, LAMP)
    story.feed(NewSealSet(A, "XYR0000002"), Role.OFFICER, ZHENG)
    story.still(A)
    assert not story.decides(A, "released", ZHENG).refusals
    assert not story.confirms(A, "released", MA).refusals
    story.pass_to_decision(3, A, 2600, None, "XYR0000002")
    assert story.last(3).lane == "release"


def test_a_list_that_is_changed_while_the_box_lies_open_is_what_it_is_compared_with() -> None:
    story = Bench()
    story.benched(A)
    story.to_inspect(1, A)
    story.opens(A)
    changed(story, items=(item(1, CUP, "1"), item(2, LAMP, "1")))
    story.things(CUP, LAMP)
    story.seals(A)
    assert not story.decides(A, "released").refusals
    assert not story.confirms(A, "released").refusals
    story.pass_to_decision(2, A, 2600, None, SEAL_NO)
    assert story.last(2).lane == "release"


def test_a_release_by_hand_is_none_of_what_is_declared_since() -> None:
    story = Bench()
    story.benched(A)
    story.to_inspect(1, A)
    assert not story.matched(A, by_hand=True).refusals
    story.wait(1000)
    changed(story, items=(item(1, gtin(77), "5"),))
    assert {"recalled", "recheck_outdated"} <= {
        one.code for one in carton_blockers(Draft(story.state, story.now_ms), story.carton(A))
    }


class XrayBench(XrayStory, Bench):
    """A line with both: the carton goes to the bench because an officer says so."""

    def __init__(self) -> None:
        Story.__init__(self, replace(BENCHED, image_required=True))
        self.session = self.traces = self.stills = self.belt_mm = self.taken = 0
        self.rules()

    def first_way(self) -> None:
        self.manifest(declared(A, items=ITEMS))
        self.receipt(A, "800")
        self.load("L1", (A, A, 1, 1))
        self.before_tunnel(1, A)
        self.through(1)
        self.verdict(1, "open")
        self.analysed(1)
        self.after_tunnel(1, A)
        self.answer()
        self.divert(1, 1)
        assert not self.matched(A).refusals
        self.wait(1000)

    def second_way(self) -> None:
        self.induct(2)
        self.gate(2, XRAY.scan_zone, A, SEAL_NO)
        self.weigh(2, 2000)
        self.through(2)
        self.analysed(2)
        self.after_tunnel(2, A)
        self.run(20_000)


def test_an_opening_answers_the_rules_of_then() -> None:
    story = XrayBench()
    story.rules(Rule("R2", "cups", ("9617",)))
    story.first_way()
    story.rules(Rule("R2", "cups", ("9617",)))
    story.second_way()
    assert story.last(2).lane == "release"


def test_an_opening_answers_no_rule_that_was_signed_behind_it() -> None:
    story = XrayBench()
    story.first_way()
    story.rules(Rule("R2", "cups", ("9617",)))
    story.second_way()
    assert story.last(2).lane == "inspect"
    assert "rule_hit" in story.codes(2)


def test_an_opening_answers_no_rule_for_what_is_declared_since() -> None:
    story = XrayBench()
    story.rules(TARGETED)
    story.first_way()
    changed(story, items=goods(BATTERIES))
    story.second_way()
    assert {"rule_hit", "recheck_outdated"} <= set(story.codes(2))

"""A dry run of other rules says whose treatment would differ, and of the draw only what can be drawn again."""

from controller.domain.declarations import DeclaredItem, DeclaredList
from controller.line.dry_run import Went, dry_run
from controller.line.inspection_events import Rule, Rules
from tests.line.line_story import declared, s10


def of(gcode: str) -> DeclaredList:
    return declared(s10(50000001), items=(DeclaredItem(1, gcode, "x", "", "1", "011"),))


WENT = (
    Went("1:1", "A", of("6403990090"), ("SHOES",)), Went("1:2", "B", of("3304990039"), ()),
    Went("1:3", "C", of("9503008900"), ()),
    Went("1:4", "D", of("6402190000"), ("selected", "SHOES")), Went("1:5", "", None, ()),
)  # fmt: skip


def test_each_carton_whose_treatment_would_differ_is_named_with_both_reasons() -> None:
    found = dry_run(WENT, Rules("2", 0, (Rule("COSMETICS", "x", ("33",)), Rule("BOOTS", "x", ("6402",)))), None)
    assert [(one.carton, one.before, one.after) for one in found.more] == [("B", (), ("COSMETICS",))]
    assert [(one.carton, one.before, one.after) for one in found.fewer] == [("A", ("SHOES",), ())]
    assert (found.cartons, found.other, found.undrawn) == (5, 1, 0), "D is looked at for another reason; E is on no list"


def test_the_draw_is_made_again_where_the_secret_is_and_else_said_to_be_unknown() -> None:
    rules = Rules("2", 500, (Rule("SHOES", "x", ("64",)),))
    drawn = dry_run(WENT, rules, lambda carton, permille: carton == "C" and permille == 500)
    assert [one.carton for one in drawn.more] == ["C"]
    unknown = dry_run(WENT, rules, None)
    assert (unknown.more, unknown.fewer, unknown.undrawn) == ((), (), 4), "who was drawn stays drawn"


def test_a_carton_that_went_twice_counts_once_as_it_went_last() -> None:
    twice = (WENT[0], Went("1:9", "A", of("6403990090"), ()))
    assert dry_run(twice, Rules("2", 0, (Rule("SHOES", "x", ("64",)),)), None).cartons == 1

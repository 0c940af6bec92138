"""Two cartons with one number, of which one got no name from the induct: both are held, whichever the line can name."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.domain.sentences import in_chinese
from controller.line.belt import RingKind
from controller.line.custody_events import CustodyEnded, CustodyMoved
from controller.line.events import CartonRemoved, CodesRead, ConfigLoaded, DaemonStarted, ReadText, TimerFired
from controller.line.plc_events import RingEvent, TableItem
from tests.line.line_story import PROFILE, Story, s10

A = s10(10000001)
LIMIT_S = 600


def read_at_verify_alone(story: Story, track: int) -> None:
    """Nobody saw its label at the induct; it is on the belt behind the verify gate."""
    story.induct(track)
    story.gate(track, PROFILE.scan_zone, "")
    story.weigh(track, 2000)
    story.gate(track, PROFILE.verify_zone, A)


def named(story: Story, track: int, *, inducted: bool = False) -> None:
    if not inducted:
        story.induct(track)
    story.gate(track, PROFILE.scan_zone, A)


def into_inspect(story: Story, track: int) -> None:
    story.decide(track)
    story.answer()
    story.divert(track, 1)


def begun() -> Story:
    story = Story()
    story.feed(ConfigLoaded(replace(PROFILE, rerun_limit_s=LIMIT_S), "cf" * 32, "test", "c5" * 32))
    story.ready(A)
    read_at_verify_alone(story, 1)
    return story


def held(story: Story) -> list[str]:
    return [hold.code for hold in story.state.holds.values() if hold.lifted_ms < 0]


@pytest.mark.parametrize("second", [named, read_at_verify_alone])
def test_a_number_that_comes_while_another_with_it_is_behind_the_verify_gate_holds_both(
    second: Callable[[Story, int], None],
) -> None:
    story = begun()
    second(story, 2)
    assert held(story) == ["duplicate"]
    (hold,) = story.state.holds.values()
    assert hold.cause == "read on track 1:2 and on track 1:1"
    for track in (1, 2):
        into_inspect(story, track)
        assert "duplicate" in story.codes(track)
    story.fetch(A)
    story.fetch(A)
    story.pass_to_decision(3, A)
    assert story.last(3).lane != "release", "nobody can say which of the two was fetched"


def test_both_are_held_whatever_was_ordered_before() -> None:
    story = begun()
    into_inspect(story, 1)
    story.fetch(A)
    story.wait(LIMIT_S * 1000 - 20_000)
    read_at_verify_alone(story, 2)
    story.wait(30_000)
    named(story, 3)
    assert held(story) == ["duplicate"], "it is no late re-run: two are on the belt at once"


@pytest.mark.parametrize("second", [named, read_at_verify_alone])
def test_a_number_that_comes_while_another_with_it_stands_in_a_lane_is_a_copy(second: Callable[[Story, int], None]) -> None:
    story = begun()
    into_inspect(story, 1)
    second(story, 2)
    assert held(story) == ["duplicate"]


def handed_back(story: Story) -> None:
    story.feed(CartonRemoved(A, "open_box", "to be looked at"), Role.OPERATOR)
    story.feed(CustodyMoved(A, "C1"), Role.OFFICER, actor="li")
    story.feed(CustodyEnded(A, "nothing found"), Role.OFFICER, actor="wang")


def ordered(story: Story) -> None:
    story.fetch(A)


def once_read_at_verify_alone() -> Story:
    story = begun()
    into_inspect(story, 1)
    return story


def once_named() -> Story:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A, 2600)
    story.answer()
    story.divert(1, 1)
    return story


BEGINNINGS = pytest.mark.parametrize("begin", [once_read_at_verify_alone, once_named])
WORDS = pytest.mark.parametrize("word", [ordered, handed_back])


@BEGINNINGS
@WORDS
def test_what_was_taken_from_its_lane_and_said_so_each_time_is_no_copy(
    begin: Callable[[], Story], word: Callable[[Story], None]
) -> None:
    story = begin()
    for track in (2, 3):
        word(story)
        read_at_verify_alone(story, track)
        into_inspect(story, track)
        assert not held(story), "it was not named on its next way either"
    word(story)
    story.pass_to_decision(4, A)
    assert story.last(4).lane == "release"
    assert not story.alarms()


@BEGINNINGS
@WORDS
@pytest.mark.parametrize("second", [named, read_at_verify_alone])
def test_what_was_said_of_the_way_before_says_nothing_of_a_copy_after_it(
    begin: Callable[[], Story], word: Callable[[Story], None], second: Callable[[Story, int], None]
) -> None:
    story = begin()
    word(story)
    read_at_verify_alone(story, 2)
    into_inspect(story, 2)
    second(story, 3)
    assert held(story) == ["duplicate"]
    (hold,) = story.state.holds.values()
    assert hold.cause == "read on track 1:3 and on track 1:2"
    for track in (2, 3):
        assert "duplicate" in story.passage(track).marks


@WORDS
@pytest.mark.parametrize("how", [RingKind.LOST, RingKind.REMOVED_BY_HAND])
def test_one_word_does_not_bring_a_named_carton_over_the_belt_twice(word: Callable[[Story], None], how: RingKind) -> None:
    for again in (False, True):
        story = once_named()
        word(story)
        read_at_verify_alone(story, 2)
        story.ring(how, 2, 5)
        if again:
            story.fetch(A)
        story.pass_to_decision(3, A)
        assert (story.last(3).lane == "release") is again, "it may stand in any lane"
        assert held(story) == ([] if again else ["duplicate"])


def test_a_word_that_came_before_its_first_way_brings_it_once() -> None:
    story = Story()
    story.ready(A)
    story.fetch(A)
    story.pass_to_decision(1, A, 2600)
    story.answer()
    story.divert(1, 1)
    assert story.state.facts.reruns == ()
    named(story, 2)
    assert held(story) == ["duplicate"]


@WORDS
def test_a_first_gate_that_is_told_late_names_the_way_all_the_same(word: Callable[[Story], None]) -> None:
    """The daemon stood, and finds what came meanwhile before it looks at what fell due."""
    story = once_named()
    word(story)
    story.induct(2)
    for zone, role in ((PROFILE.scan_zone, "induct"), (PROFILE.verify_zone, "verify")):
        story.ring(RingKind.GATE_OPEN, 2, zone)
        story.now_ms += 400
        story.feed(CodesRead(role, role, (ReadText(A),), False, story.now_ms))
        story.now_ms += 400
        story.ring(RingKind.GATE_CLOSED, 2, zone)
        story.now_ms += 5000
    story.feed(TimerFired("settle:verify:1:2"))
    assert story.passage(2).carton
    assert not held(story)


def test_a_number_that_no_paper_knew_when_it_was_read_has_its_copy_noticed() -> None:
    story = Story()
    read_at_verify_alone(story, 1)
    into_inspect(story, 1)
    story.ready(A)
    named(story, 2)
    assert held(story) == ["duplicate"]


def test_a_way_whose_track_id_comes_again_is_still_known() -> None:
    story = once_read_at_verify_alone()
    story.induct(1)
    (aside,) = story.state.unnamed.values()
    assert story.state.passages[aside].diverted_lane == "inspect"
    named(story, 2)
    (hold,) = story.state.holds.values()
    assert hold.cause == f"read on track 1:2 and on track {aside}"


@pytest.mark.parametrize(
    ("place", "zh"), [("open_box", "open_box"), ("missing", "下落不明"), ("bench B1", "复验台 B1")], ids=lambda text: text
)
def test_a_twin_that_was_never_on_a_track_is_told_by_its_last_known_place(place: str, zh: str) -> None:
    story = Story()
    story.ready(A)
    story.feed(CartonRemoved(A, place, "it fell from the truck"), Role.SHIFT_LEAD)
    named(story, 1)
    (hold,) = story.state.holds.values()
    assert hold.cause == f"read on track 1:1, last known place: {place}"
    assert in_chinese(hold.cause) == f"过线号 1:1 读到, 此号的箱最后位置: {zh}"


def test_a_twin_of_which_only_a_fetch_is_known_is_told_by_that() -> None:
    story = Story()
    story.ready(A)
    story.fetch(A)
    between_gate_and_name(story, 1)
    story.fetch(A)
    past_the_gate(story, 1)
    (hold,) = story.state.holds.values()
    assert hold.cause == "read on track 1:1, and ordered over the belt once more while it was there"
    assert in_chinese(hold.cause) == "过线号 1:1 读到, 尚在线上时此号又被令重检"


def test_the_name_of_a_carton_ends_its_ways_without_one() -> None:
    story = once_read_at_verify_alone()
    story.fetch(A)
    story.pass_to_decision(2, A)
    assert story.state.unnamed == {}
    assert story.last(2).lane == "release"


def test_what_was_ordered_too_long_ago_is_held_for_that() -> None:
    story = begun()
    into_inspect(story, 1)
    story.fetch(A)
    story.wait(LIMIT_S * 1000)
    named(story, 2)
    assert held(story) == ["rerun_expired"]


@pytest.mark.parametrize("how", [RingKind.LOST, RingKind.REMOVED_BY_HAND])
def test_what_was_lost_sight_of_may_be_this_very_carton(how: RingKind) -> None:
    story = begun()
    story.ring(how, 1, 5)
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
    assert not held(story)


def epoch_ends(story: Story) -> None:
    """The PLC begins anew; what stood on the belt takes the default lane, under a track of nobody's."""
    story.epoch += 1
    story.ring_seq = 0
    story.sync((TableItem(90, 6, 0, 0),))
    story.ring(RingKind.DIVERTED, 90, 7, 1, 4)


@pytest.mark.parametrize("second", [named, read_at_verify_alone])
def test_what_was_on_the_belt_when_its_epoch_ended_stands_in_the_default_lane(second: Callable[[Story, int], None]) -> None:
    """As a carton with a name does: nobody has said that it comes again."""
    story = begun()
    epoch_ends(story)
    second(story, 2)
    assert held(story) == ["duplicate"]


@WORDS
def test_what_was_taken_from_there_and_said_so_is_no_copy(word: Callable[[Story], None]) -> None:
    story = begun()
    epoch_ends(story)
    word(story)
    read_at_verify_alone(story, 2)
    into_inspect(story, 2)
    word(story)
    story.pass_to_decision(3, A)
    assert story.last(3).lane == "release"
    assert not held(story)


def test_of_what_no_gate_had_read_when_its_epoch_ended_nobody_has_to_say_anything() -> None:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, "")
    epoch_ends(story)
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"


def test_what_customs_handed_back_is_no_copy_of_its_own_way_before() -> None:
    story = begun()
    into_inspect(story, 1)
    handed_back(story)
    story.pass_to_decision(2, A)
    assert not held(story)


def test_another_number_behind_the_verify_gate_says_nothing_of_this_one() -> None:
    other = s10(10000002)
    story = Story()
    story.ready(A, other)
    read_at_verify_alone(story, 1)
    story.induct(2)
    story.gate(2, PROFILE.scan_zone, other)
    assert not held(story)


# --- the number is fetched once more while the way that the fetch before it brought is on the belt ---


def between_gate_and_name(story: Story, track: int) -> None:
    """The label has passed the induct; what it says is not taken yet."""
    story.induct(track)
    story.ring(RingKind.GATE_OPEN, track, PROFILE.scan_zone)
    story.wait(400)
    story.feed(CodesRead("induct", "induct", (ReadText(A),), False, story.now_ms))
    story.wait(400)


def past_the_gate(story: Story, track: int) -> None:
    story.ring(RingKind.GATE_CLOSED, track, PROFILE.scan_zone)
    story.wait(600)


def test_a_number_fetched_while_the_way_of_the_fetch_before_is_on_the_belt_is_on_two_cartons() -> None:
    story = once_named()
    story.fetch(A)
    between_gate_and_name(story, 2)
    story.fetch(A)
    past_the_gate(story, 2)
    assert held(story) == ["duplicate"]
    into_inspect(story, 2)
    story.fetch(A)
    story.pass_to_decision(3, A)
    assert story.last(3).lane != "release", "nobody can say which of the two it is"


def test_however_often_it_was_fetched_before() -> None:
    story = once_named()
    story.fetch(A)
    between_gate_and_name(story, 2)
    story.fetch(A)
    story.fetch(A)
    past_the_gate(story, 2)
    assert held(story) == ["duplicate"]


def test_a_fetch_that_stands_no_more_brought_no_way() -> None:
    story = in_a_lane(A)
    story.fetch(A)
    story.wait(LIMIT_S * 1000)
    between_gate_and_name(story, 2)
    story.fetch(A)
    past_the_gate(story, 2)
    assert not held(story)


def test_and_so_it_is_when_the_verify_gate_alone_reads_that_way() -> None:
    story = once_named()
    story.fetch(A)
    story.induct(2)
    story.wait(1000)
    story.fetch(A)
    story.gate(2, PROFILE.verify_zone, A)
    assert held(story) == ["duplicate"]


@pytest.mark.parametrize("away_ms", [0, 700, 2000, 30_000])
def test_a_restart_puts_a_fetch_in_front_of_no_way_that_was_on_the_belt_before_it(away_ms: int) -> None:
    story = once_named()
    story.fetch(A)
    story.wait(5000)
    story.induct(2)
    story.wait(1000)
    story.fetch(A)
    story.feed(DaemonStarted("b2", "test", away_ms))
    story.sync((TableItem(2, 0, 0, 0),))
    named(story, 2, inducted=True)
    assert held(story) == ["duplicate"]


@pytest.mark.parametrize("away_ms", [0, 700, 30_000])
def test_what_was_fetched_before_a_restart_is_released_after_it(away_ms: int) -> None:
    story = once_named()
    story.fetch(A)
    story.wait(1000)
    story.fetch(A)
    story.feed(DaemonStarted("b2", "test", away_ms))
    story.sync()
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
    assert not held(story)


def test_a_number_fetched_twice_before_its_way_is_one_carton() -> None:
    story = once_named()
    story.fetch(A)
    story.wait(1000)
    story.fetch(A)
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
    assert not held(story)


def test_a_fetch_that_is_told_when_its_carton_is_on_the_belt_is_no_second_one() -> None:
    story = once_named()
    between_gate_and_name(story, 2)
    story.fetch(A)
    past_the_gate(story, 2)
    assert story.passage(2).carton
    assert not held(story)


def test_what_nobody_read_on_the_way_of_its_first_fetch_is_fetched_again() -> None:
    story = once_named()
    for track in (2, 3):
        story.fetch(A)
        story.induct(track)
        into_inspect(story, track)
    story.fetch(A)
    story.pass_to_decision(4, A)
    assert story.last(4).lane == "release"
    assert not held(story)


def test_what_was_taken_off_the_belt_before_it_had_a_name_is_fetched_again() -> None:
    story = once_named()
    story.fetch(A)
    between_gate_and_name(story, 2)
    story.ring(RingKind.GATE_CLOSED, 2, PROFILE.scan_zone)
    story.ring(RingKind.REMOVED_BY_HAND, 2, PROFILE.scan_zone)
    story.fetch(A)
    story.wait(600)
    assert not held(story)


def test_what_stood_in_a_lane_again_before_the_line_was_told_of_its_gate_is_no_copy() -> None:
    """The link was cut while it was at the gate; it went on, was diverted, and fetched."""
    story = once_named()
    story.fetch(A)
    between_gate_and_name(story, 2)
    closed_ms = story.now_ms
    story.wait(20_000)
    story.fetch(A)
    story.wait(1000)
    story.ring_seq += 1
    told = RingEvent(
        story.epoch, story.ring_seq, RingKind.GATE_CLOSED, PROFILE.scan_zone, 2, 0, 0, closed_ms % 65536, 0, story.now_ms, True
    )
    story.feed(told)
    assert story.passage(2).carton
    assert not held(story)


@pytest.mark.parametrize(("fetched_first", "twice"), [(True, True), (False, False)])
def test_a_gate_that_nobody_saw_tells_of_two_cartons_where_one_is_in_hands(fetched_first: bool, twice: bool) -> None:
    """The daemon fell, the link was cut: the reader has told of the number, and no time of a window is known."""
    story = once_named()
    story.fetch(A)
    story.induct(2)
    story.wait(1000)
    story.feed(DaemonStarted("b2", "test", 0))
    story.sync((TableItem(2, 3, 0, 0),))
    if fetched_first:
        story.fetch(A)
    story.wait(300)
    story.feed(CodesRead("verify", "verify", (ReadText(A),), False, story.now_ms))
    story.wait(300)
    if not fetched_first:
        story.fetch(A)
    for kind in (RingKind.GATE_OPEN, RingKind.GATE_CLOSED):
        story.ring_seq += 1
        told = (story.epoch, story.ring_seq, kind, PROFILE.verify_zone, 2, 0, 0, story.now_ms % 65536, 0, story.now_ms, True)
        story.feed(RingEvent(*told))
    story.wait(1000)
    assert held(story) == (["duplicate"] if twice else [])


# --- a read that names nothing, of a number whose carton stands in a lane ---

ILLEGIBLE = "E10000001CN"  # a byte of the label was lost
UNCLEAR = pytest.mark.parametrize("zone", [PROFILE.scan_zone, PROFILE.verify_zone])


@UNCLEAR
@pytest.mark.parametrize("beside", [ILLEGIBLE, A[:10] + ("0" if A[10] != "0" else "1") + "CN"])
def test_a_number_read_beside_something_illegible_is_a_copy_of_what_stands_in_a_lane(zone: int, beside: str) -> None:
    story = once_named()
    story.induct(2)
    story.gate(2, zone, A, beside)
    assert not story.passage(2).carton
    assert held(story) == ["duplicate"]
    (hold,) = story.state.holds.values()
    assert hold.cause == "read on track 1:2 and on track 1:1"
    into_inspect(story, 2)
    story.fetch(A)
    story.pass_to_decision(3, A)
    assert story.last(3).lane != "release"


@UNCLEAR
def test_it_is_none_of_what_a_person_took_from_its_lane(zone: int) -> None:
    story = once_named()
    story.fetch(A)
    story.induct(2)
    story.gate(2, zone, A, ILLEGIBLE)
    into_inspect(story, 2)
    story.fetch(A)
    story.pass_to_decision(3, A)
    assert story.last(3).lane == "release"
    assert not held(story)


@UNCLEAR
def test_it_may_be_the_label_of_the_carton_beside_it_on_the_belt(zone: int) -> None:
    story = Story()
    story.ready(A)
    named(story, 1)
    story.induct(2)
    story.gate(2, zone, A, ILLEGIBLE)
    assert not held(story)


def in_a_lane(*numbers: str) -> Story:
    story = Story()
    story.feed(ConfigLoaded(replace(PROFILE, rerun_limit_s=LIMIT_S), "cf" * 32, "test", "c5" * 32))
    story.ready(*numbers)
    for track, number in enumerate(numbers, 1):
        story.pass_to_decision(track, number, 2600)
        story.answer()
        story.divert(track, 1)
    return story


@UNCLEAR
def test_two_numbers_that_papers_know_say_nothing_of_either(zone: int) -> None:
    other = s10(10000002)
    story = in_a_lane(A, other)
    story.induct(3)
    story.gate(3, zone, A, other)
    assert not held(story)


@UNCLEAR
def test_a_number_without_a_check_digit_may_be_another_misread(zone: int) -> None:
    story = in_a_lane("E10000003CN")
    story.induct(3)
    story.gate(3, zone, "E10000003CN", ILLEGIBLE)
    assert not story.passage(3).carton
    assert not held(story)


@UNCLEAR
def test_it_is_none_of_what_was_fetched_too_long_ago(zone: int) -> None:
    story = in_a_lane(A)
    story.fetch(A)
    story.wait(LIMIT_S * 1000)
    story.induct(3)
    story.gate(3, zone, A, ILLEGIBLE)
    assert not held(story), "it is the one that was fetched, or nobody knows"


@UNCLEAR
def test_it_takes_nothing_back_that_was_released(zone: int) -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    (carton,) = story.state.cartons.values()
    assert carton.released_ms >= 0
    story.induct(2)
    story.gate(2, zone, A, ILLEGIBLE)
    assert not held(story), "the copy is held when it is read"


def test_a_way_that_has_a_name_is_asked_nothing_more() -> None:
    other = s10(10000002)
    story = in_a_lane(A, other)
    story.fetch(other)
    story.induct(3)
    story.gate(3, PROFILE.scan_zone, other)
    story.gate(3, PROFILE.verify_zone, A, ILLEGIBLE)
    assert not held(story), "its two gates differ, and that is said of it"


def test_a_copy_that_both_gates_read_so_is_told_once() -> None:
    story = once_named()
    story.induct(2)
    story.gate(2, PROFILE.scan_zone, A, ILLEGIBLE)
    story.gate(2, PROFILE.verify_zone, A, ILLEGIBLE)
    assert [alarm.code for alarm in story.alarms()] == ["duplicate"]


def test_a_read_that_fits_two_windows_makes_neither_a_copy() -> None:
    story = once_named()
    for track in (2, 3):
        story.induct(track)
        story.ring(RingKind.GATE_OPEN, track, PROFILE.scan_zone)
    story.wait(400)
    story.feed(CodesRead("induct", "induct", (ReadText(A),), False, story.now_ms))
    for track in (2, 3):
        past_the_gate(story, track)
    assert not held(story)


def test_nor_does_one_that_a_window_had_after_the_daemon_was_away() -> None:
    story = once_named()
    story.induct(2)
    story.ring(RingKind.GATE_OPEN, 2, PROFILE.scan_zone)
    story.feed(DaemonStarted("b2", "test", 1000))
    story.sync()
    story.feed(CodesRead("induct", "induct", (ReadText(A),), False, story.now_ms))
    past_the_gate(story, 2)
    assert not held(story), "a reader's line may have kept it"


def test_a_number_read_before_the_daemon_fell_is_a_copy_of_what_stands_in_a_lane() -> None:
    story = once_named()
    between_gate_and_name(story, 2)
    story.feed(DaemonStarted("b2", "test", 1000))
    assert held(story) == ["duplicate"]


@pytest.mark.parametrize("away_ms", [1000, -1])
def test_but_not_of_what_a_person_took_from_there(away_ms: int) -> None:
    story = once_named()
    story.fetch(A)
    between_gate_and_name(story, 2)
    story.feed(DaemonStarted("b2", "test", away_ms))
    assert not held(story)


def test_what_a_settled_window_had_read_is_not_asked_again_when_the_daemon_falls() -> None:
    story = Story()
    story.ready(A)
    named(story, 1)
    story.induct(2)
    story.gate(2, PROFILE.scan_zone, A, ILLEGIBLE)
    into_inspect(story, 1)
    story.feed(DaemonStarted("b2", "test", 1000))
    assert not held(story)

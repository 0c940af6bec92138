"""A PLC that answers is believed while its heartbeat moves; a lost connection does not make one that stood a fresh one."""

import pytest

from drivers.plc.pulse import PlcPulse


def beating(until_s: float, every_s: float = 0.1) -> tuple[PlcPulse, int]:
    """A pulse that was seen to move until then, and its last count."""
    pulse = PlcPulse()
    pulse.begin(0.0)
    count = 0
    while count * every_s <= until_s:
        pulse.saw(count, count * every_s, count * every_s)
        count += 1
    return pulse, count - 1


def test_it_stands_after_three_polls_and_a_second() -> None:
    pulse, count = beating(5.0)
    for poll in range(1, 10):
        assert not pulse.saw(count, 5.0 + poll * 0.1, 5.0 + poll * 0.1)
        assert pulse.stopped() is None
    pulse.saw(count, 6.0, 6.0)
    assert pulse.stopped() == 1.0
    assert pulse.stopped() is None, "said once"
    assert pulse.saw(count + 1, 6.2, 6.2), "it is back"


def test_a_slow_poll_alone_does_not_make_it_stand() -> None:
    pulse, count = beating(5.0)
    for at_s in (6.0, 7.0):
        pulse.saw(count, at_s, at_s)
        assert pulse.stopped() is None
    pulse.saw(count, 8.0, 8.0)
    assert pulse.stopped() == 3.0


@pytest.mark.parametrize("late_s", [0.7, 1.5, 30.0])
def test_a_late_reply_does_not_tell_that_it_stood_while_the_reply_was_on_its_way(late_s: float) -> None:
    """It may have been read as soon as it was asked for, 0.4 s after the count moved; torn or whole."""
    for torn in (False, True):
        pulse, count = beating(5.0)
        for at_s in (5.1, 5.2, 5.3):
            pulse.saw(count, at_s, at_s)
        if torn:
            pulse.missed(5.4)
        else:
            pulse.saw(count, 5.4, 5.4 + late_s)
        assert pulse.stopped() is None
        pulse.saw(count, 6.0, 6.0 + late_s)
        assert pulse.stopped() == 1.0, "asked for a second after the count was seen to move: it does stand"


def test_a_count_that_moved_is_dated_by_the_reply() -> None:
    """It may have moved right before the reply left: a second is counted from there, and no longer."""
    pulse, count = beating(5.0)
    pulse.saw(count + 1, 5.1, 5.8)
    for asked_s in (5.9, 6.2, 6.5, 6.7):
        pulse.saw(count + 1, asked_s, asked_s + 0.1)
        assert pulse.stopped() is None
    pulse.saw(count + 1, 6.8, 6.9)
    assert pulse.stopped() == 1.0


def test_the_first_reading_after_a_lost_connection_tells_that_it_has_stood_meanwhile() -> None:
    pulse, count = beating(5.0)
    pulse.begin(6.0)
    assert pulse.stopped() is None
    pulse.saw(count, 6.1, 6.1)
    assert pulse.stopped() is not None


def test_a_late_first_reply_does_not_tell_that_it_stood() -> None:
    """It may have been read as soon as the connection began: a program that counts every 500 ms need not have moved."""
    runs, count = beating(5.0)
    runs.begin(5.4)
    runs.saw(count, 5.4, 6.1)
    assert runs.stopped() is None
    runs.saw(count + 1, 6.2, 6.2)
    assert runs.stopped() is None
    stands, count = beating(5.0)
    stands.begin(5.9)
    for asked_s, at_s in ((5.9, 7.5), (7.6, 7.6)):
        stands.saw(count, asked_s, at_s)
        assert stands.stopped() is None
    stands.saw(count, 7.7, 7.7)
    assert stands.stopped() is not None, "and this one is watched like any other"


def test_one_that_moved_meanwhile_or_was_away_too_short_is_watched_like_any_other() -> None:
    moved, count = beating(5.0)
    moved.begin(7.0)
    moved.saw(count + 20, 7.1, 7.1)
    moved.saw(count + 20, 7.2, 7.2)
    assert moved.stopped() is None
    short, count = beating(5.0)
    short.begin(5.2)
    for at_s in (5.3, 5.4, 5.9):
        short.saw(count, at_s, at_s)
        assert short.stopped() is None
    short.saw(count, 6.0, 6.0)
    assert short.stopped() == 1.0


def test_a_connection_on_which_nothing_whole_was_read_yet_counts_from_its_own_beginning() -> None:
    pulse, _ = beating(5.0)
    pulse.begin(60.0)
    for at_s in (60.1, 60.2, 60.3, 60.9):
        pulse.missed(at_s)
        assert pulse.stopped() is None
    pulse.missed(61.0)
    assert pulse.stopped() == 1.0

"""A PLC that answers is believed while its heartbeat moves; a lost connection does not make one that stood a fresh one."""

from drivers.plc.pulse import PlcPulse


def beating(until_s: float, every_s: float = 0.1) -> tuple[PlcPulse, int]:
    """A pulse that was seen to move until then, and its last count."""
    pulse = PlcPulse()
    pulse.begin(0.0)
    count = 0
    while count * every_s <= until_s:
        pulse.saw(count, count * every_s)
        count += 1
    return pulse, count - 1


def test_it_stands_after_three_polls_and_a_second() -> None:
    pulse, count = beating(5.0)
    for poll in range(1, 10):
        assert not pulse.saw(count, 5.0 + poll * 0.1)
        assert pulse.stopped(5.0 + poll * 0.1) is None
    pulse.saw(count, 6.0)
    assert pulse.stopped(6.0) == 1.0
    assert pulse.stopped(6.1) is None, "said once"
    assert pulse.saw(count + 1, 6.2), "it is back"


def test_a_slow_poll_alone_does_not_make_it_stand() -> None:
    pulse, count = beating(5.0)
    for at_s in (6.0, 7.0):
        pulse.saw(count, at_s)
        assert pulse.stopped(at_s) is None
    pulse.saw(count, 8.0)
    assert pulse.stopped(8.0) == 3.0


def test_the_first_reading_after_a_lost_connection_tells_that_it_has_stood_meanwhile() -> None:
    pulse, count = beating(5.0)
    pulse.begin(6.0)
    assert pulse.stopped(6.0) is None
    pulse.saw(count, 6.1)
    assert pulse.stopped(6.1) is not None


def test_a_late_first_reply_does_not_tell_that_it_stood() -> None:
    """It may have been read as soon as the connection began: a program that counts every 500 ms need not have moved."""
    runs, count = beating(5.0)
    runs.begin(5.4)
    runs.saw(count, 6.1)
    assert runs.stopped(6.1) is None
    runs.saw(count + 1, 6.2)
    assert runs.stopped(6.2) is None
    stands, count = beating(5.0)
    stands.begin(5.9)
    for at_s in (7.5, 7.6):
        stands.saw(count, at_s)
        assert stands.stopped(at_s) is None
    stands.saw(count, 7.7)
    assert stands.stopped(7.7) is not None, "and this one is watched like any other"


def test_one_that_moved_meanwhile_or_was_away_too_short_is_watched_like_any_other() -> None:
    moved, count = beating(5.0)
    moved.begin(7.0)
    moved.saw(count + 20, 7.1)
    moved.saw(count + 20, 7.2)
    assert moved.stopped(7.2) is None
    short, count = beating(5.0)
    short.begin(5.2)
    for at_s in (5.3, 5.4, 5.9):
        short.saw(count, at_s)
        assert short.stopped(at_s) is None
    short.saw(count, 6.0)
    assert short.stopped(6.0) == 1.0


def test_a_connection_on_which_nothing_whole_was_read_yet_counts_from_its_own_beginning() -> None:
    pulse, _ = beating(5.0)
    pulse.begin(60.0)
    for at_s in (60.1, 60.2, 60.3, 60.9):
        pulse.missed()
        assert pulse.stopped(at_s) is None
    pulse.missed()
    assert pulse.stopped(61.0) == 1.0

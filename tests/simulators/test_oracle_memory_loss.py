"""A PLC that loses its memory counts its events from 1 again in epoch 0: the oracle takes them for no forgery and no loss."""

from pathlib import Path

import pytest

from simulators.oracle.ring_checks import lost_with_memory
from simulators.oracle.run import load_run
from tests.simulators.oracle_run import MadeRun, good_run


def power_up(run: MadeRun, at_ms: int, nonce: int) -> None:
    run.wire.append({"line_ms": at_ms, "fact": "epoch", "epoch": 0, "boot_nonce": nonce})


def event(run: MadeRun, at_ms: int, seq: int, *, told: bool = True) -> None:
    """Event 11 of epoch 0, in the ring and, if it is `told`, in the journal."""
    run.wire.append({"line_ms": at_ms, "fact": "event", "words": [seq, 0, 11 << 8, 0, 1, 0, at_ms % 65536, 0, seq]})
    body = {"epoch": 0, "seq": seq, "kind": 11, "zone": 0, "track_id": 0, "arg1": 1, "t_ms": at_ms % 65536, "belt_mm": 0}
    if told:
        run.row(at_ms + 80, {"type": "RingEvent", "read_ms": at_ms, **body})


def twice_without_memory(second_nonce: int) -> MadeRun:
    """The first time it comes up it makes two events and only one is read; the second time one, which is acknowledged."""
    run = good_run()
    power_up(run, 96_000, 5)
    event(run, 96_100, 1)
    event(run, 96_200, 2, told=False)
    power_up(run, 98_000, second_nonce)
    event(run, 98_100, 1)
    event(run, 98_200, 2)
    run.wire.append({"line_ms": 98_400, "fact": "ack", "seq": 2})
    return run


def test_what_is_lost_with_its_memory_is_no_breach(tmp_path: Path) -> None:
    assert twice_without_memory(6).judged(tmp_path).breaches == ()


def test_an_emergency_stop_in_epoch_0_loses_nothing(tmp_path: Path) -> None:
    """The boot nonce is the same: it never lost power, and the event that is missing was acknowledged."""
    breaches = twice_without_memory(5).judged(tmp_path).breaches
    assert [b.invariant for b in breaches] == ["I8"]
    assert "event 0/2 was acknowledged" in breaches[0].what


@pytest.mark.parametrize("seq", [1, 2])
def test_an_event_that_was_acknowledged_after_it_came_up_is_in_the_journal(seq: int, tmp_path: Path) -> None:
    run = twice_without_memory(6)
    rows = [row for row in run.rows if row["event"].get("epoch") == 0 and row["event"].get("seq") == seq]
    run.rows.remove(rows[-1])
    assert [b.invariant for b in run.judged(tmp_path).breaches] == ["I8"]


@pytest.mark.parametrize(
    ("second_nonce", "said_ms", "lost"),
    [(6, 98_150, True), (5, 98_150, False), (6, 0, False), (6, 96_060, False), (6, 98_300, False)],
    ids=["said at once", "no memory was lost", "nobody said so", "said of what was before", "said of what came later"],
)
def test_what_nobody_had_read_is_lost_with_the_memory_if_the_next_words_say_so(
    second_nonce: int, said_ms: int, lost: bool, tmp_path: Path
) -> None:
    run = good_run()
    power_up(run, 96_000, 5)
    event(run, 96_050, 1)
    event(run, 96_200, 2, told=False)
    power_up(run, 98_000, second_nonce)
    event(run, 98_100, 1)
    event(run, 98_200, 2)
    if said_ms:
        run.row(said_ms, {"type": "RingEventsLost", "first_missing_seq": 95, "next_seq": 1})
        run.rows.sort(key=lambda row: row["line_ms"])
    made = load_run(tmp_path, run.write(tmp_path))
    forgotten = next(e for e in made.wire.events if e.line_ms == 96_200)
    assert lost_with_memory(made, forgotten) is lost


@pytest.mark.parametrize(("behind_is_read", "lost"), [(False, True), (True, False)])
def test_what_was_passed_over_while_later_events_were_read_is_not_lost_with_the_memory(
    behind_is_read: bool, lost: bool, tmp_path: Path
) -> None:
    run = good_run()
    skipped = [7000, 1, 11 << 8, 0, 1, 0, 1, 0, 7000]
    run.wire.append({"line_ms": 95_000, "fact": "event", "words": skipped})
    if behind_is_read:
        run.plc_event(95_500, 11, 0, 0, 1)
    power_up(run, 98_000, 6)
    run.row(98_150, {"type": "RingEventsLost", "first_missing_seq": 7001, "next_seq": 1})
    event(run, 98_200, 1)
    made = load_run(tmp_path, run.write(tmp_path))
    forgotten = next(e for e in made.wire.events if e.seq == 7000)
    assert lost_with_memory(made, forgotten) is lost

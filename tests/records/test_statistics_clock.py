"""What becomes of the time of facts when the wall clock leaps (invariant I12)."""

from controller.domain.reasons import Role
from controller.line.commands import Outcome, encode_outcome
from controller.line.events import AnyEvent, DaemonStarted, DeviceDown, Stamped, encode_event
from controller.line.state import LineState
from controller.records.rows import JournalRow
from controller.records.statistics.gathering import Gatherer, ms_of

NOON = "2026-11-26T12:00:00.000Z"


def row(seq: int, line_ms: int, utc: str, event: AnyEvent, *, doubtful: bool = False) -> JournalRow:
    stamped = Stamped(line_ms, utc, doubtful, "test", Role.LINE, event)
    return JournalRow(seq, line_ms, utc, type(event).__name__, encode_event(stamped), encode_outcome(Outcome()), (), b"", b"")


def test_a_clock_that_leapt_a_year_moves_no_fact_and_a_start_with_the_right_one_counts_again() -> None:
    gatherer, down = Gatherer(LineState()), DeviceDown("scale", "unplugged", "no answer")
    gatherer.take(row(1, 1000, NOON, DaemonStarted("b1", "test")))
    gatherer.take(row(2, 2000, "2027-11-26T12:00:01.000Z", down, doubtful=True))
    assert gatherer.utc_ms == ms_of(NOON) + 1000
    gatherer.pass_over(row(3, 62_000, "2027-11-26T12:01:01.000Z", down, doubtful=True))
    assert gatherer.utc_ms == ms_of(NOON) + 61_000
    gatherer.take(row(4, 63_000, "2027-11-26T12:01:02.000Z", DaemonStarted("b2", "test")))
    gatherer.take(row(5, 64_000, "2026-11-26T12:02:00.000Z", DaemonStarted("b3", "test")))
    assert gatherer.utc_ms == ms_of("2026-11-26T12:02:00.000Z"), "a year in which nothing was counted would be the price"

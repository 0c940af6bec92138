"""The ring reader gives every record once, in order, and knows what it missed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.plc.codec import RingRecord, Status, decode_status
from drivers.plc.errors import PlcWireError
from drivers.plc.ring import Gap, RingReader

LAST = 65472


class Ring:
    """A ring as the contract describes it, for the reader to look at."""

    def __init__(self, head: int = 0) -> None:
        self.head = head
        self.kept = 0
        self.words = [0] * 576

    def add(self, count: int = 1, epoch: int = 7) -> None:
        for _ in range(count):
            self.head = 1 if self.head == LAST else self.head + 1
            at = (self.head - 1) % 64 * 9
            self.words[at : at + 9] = [self.head, epoch, 0x0101, 5, 0, 0, 0, 0, self.head]
            self.kept = min(64, self.kept + 1)

    def status(self, ack: int = 0) -> Status:
        words = [0] * 43
        words[0:5] = [0xC11E, 1, 1, 0x1234, 0x5678]
        words[22] = self.head
        words[23] = (self.head - self.kept) % LAST + 1 if self.head else 0
        words[24] = ack
        answer = decode_status(words, 1)
        assert isinstance(answer, Status)
        return answer

    def read(self, reader: RingReader) -> list[RingRecord]:
        records: list[RingRecord] = []
        while span := reader.next_span(self.head):
            assert span.count * 9 <= 100
            at = (span.first_seq - 1) % 64 * 9
            fresh, whole = reader.accept(span, self.words[at : at + span.count * 9])
            records.extend(fresh)
            if not whole:
                break
        return records


@pytest.mark.parametrize("start", [0, 30, LAST - 5, LAST])
def test_records_come_once_and_in_order_over_the_wrap(start: int) -> None:
    ring, reader = Ring(start), RingReader()
    seen: list[int] = []
    for count in (1, 3, 0, 20, 7):
        ring.add(count)
        assert reader.observe(ring.status()) == ()
        seen.extend(record.seq for record in ring.read(reader))
    expected = [(start + n) % LAST + 1 for n in range(31)]
    assert seen == expected


def test_an_empty_ring_gives_nothing() -> None:
    ring, reader = Ring(), RingReader()
    assert reader.observe(ring.status()) == ()
    assert ring.read(reader) == []
    ring.add()
    assert reader.observe(ring.status()) == ()
    assert [record.seq for record in ring.read(reader)] == [1]


def test_overwritten_records_are_a_gap() -> None:
    ring, reader = Ring(), RingReader()
    ring.add(10)
    reader.observe(ring.status())
    ring.read(reader)
    ring.add(70)
    assert reader.observe(ring.status()) == (Gap(first_missing=11, next_seq=17),)
    assert [record.seq for record in ring.read(reader)] == list(range(17, 81))


def test_what_was_overwritten_before_this_host_looked_is_a_gap_too() -> None:
    ring, reader = Ring(), RingReader()
    ring.add(100)
    assert reader.observe(ring.status(ack=20)) == (Gap(first_missing=21, next_seq=37),)
    assert RingReader().observe(ring.status(ack=90)) == ()


def test_a_ring_that_lost_its_memory_is_adopted_with_a_gap() -> None:
    ring, reader = Ring(), RingReader()
    ring.add(10)
    reader.observe(ring.status())
    ring.read(reader)
    reader.acknowledge(7, 10)
    fresh = Ring()
    assert reader.observe(fresh.status()) == (Gap(first_missing=11, next_seq=1),)
    assert reader.ack_word == 0, "an acknowledgement of the old ring must not reach the new one"
    fresh.add(10, epoch=8)
    reader.observe(fresh.status())
    assert [record.epoch for record in fresh.read(reader)] == [8] * 10


@pytest.mark.parametrize(("last", "gaps"), [(10, (Gap(first_missing=11, next_seq=1),)), (LAST, ()), (0, ())])
def test_a_host_that_began_anew_misses_what_a_ring_without_memory_had_told(last: int, gaps: tuple[Gap, ...]) -> None:
    ring, reader = Ring(), RingReader(last)
    ring.add(4, epoch=0)
    assert reader.observe(ring.status()) == gaps
    assert [record.seq for record in ring.read(reader)] == [1, 2, 3, 4]


@pytest.mark.parametrize("kept", [0, 4, 64])
def test_a_host_that_began_anew_reads_on_where_it_stood(kept: int) -> None:
    """Whatever of the durable ones the PLC still keeps: nothing was lost, nothing is left out."""
    ring, reader = Ring(), RingReader(70)
    ring.add(70)
    ring.kept = kept
    assert reader.rewind(ring.status(ack=70)) == ()
    ring.read(reader)
    ring.add(3)
    assert reader.observe(ring.status(ack=70)) == ()
    assert [record.seq for record in ring.read(reader)] == [71, 72, 73]


def test_a_host_that_began_anew_names_the_first_record_it_lacks() -> None:
    """Acknowledged is less than durable: the last acknowledgement may not have reached the PLC."""
    ring, reader = Ring(), RingReader(25)
    ring.add(100)
    assert reader.observe(ring.status(ack=20)) == (Gap(first_missing=26, next_seq=37),)


@pytest.mark.parametrize(("ack", "told"), [(25, 0), (26, 26), (90, 90), (100, 100), (24, 0), (0, 0), (LAST, 0)])
def test_what_somebody_else_acknowledged_is_told_with_the_gap(ack: int, told: int) -> None:
    """The journal ends at 25: it may be an old copy, or another host has served the PLC since."""
    ring, reader = Ring(), RingReader(25)
    ring.add(100)
    ring.kept = 10
    assert reader.rewind(ring.status(ack=ack)) == (Gap(26, 91, told),)


@pytest.mark.parametrize("more", [1, 63, 64])
def test_what_was_read_and_is_gone_before_it_is_read_again_is_not_lost(more: int) -> None:
    """The link falls between a rewind and the reading, and the ring goes on: that had been told as lost, and as let go of."""
    ring, reader = Ring(), RingReader()
    ring.add(3)
    reader.observe(ring.status())
    ring.read(reader)
    assert not reader.rewind(ring.status())
    ring.add(more)
    assert not reader.rewind(ring.status(ack=3))
    assert [record.seq for record in ring.read(reader)][-more:] == list(range(4, 4 + more))
    ring.add(65)
    (gap,) = reader.observe(ring.status(ack=3))
    assert (gap.first_missing, gap.next_seq) == (4 + more, 5 + more)


def test_of_another_ring_nobody_can_say_what_was_acknowledged() -> None:
    ring, reader = Ring(), RingReader(25)
    reader.memory_lost()
    ring.add(40)
    ring.kept = 4
    assert reader.rewind(ring.status(ack=36)) == (Gap(26, 1), Gap(1, 37))


def test_a_ring_without_memory_whose_counters_would_fit_is_another_ring() -> None:
    ring, reader = Ring(), RingReader()
    ring.add(3)
    reader.observe(ring.status())
    ring.read(reader)
    reader.acknowledge(7, 2)
    assert reader.ack_word == 2
    fresh = Ring()
    fresh.add(5, epoch=0)
    reader.memory_lost()
    assert reader.ack_word == 0, "2 would let go of records that nobody has read"
    reader.acknowledge(7, 3)
    assert reader.ack_word == 0, "durable only now, and of the old ring, too"
    assert reader.rewind(fresh.status()) == (Gap(first_missing=4, next_seq=1),)
    assert [record.seq for record in fresh.read(reader)] == [1, 2, 3, 4, 5]
    fresh.add(2, epoch=8)
    assert reader.rewind(fresh.status()) == (), "told once"
    assert reader.ack_word == 0


@pytest.mark.parametrize(
    ("last", "told", "gaps"),
    [
        (9, 73, (Gap(10, 1), Gap(1, 10))),  # it has come exactly as far
        (9, 100, (Gap(10, 1), Gap(1, 37))),  # further: by its numbers alone only 10 to 36 would be missing
        (100, 70, (Gap(101, 1), Gap(1, 7))),
        (9, 64, (Gap(10, 1),)),
        (9, 0, (Gap(10, 1),)),
        (LAST, 5, (Gap(1, 1),)),  # what the old one told from its record 1 on is unknown, too
        (LAST, 70, (Gap(1, 1), Gap(1, 7))),
    ],
)
def test_of_a_ring_without_memory_what_the_old_one_told_and_what_the_new_one_overwrote_are_told_apart(
    last: int, told: int, gaps: tuple[Gap, ...]
) -> None:
    ring, reader = Ring(), RingReader(last)
    ring.add(told, epoch=0)
    reader.memory_lost()
    assert reader.rewind(ring.status()) == gaps
    assert len(ring.read(reader)) == ring.kept
    assert reader.rewind(ring.status()) == (), "told once"


@given(st.integers(0, 300), st.integers(0, 90), st.integers(0, 300))
def test_every_record_of_both_rings_that_was_not_given_out_is_told(read: int, more: int, anew: int) -> None:
    ring, reader = Ring(), RingReader()
    ring.add(read)
    reader.observe(ring.status(ack=max(0, read - 64)))
    assert len(ring.read(reader)) == ring.kept
    ring.add(more)  # which nobody reads before the memory is lost
    fresh = Ring()
    fresh.add(anew, epoch=0)
    reader.memory_lost()
    old, *new = reader.rewind(fresh.status())
    assert old == Gap(read + 1, 1)
    unread = {seq for gap in new for seq in range(gap.first_missing, gap.next_seq)}
    assert unread | {record.seq for record in fresh.read(reader)} == set(range(1, anew + 1))


def test_a_first_ring_without_memory_has_nothing_to_miss() -> None:
    ring, reader = Ring(), RingReader()
    ring.add(5, epoch=0)
    reader.memory_lost()
    assert reader.observe(ring.status()) == ()
    assert [record.seq for record in ring.read(reader)] == [1, 2, 3, 4, 5]
    assert reader.rewind(ring.status()) == (), "and now it is the ring that is known"


def test_a_record_being_written_is_waited_for_and_given_up_in_the_end() -> None:
    ring, reader = Ring(), RingReader()
    ring.add(5)
    ring.words[2 * 9] = 0
    reader.observe(ring.status())
    assert [record.seq for record in ring.read(reader)] == [1, 2]
    assert reader.skip_stuck(ring.head, 3) is None
    ring.words[2 * 9] = 3
    assert [record.seq for record in ring.read(reader)] == [3, 4, 5]
    ring.add()
    ring.words[5 * 9 + 8] = 0
    for _ in range(3):
        assert ring.read(reader) == []
    assert reader.skip_stuck(ring.head, 3) == Gap(first_missing=6, next_seq=7)


def test_a_rewind_gives_out_again_whatever_is_not_durable() -> None:
    ring, reader = Ring(), RingReader()
    ring.add(10)
    reader.observe(ring.status())
    ring.read(reader)
    reader.acknowledge(7, 8)
    ring.add(2, epoch=8)
    assert reader.rewind(ring.status()) == ()
    assert [record.seq for record in ring.read(reader)] == [9, 10, 11, 12]
    reader.acknowledge(8, 12)
    assert reader.ack_word == 12
    reader.rewind(ring.status())
    assert ring.read(reader) == []


def test_only_a_record_that_stands_in_the_ring_is_acknowledged() -> None:
    ring, reader = Ring(), RingReader()
    ring.add(10)
    reader.observe(ring.status())
    ring.read(reader)
    reader.acknowledge(6, 10)
    assert reader.ack_word == 0, "another epoch's key"
    reader.acknowledge(7, 11)
    assert reader.ack_word == 0, "never seen"
    reader.acknowledge(7, 8)
    reader.acknowledge(7, 3)
    assert reader.ack_word == 8, "never backwards"
    reader.rewind(ring.status())
    assert reader.ack_word == 0, "unknown until read again"
    ring.read(reader)
    assert reader.ack_word == 8


@pytest.mark.parametrize(("head", "tail"), [(70, 5), (5, 70), (65500, 65499), (10, 0)])
def test_counters_without_sense_are_a_fault(head: int, tail: int) -> None:
    words = [0] * 43
    words[0:5] = [0xC11E, 1, 1, 0x1234, 0x5678]
    words[22:24] = [head, tail]
    status = decode_status(words, 1)
    assert isinstance(status, Status)
    with pytest.raises(PlcWireError, match="bad_ring_counters"):
        RingReader().observe(status)


@given(st.lists(st.one_of(st.integers(1, 90), st.sampled_from(["rewind", "read"])), max_size=30), st.integers(0, LAST))
def test_each_record_that_becomes_durable_is_given_once_or_counted_as_lost(steps: list[int | str], start: int) -> None:
    ring, reader = Ring(start), RingReader()
    reader.observe(ring.status())
    given_out: list[int] = []
    lost = 0
    for step in [*steps, "read"]:
        if isinstance(step, int):
            ring.add(step)
            continue
        for gap in reader.rewind(ring.status()) if step == "rewind" else reader.observe(ring.status()):
            lost += (gap.next_seq - gap.first_missing) % LAST
        records = ring.read(reader)
        given_out.extend(record.seq for record in records)
        if records:
            reader.acknowledge(records[-1].epoch, records[-1].seq)
    added = sum(step for step in steps if isinstance(step, int))
    assert len(given_out) == len(set(given_out))
    assert len(given_out) + lost == added

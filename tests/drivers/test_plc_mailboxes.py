"""Which pending decision or command is written, where, how often, and when it is forgotten."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.plc.codec import CommandRecord, DecisionRecord, Status, decode_status
from drivers.plc.commands import STOP_WRITES, CommandBox
from drivers.plc.cycle import Cycle
from drivers.plc.decisions import PERMISSIVE_SLOTS, QUEUE_LIMIT, DecisionBoard
from drivers.plc.errors import PlcRefusalError
from drivers.plc.settings import Cil1Settings
from drivers.plc.vocabulary import Command, Lane, Result

EPOCH, SESSION = 7, 900


def status(*, dec: dict[int, tuple[int, int]] | None = None, cmd: tuple[int, int] = (0, 0), epoch: int = EPOCH) -> Status:
    words = [0] * 43
    words[0:5] = [0xC11E, 1, 1, 0x1234, 0x5678]
    words[7:9] = [SESSION, epoch]
    words[26:28] = cmd
    for slot, (seq, result) in (dec or {}).items():
        words[28 + slot] = seq
        words[36 + slot // 4] |= result << 4 * (slot % 4)
    answer = decode_status(words, 1)
    assert isinstance(answer, Status)
    return answer


def release(track: int, seq: int) -> DecisionRecord:
    return DecisionRecord(EPOCH, track, Lane.RELEASE, 0, 100, SESSION, seq)


def inspect(track: int, seq: int) -> DecisionRecord:
    return DecisionRecord(EPOCH, track, Lane.INSPECT, 0, 100, SESSION, seq)


def command(code: int, seq: int) -> CommandRecord:
    return CommandRecord(SESSION, EPOCH, code, 0, 0, seq)


def write_all(board: DecisionBoard, *, permissive: bool = True) -> dict[int, DecisionRecord]:
    return {slot: d for slot, d in board.writes(permissive=permissive) if board.begin_write(slot, d)}


def test_a_decision_is_written_unchanged_in_one_slot_until_its_echo() -> None:
    board = DecisionBoard()
    board.add(release(1, 10))
    first = write_all(board)
    assert write_all(board) == first
    assert board.settle(status()) == ()
    (slot,) = first
    assert board.settle(status(dec={slot: (10, Result.ACCEPTED)})) == ((release(1, 10), Result.ACCEPTED),)
    assert write_all(board) == {}


def test_an_echo_without_result_or_of_another_epoch_is_no_answer() -> None:
    board = DecisionBoard()
    board.add(release(1, 10))
    (slot,) = write_all(board)
    assert board.settle(status(dec={slot: (10, Result.NONE)})) == ()
    assert board.settle(status(dec={slot: (10, Result.ACCEPTED)}, epoch=8)) == ()
    assert write_all(board) == {slot: release(1, 10)}


def test_restrictive_decisions_are_written_first_and_always_find_a_slot() -> None:
    board = DecisionBoard()
    for n in range(20):
        board.add(release(n + 1, n + 1))
    assert len(write_all(board)) == PERMISSIVE_SLOTS
    board.add(inspect(99, 99))
    entries = board.writes(permissive=True)
    assert entries[0][1] == inspect(99, 99)
    assert len(entries) == PERMISSIVE_SLOTS + 1


def test_no_release_is_written_while_not_ready() -> None:
    board = DecisionBoard()
    board.add(release(1, 10))
    board.add(inspect(2, 11))
    assert list(write_all(board, permissive=False).values()) == [inspect(2, 11)]
    assert release(1, 10) in write_all(board).values()
    assert list(write_all(board, permissive=False).values()) == [inspect(2, 11)]


def test_a_hold_voids_the_waiting_release_of_the_same_carton_only() -> None:
    board = DecisionBoard()
    board.add(release(1, 10))
    board.add(release(2, 11))
    assert board.add(inspect(1, 12)) == (release(1, 10),)
    assert set(write_all(board).values()) == {inspect(1, 12), release(2, 11)}


def test_a_written_release_is_not_written_again_after_a_hold_and_its_slot_waits_for_the_echo() -> None:
    board = DecisionBoard()
    board.add(release(1, 10))
    (slot,) = write_all(board)
    board.add(inspect(1, 11))
    again = write_all(board)
    assert slot not in again
    assert list(again.values()) == [inspect(1, 11)]
    assert board.settle(status(dec={slot: (10, Result.STALE_SEQUENCE)}))[0][1] is Result.STALE_SEQUENCE


def unanswered(board: DecisionBoard, track: int, seq: int) -> None:
    """A release is written, the connection breaks before the answer, and on the next one the carton is to be inspected."""
    board.add(release(track, seq))
    assert release(track, seq) in write_all(board).values()
    board.connection_broke()
    board.add(inspect(track, seq + 1))


def echoed(board: DecisionBoard, written: dict[int, DecisionRecord]) -> None:
    board.settle(status(dec={slot: (d.seq, Result.ACCEPTED) for slot, d in written.items()}))


def test_releases_that_were_given_up_and_never_arrived_take_no_slot_for_ever() -> None:
    board = DecisionBoard()
    for n in range(3 * PERMISSIVE_SLOTS):
        unanswered(board, n + 1, 2 * n + 1)
        echoed(board, write_all(board))
    for n in range(PERMISSIVE_SLOTS):
        board.add(release(100 + n, 100 + n))
    assert len(write_all(board)) == PERMISSIVE_SLOTS


def test_one_that_arrived_after_all_is_answered_by_its_echo() -> None:
    board = DecisionBoard()
    unanswered(board, 1, 10)
    assert board.settle(status(dec={0: (10, Result.STALE_SEQUENCE)})) == ((release(1, 10), Result.STALE_SEQUENCE),)


def test_its_slot_waits_while_nothing_was_read_on_the_next_connection_and_while_it_may_be_written_again() -> None:
    board = DecisionBoard()
    board.add(release(1, 10))
    write_all(board)
    board.connection_broke()
    board.settle(status())
    assert write_all(board) == {0: release(1, 10)}, "it is wanted still"
    board.add(inspect(1, 11))
    board.settle(status())
    board.add(release(2, 12))
    assert write_all(board)[2] == release(2, 12), "this connection has written it: an echo will come"
    unanswered(board, 3, 13)
    board.add(release(4, 15))
    assert release(4, 15) not in [d for slot, d in write_all(board).items() if slot in (0, 3)], "nothing was read since"


def test_each_new_connection_says_that_the_one_before_broke() -> None:
    cycle = Cycle(Cil1Settings(host="plc"), random.Random(1), lambda report: None)
    cycle._now = lambda: 0.0  # type: ignore[method-assign]
    cycle.board.add(release(1, 10))
    write_all(cycle.board)
    cycle.board.drop_permissive()
    cycle.board.settle(status())
    cycle.board.add(release(2, 11))
    assert 0 not in write_all(cycle.board)
    cycle.begin_connection()
    cycle.board.settle(status())
    cycle.board.add(release(3, 12))
    assert write_all(cycle.board)[0] == release(3, 12)


def test_a_release_dropped_between_two_writes_of_a_poll_is_not_written() -> None:
    board = DecisionBoard()
    board.add(release(1, 10))
    board.add(release(2, 11))
    (slot_a, a), (slot_b, b) = board.writes(permissive=True)
    assert board.begin_write(slot_a, a)
    assert set(board.drop_permissive()) == {a, b}
    assert not board.begin_write(slot_b, b)
    assert board.pending() == ()


def test_the_same_record_twice_is_one_and_a_used_sequence_is_refused() -> None:
    board = DecisionBoard()
    board.add(release(1, 10))
    board.add(release(1, 10))
    assert len(board.pending()) == 1
    with pytest.raises(PlcRefusalError, match="sequence_used"):
        board.add(release(2, 10))


def test_a_full_queue_refuses() -> None:
    board = DecisionBoard()
    for n in range(QUEUE_LIMIT):
        board.add(release(n + 1, n + 1))
    with pytest.raises(PlcRefusalError, match="queue_full"):
        board.add(release(999, 999))


def test_nothing_is_left_over_an_epoch_or_session_change() -> None:
    board = DecisionBoard()
    for n in range(10):
        board.add(release(n + 1, n + 1))
    write_all(board)
    assert len(board.clear()) == 10
    assert write_all(board) == {}


@given(st.lists(st.tuples(st.sampled_from("RIDWEB"), st.integers(1, 5)), max_size=60))
def test_no_release_is_written_after_a_later_hold_or_a_drop(steps: list[tuple[str, int]]) -> None:
    """R release, I inspect, D drop, W write, E echo everything written, B the connection breaks: whatever the order."""
    board = DecisionBoard()
    forbidden: set[int] = set()
    standing: dict[int, DecisionRecord] = {}
    for seq, (step, track) in enumerate(steps, start=1):
        if step == "R":
            board.add(release(track, seq))
        elif step == "I":
            forbidden |= {d.seq for d in board.pending() if d.track_id == track and d.permissive}
            board.add(inspect(track, seq))
        elif step == "D":
            forbidden |= {d.seq for d in board.pending() if d.permissive}
            board.drop_permissive()
        elif step == "W":
            written = write_all(board)
            assert not forbidden & {d.seq for d in written.values()}
            standing |= written
        elif step == "B":
            board.connection_broke()
            standing.clear()
        else:
            echoed(board, standing)
            standing.clear()


def test_commands_wait_their_turn_and_are_written_until_echoed() -> None:
    box = CommandBox()
    start, clear = command(Command.START, 1), command(Command.CLEAR, 2)
    box.add(start)
    box.add(clear)
    assert box.next_write(permissive=True) == start
    box.written(start)
    assert box.next_write(permissive=True) == start
    assert box.settle(status(cmd=(1, Result.NOT_ALLOWED))) == (start, Result.NOT_ALLOWED)
    assert box.next_write(permissive=True) == clear


def test_a_stop_goes_before_everything_and_voids_permissive_commands() -> None:
    box = CommandBox()
    box.add(command(Command.START, 1))
    box.next_write(permissive=True)
    box.add(command(Command.RESUME, 2))
    stop = command(Command.STOP, 3)
    assert {c.code for c in box.add(stop)} == {Command.START, Command.RESUME}
    assert box.stop_to_write() == stop
    assert box.next_write(permissive=False) == stop


def test_a_hold_does_not_push_an_unheard_stop_out_but_a_stop_pushes_a_hold() -> None:
    box = CommandBox()
    box.add(command(Command.STOP, 1))
    box.add(command(Command.HOLD, 2))
    assert box.stop_to_write() == command(Command.STOP, 1)
    other = CommandBox()
    other.add(command(Command.HOLD, 1))
    assert other.add(command(Command.STOP, 2)) == (command(Command.HOLD, 1),)
    assert other.stop_to_write() == command(Command.STOP, 2)


def test_a_stop_that_is_never_echoed_does_not_block_the_mailbox_for_ever() -> None:
    box = CommandBox()
    stop = command(Command.STOP, 1)
    box.add(stop)
    answers = [box.written(stop) for _ in range(STOP_WRITES)]
    assert answers == [None] * (STOP_WRITES - 1) + [(stop, Result.NONE)]
    assert box.pending() == ()


def test_not_ready_only_restrictive_commands_and_an_epoch_proposal_go_out() -> None:
    box = CommandBox()
    box.add(command(Command.START, 1))
    box.add(command(Command.SUSPEND, 2))
    assert box.next_write(permissive=False) == command(Command.SUSPEND, 2)
    proposal = CommandBox()
    proposal.add(command(Command.PROPOSE_EPOCH, 1))
    assert proposal.next_write(permissive=False) is not None
    resume = CommandBox()
    resume.add(command(Command.RESUME, 1))
    assert resume.next_write(permissive=False) is None
    assert resume.next_write(permissive=False, resume=True) == command(Command.RESUME, 1)


def test_a_stop_survives_a_session_change_and_nothing_survives_an_epoch_change() -> None:
    box = CommandBox()
    box.add(command(Command.STOP, 1))
    box.add(command(Command.SUSPEND, 2))
    assert box.clear(keep_stop=True) == (command(Command.SUSPEND, 2),)
    assert box.stop_to_write() == command(Command.STOP, 1)
    box.clear(keep_stop=False)
    assert box.pending() == ()

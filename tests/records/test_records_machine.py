"""Journal, checkpoints, marks and records as a Hypothesis state machine on a disk that fails: nothing told is lost.

Rules: append (several callers, some refused), checkpoint, follow, verify, close, kill, power cut now or at a coming write,
one failing call, a full disk, start again. The machine keeps its own list of what it offered; of that the journal must hold
a beginning that contains all that was acknowledged, with its hashes, and the records exactly what the journal holds.
"""

import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from controller.records import journal as journal_module
from controller.records import journal_file
from controller.records.errors import JournalDead, JournalRefused, RowRefused
from controller.records.follower import Follower
from controller.records.journal import Journal
from controller.records.rows import GENESIS, NewRow, chain
from controller.records.tables import JOURNAL_INDEX, open_records
from controller.records.verify import verify
from simulators.world.disk import CrashDisk

MET: Counter[str] = Counter()


class FailingDisk(CrashDisk):
    """Also fails at a coming call, wherever in a transaction that is."""

    fail_at_operation = 0

    def before(self, writes: bool) -> None:
        if self.operations + 1 == self.fail_at_operation:
            self.fail_next = 1
        super().before(writes)


class RecordsMachine(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        memory = Path("/dev/shm")
        self.home = Path(tempfile.mkdtemp(prefix="machine-", dir=memory if memory.is_dir() else None))
        self.disk = FailingDisk(random.Random(seed))
        self.journal: Journal | None = None
        self.follower: Follower | None = None
        self.engine = open_records(self.home / "records.sqlite")
        self.hashes = [GENESIS]
        self.acknowledged = 0
        self.states: dict[int, bytes] = {}
        self.saved = 0

    def is_open(self) -> bool:
        return self.journal is not None

    # --- one life ---

    def up(self) -> Journal:
        if self.journal is None:
            self.start()
        assert self.journal is not None
        return self.journal

    def start(self) -> None:
        """A disk that is full or failing may refuse; a mended one must not."""
        try:
            journal = Journal.open(self.home / "journal.db", anchor_every_rows=5)
        except JournalRefused as refused:
            if refused.code != "journal_unreadable":
                raise
            MET["refused by a failing disk"] += 1
            self.mend()
            journal = Journal.open(self.home / "journal.db", anchor_every_rows=5)
        self.journal = journal
        assert self.acknowledged <= journal.last_seq < len(self.hashes)
        assert journal.last_hash == self.hashes[journal.last_seq]
        MET["rows kept that nobody was told of"] += journal.last_seq - self.acknowledged
        del self.hashes[journal.last_seq + 1 :]
        self.acknowledged = journal.last_seq
        assert [row.hash for row in journal.rows()] == self.hashes[1:]
        found = journal.load_checkpoint()
        assert (found.seq if found else 0) >= self.saved
        if found is not None:
            assert found.state == self.states[found.seq]

    def _when_dead(self) -> None:
        """Fail-stop: it takes nothing more, and lets go."""
        assert self.journal is not None
        assert self.journal.is_dead
        with pytest.raises(JournalDead):
            self.journal.append([row(0)])
        MET["died"] += 1
        self.kill()

    @rule(groups=st.lists(st.lists(st.integers(0, 3000), min_size=1, max_size=3), min_size=1, max_size=3), refused=st.booleans())
    def append(self, groups: list[list[int]], refused: bool) -> None:
        journal = self.up()
        offered = [[row(size) for size in sizes] for sizes in groups]
        for new in (new for group in offered for new in group):
            self.hashes.append(chain(new, len(self.hashes), self.hashes[-1]).hash)
        if refused:
            offered.insert(1, [row(1), NewRow(0, "u", "k", b"not json", b"{}")])
        try:
            answers = journal.append_groups(offered)
        except JournalDead:
            self._when_dead()
            return
        assert sum(isinstance(answer, RowRefused) for answer in answers) == refused
        self.acknowledged = len(self.hashes) - 1
        assert max(answer for answer in answers if isinstance(answer, int)) == self.acknowledged == journal.last_seq
        MET["appended"] += 1

    @precondition(lambda self: self.acknowledged)
    @rule(size=st.integers(0, 20_000))
    def checkpoint(self, size: int) -> None:
        journal = self.up()
        seq = self.acknowledged
        # One place has one state: the core's is a function of the rows.
        state = self.states.setdefault(seq, bytes(size))
        try:
            journal.save_checkpoint(seq, state)
        except JournalDead:
            self._when_dead()
            return
        self.saved = seq
        MET["checkpoint"] += 1

    @precondition(lambda self: self.acknowledged)
    @rule(batch_rows=st.integers(1, 20), to_the_end=st.booleans())
    def follow(self, batch_rows: int, to_the_end: bool) -> None:
        self.up()
        self.follower = self.follower or Follower("records", self.home / "journal.db", self.engine, {}, batch_rows=batch_rows)
        reached = self.follower.catch_up() if to_the_end else self.follower.step() and self.follower.position()
        with self.engine.connect() as connection:
            seqs = list(connection.execute(sa.select(JOURNAL_INDEX.c.seq).order_by(JOURNAL_INDEX.c.seq)).scalars())
        assert seqs == list(range(1, len(seqs) + 1))
        assert len(seqs) <= self.acknowledged
        if to_the_end:
            assert reached == len(seqs) == self.acknowledged
        MET["followed"] += 1

    @rule()
    def judge(self) -> None:
        if not (self.home / "journal.db").exists() or (not self.is_open() and not self.acknowledged):
            return
        if self.disk.cut_at_operation or self.disk.fail_next or self.disk.full:
            return
        report = verify(self.home / "journal.db")
        assert report.ok, report
        assert report.rows >= self.acknowledged
        MET["verified"] += 1

    # --- how a life ends, and what the disk does ---

    @precondition(lambda self: self.is_open())
    @rule()
    def close(self) -> None:
        assert self.journal is not None
        try:
            self.journal.close()
        except JournalDead:
            MET["died closing"] += 1
        self.kill()

    @precondition(lambda self: self.is_open())
    @rule()
    def kill(self) -> None:
        if self.follower is not None:
            self.follower.close()
        if self.journal is not None:
            self.journal.abandon()
        self.journal = self.follower = None
        self.disk.close_connections()
        if self.disk.is_off:
            self.power_cut()

    @precondition(lambda self: self.is_open())
    @rule()
    def power_cut(self) -> None:
        self.disk.power_cut()
        if self.follower is not None:
            self.follower.close()
        if self.journal is not None:
            self.journal.abandon()
        self.journal = self.follower = None
        MET["power cut"] += 1

    @rule(operations=st.integers(1, 25), sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=3))
    def a_call_of_an_append_fails_and_later_the_power(self, operations: int, sizes: list[int]) -> None:
        """What did not reach the disk may still be read back from memory by the next life; then the power goes."""
        self.up()
        self.disk.fail_at_operation = self.disk.operations + operations
        self.append([sizes], False)
        self.disk.fail_at_operation = 0
        self.up()
        self.power_cut()
        self.up()

    @rule(operations=st.integers(1, 40))
    def power_will_go(self, operations: int) -> None:
        self.disk.cut_at_operation = self.disk.operations + operations

    @rule()
    def one_call_fails(self) -> None:
        self.disk.fail_next = 1

    @rule(full=st.booleans())
    def disk_full(self, full: bool) -> None:
        self.disk.full = full

    @rule()
    def mend(self) -> None:
        if self.disk.is_off:
            self.power_cut()
        self.disk.full = False
        self.disk.fail_next = self.disk.cut_at_operation = 0

    @invariant()
    def an_open_journal_stands_where_the_last_answer_said(self) -> None:
        if self.journal is not None and not self.journal.is_dead:
            assert self.journal.last_seq == self.acknowledged

    def teardown(self) -> None:
        if not hasattr(self, "disk"):
            return
        try:
            self.mend()
            self.kill()
            self.start()
            if self.acknowledged:
                self.follow(7, True)
            self.close()
            self.judge()
        finally:
            self.kill()
            self.engine.dispose()
            self.disk.close()
            shutil.rmtree(self.home)


def row(size: int) -> NewRow:
    return NewRow(0, "u", "k", b'"%s"' % (b"x" * size), b"{}", ("carton:1",))


LENGTH = settings(
    max_examples=int(os.environ.get("MACHINE_EXAMPLES", "100")),
    stateful_step_count=int(os.environ.get("MACHINE_STEPS", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def plant_no_full_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = tuple(("synchronous", "NORMAL", 1) if one[0] == "synchronous" else one for one in journal_file.WRITER_SETTINGS)
    monkeypatch.setattr(journal_file, "WRITER_SETTINGS", weak)


def plant_a_log_that_is_not_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "settle_log", lambda path, vfs: None)


def plant_a_journal_that_goes_on_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def go_on(self: Journal, work: Callable[[], None]) -> None:
        try:
            work()
        except apsw.Error as error:
            raise JournalDead("journal_dead", str(error), "none") from error

    monkeypatch.setattr(Journal, "_fail_stop", go_on)


@pytest.fixture(autouse=True)
def _small_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "WAL_PAGES_BEFORE_CHECKPOINT", 12)


@pytest.mark.parametrize(
    "plant", [plant_no_full_sync, plant_a_log_that_is_not_settled, plant_a_journal_that_goes_on_after_an_error]
)
def test_a_planted_mistake_is_found(monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]) -> None:
    plant(monkeypatch)
    at_once = settings(LENGTH, phases=(Phase.generate,), report_multiple_bugs=False, print_blob=False)
    with pytest.raises((AssertionError, JournalRefused)):
        run_state_machine_as_test(RecordsMachine, settings=at_once)


def test_no_order_of_failures_loses_what_was_told() -> None:
    MET.clear()
    run_state_machine_as_test(RecordsMachine, settings=LENGTH)
    assert {what for what, count in MET.items() if count} >= {
        "appended", "checkpoint", "followed", "verified", "power cut", "died", "rows kept that nobody was told of",
    }, MET  # fmt: skip

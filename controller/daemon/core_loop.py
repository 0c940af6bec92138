"""The one loop through which everything passes: events in, outcomes journaled, commands out.

One rule, in this order: apply in memory; restrictive commands at once; event and outcome in one transaction; only then
permissive commands, acknowledgements and answers. If the append fails, nothing permissive ever leaves again
(reliability rules, section 8 a; architecture, "Commands have a direction").
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

import msgspec

from controller.daemon.clock import LineClock
from controller.daemon.invariants import Breach, SelfCheck, landed
from controller.domain.reasons import Role
from controller.line.apply import apply
from controller.line.check_events import SelfCheckFailed
from controller.line.commands import (
    STOPPING,
    AnswerGate,
    CameraWork,
    Command,
    CommandCode,
    Decide,
    LongWork,
    Outcome,
    PlcCommand,
    ReadLabels,
    ReadSeal,
    SetOutputs,
    TakeStill,
    WakeAt,
    encode_outcome,
)
from controller.line.events import AnyEvent, EventNotKept, LineCommanded, Stamped, encode_event
from controller.line.explain import company_text
from controller.line.gate import TOLD_TO_GO, still_opens
from controller.line.state import LineState, encode_state
from controller.records.errors import JournalDead, RecordsError, RowRefused
from controller.records.rows import EVENT_LIMIT_BYTES, NewRow

INBOX_LIMIT = 20_000
BATCH_LIMIT = 256
FLYING_ROWS_LIMIT = 4000

log = logging.getLogger("xiyong.core")

PART_FAILED = "a part failed on row %s: what it shows may be wrong until it starts again"


class Dispatcher(Protocol):
    """Where commands go. None of these block or raise for a device that is away."""

    def decide(self, command: Decide) -> None: ...

    def command(self, command: PlcCommand) -> None: ...

    def outputs(self, command: SetOutputs) -> None: ...

    def answer_gate(self, command: AnswerGate) -> None: ...

    def look(self, command: CameraWork) -> None: ...

    def fail_safe(self) -> None:
        """The journal is dead: forget every release that has not left, stop being ready to decide."""

    def stop_now(self) -> None:
        """Stop the belt whatever else is broken."""


class Timers(Protocol):
    def wake_at(self, command: WakeAt) -> None: ...


class JournalPort(Protocol):
    def append(self, rows: Sequence[NewRow]) -> Coroutine[Any, Any, int]: ...

    def save_checkpoint(self, seq: int, state: bytes) -> Coroutine[Any, Any, object]: ...


class Applied(msgspec.Struct, frozen=True):
    """What an event came to, once it is durable."""

    seq: int
    outcome: Outcome


class InboxFullError(Exception):
    """More events wait than the line can ever have: the process must stop deciding and start again."""


class _Item(msgspec.Struct):
    event: AnyEvent
    actor: str
    role: Role
    act_id: str
    waiter: asyncio.Future[Applied] | None
    on_durable: Callable[[], None] | None


class _Passed(msgspec.Struct):
    """An item that has been applied; `number` is its place among all of them since the start.

    Not `trusted`: a check that is always on failed, and nothing permissive of it leaves. `waiting`: what leaves when durable.
    """

    item: _Item
    stamped: Stamped
    outcome: Outcome
    number: int
    trusted: bool
    waiting: tuple[Command, ...]


class _Flight(msgspec.Struct):
    """A batch on its way to the disk, with the state after it when a checkpoint is due; or a checkpoint alone."""

    task: asyncio.Task[Any]
    passed: list[_Passed]
    snapshot: bytes | None


class CoreLoop:
    """Owns the state. Everything that wants to change it posts an event here."""

    def __init__(
        self,
        state: LineState,
        journal: JournalPort,
        clock: LineClock,
        dispatcher: Dispatcher,
        timers: Timers,
        *,
        checkpoint_every_rows: int = 2000,
        on_part_failed: Callable[[str], None] = lambda what: None,
    ) -> None:
        self.state = state
        self.journal_seq = 0
        self.dead: JournalDead | None = None
        self._journal = journal
        self._clock = clock
        self._dispatcher = dispatcher
        self._timers = timers
        self._checkpoint_every_rows = checkpoint_every_rows
        self._since_checkpoint = 0
        self._inbox: deque[_Item] = deque()
        self._flights: deque[_Flight] = deque()
        self._rows_flying = 0
        self._applied = self._last_stop = self._last_outputs = 0
        self._outputs_sent = -1
        self._arrived = asyncio.Event()
        self._self_check = SelfCheck()
        self.on_outcome: list[Callable[[int, Stamped, Outcome], None]] = []
        self._on_part_failed = on_part_failed
        self._deaf: deque[Callable[[int, Stamped, Outcome], None]] = deque(maxlen=32)  # failed once and told so
        self.on_work: Callable[[LongWork], None] = lambda work: None

    def now_ms(self) -> int:
        """The line's own time at this moment; the state knows that of its newest event."""
        return self._clock.now_ms()

    def post(
        self, event: AnyEvent, *, actor: str = "line", role: Role = Role.LINE,
        on_durable: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        """Hand in an event; `on_durable` is called once the journal has it."""
        self._put(_Item(event, actor, role, "", None, on_durable))

    async def submit(self, event: AnyEvent, *, actor: str, role: Role, act_id: str = "") -> Applied:
        """Hand in an event and wait until it is durable. Raises `JournalDead` when it can not be."""
        waiter: asyncio.Future[Applied] = asyncio.get_running_loop().create_future()
        self._put(_Item(event, actor, role, act_id, waiter, None))
        return await waiter

    def _put(self, item: _Item) -> None:
        if self.dead is not None:
            self._after_death(item)
            return
        if len(self._inbox) >= INBOX_LIMIT:
            if _stops(item.event):
                self._dispatcher.stop_now()
            raise InboxFullError(f"{INBOX_LIMIT} events wait: the core does not keep up")
        if self._rows_flying >= FLYING_ROWS_LIMIT and _stops(item.event):
            self._dispatcher.stop_now()  # the disk hangs and nothing is applied any more: a stop leaves all the same
        self._inbox.append(item)
        self._arrived.set()

    def stop_now(self) -> None:
        """Stop the belt without a row, as a last resort."""
        self._dispatcher.stop_now()

    async def run(self) -> None:
        """Apply and journal until cancelled, or until the journal dies (then this raises `JournalDead`).

        The next batch is applied while the one before is on its way to the disk: what is restrictive in it leaves
        however long the disk takes. Batches land, and permissive commands leave, in the order they were applied.
        """
        try:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                self._land_all()
                while self._inbox and self._rows_flying < FLYING_ROWS_LIMIT:
                    self._launch([self._inbox.popleft() for _ in range(min(len(self._inbox), BATCH_LIMIT))])
        except RecordsError as error:
            self._die(error)
            raise self.dead from error  # type: ignore[misc]
        finally:
            tasks = [flight.task for flight in self._flights]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _launch(self, batch: list[_Item]) -> None:
        """Apply a batch, send what is restrictive, and hand its rows to the journal."""
        passed: list[_Passed] = []
        rows: list[NewRow] = []
        for item in batch:
            stamped = Stamped(
                self._clock.now_ms(), self._clock.utc(), self._clock.utc_doubtful, item.actor, item.role, item.event, item.act_id
            )
            encoded = self._encoded(item, stamped)
            if encoded is None:
                continue
            outcome = apply(self.state, stamped)
            self._applied += 1
            breach = self._self_check.outcome(stamped, outcome)
            if breach is not None:
                self._distrust(breach)
            waiting: list[Command] = []
            for command in outcome.commands:
                at_once = not command.permissive and not self._rests_on_unsent(command)
                self._note_last(command)
                if at_once:
                    self._dispatch(command, self._applied)
                else:
                    waiting.append(command)
            passed.append(_Passed(item, stamped, outcome, self._applied, breach is None, tuple(waiting)))
            rows.append(
                NewRow(stamped.line_ms, stamped.utc, type(item.event).__name__, encoded, encode_outcome(outcome), outcome.touched)
            )
        if not rows:
            return
        self._since_checkpoint += len(rows)
        snapshot = None
        # A checkpoint costs what the state weighs: with a day's cartons in it, it is made less often.
        if self._since_checkpoint >= max(self._checkpoint_every_rows, 2 * len(self.state.cartons)):
            self._since_checkpoint = 0
            snapshot = encode_state(self.state)
        self._fly(self._journal.append(rows), passed, snapshot)

    def _encoded(self, item: _Item, stamped: Stamped) -> bytes | None:
        """The event's bytes, or None when the journal can not keep it: then it never happened. Its author is told; of one that
        nobody waits for people hear by an alarm.
        """
        try:
            encoded = encode_event(stamped)
            if len(encoded) <= EVENT_LIMIT_BYTES:
                return encoded
            cause = f"{len(encoded)} bytes, at most {EVENT_LIMIT_BYTES} are kept"
        except UnicodeEncodeError as error:
            cause = f"not valid text: {error}"
        refused = RowRefused("event_not_kept", f"{type(item.event).__name__}: {cause}", "shorten or clean the input")
        log.error("%s", company_text(str(refused)))
        if item.waiter is None:
            told = EventNotKept(*(text.encode("utf-8", "backslashreplace").decode()[:200] for text in (item.actor, cause)))
            self._inbox.append(_Item(told, "daemon", Role.LINE, "", None, None))
        elif not item.waiter.done():
            item.waiter.set_exception(refused)
        return None

    def _fly(self, work: Coroutine[Any, Any, Any], passed: list[_Passed], snapshot: bytes | None = None) -> None:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(lambda _: self._arrived.set())
        self._flights.append(_Flight(task, passed, snapshot))
        self._rows_flying += len(passed)

    def _land_all(self) -> None:
        """What is on the disk, oldest first. Raises what the journal raised; then the flight stays for `_die`."""
        while self._flights and self._flights[0].task.done():
            flight = self._flights[0]
            answer = flight.task.result()
            self._check_place(flight, answer)
            self._flights.popleft()
            self._rows_flying -= len(flight.passed)
            if flight.passed:
                self._land(flight, answer)

    def _check_place(self, flight: _Flight, last_seq: int) -> None:
        """The rows must lie where the core counts them; before the flight is taken, so that who waits for it hears of it."""
        misplaced = landed(self.journal_seq, last_seq, len(flight.passed)) if flight.passed else None
        if misplaced is not None:
            raise JournalDead("journal_dead", misplaced.cause, "the journal and the core disagree: restart, then run verify")

    def _land(self, flight: _Flight, last_seq: int) -> None:
        self.journal_seq = last_seq
        for passed in flight.passed:
            if passed.item.on_durable is not None:
                passed.item.on_durable()
        for passed in flight.passed:
            for command in passed.waiting:
                if passed.trusted and self._still_wanted(command, passed.number):
                    self._dispatch(command, passed.number)
        first_seq = last_seq - len(flight.passed) + 1
        for offset, passed in enumerate(flight.passed):
            self._tell(first_seq + offset, passed)
        if flight.snapshot is not None:
            self._fly(self._journal.save_checkpoint(last_seq, flight.snapshot), [])

    def _distrust(self, breach: Breach) -> None:
        """The next event of all holds the line; what is permissive in this one stays here."""
        log.critical("self-check failed: %s: %s", breach.code, breach.cause)
        self._inbox.appendleft(_Item(SelfCheckFailed(breach.code, breach.cause), "daemon", Role.LINE, "", None, None))

    def _note_last(self, command: Command) -> None:
        if isinstance(command, PlcCommand) and command.code in STOPPING:
            self._last_stop = self._applied
        elif isinstance(command, SetOutputs):
            self._last_outputs = self._applied

    def _still_wanted(self, command: Command, number: int) -> bool:
        """Whether a durable permissive command is still the last word: what was applied meanwhile may have overtaken it."""
        if isinstance(command, Decide):
            passage = self.state.passages.get(f"{command.epoch}:{command.track_id}")
            return passage is not None and passage.ordered is not None and passage.ordered.seq == command.seq
        if isinstance(command, PlcCommand) and command.code == CommandCode.OPEN_BARRIER:
            return still_opens(self.state.visits, command.seq)
        if isinstance(command, PlcCommand):
            return number > self._last_stop
        if isinstance(command, AnswerGate):
            visit = self.state.visits.get(command.gate)
            if visit is None or visit.state not in TOLD_TO_GO:
                return False
            return (visit.session_id, visit.pass_id) == (command.session_id, command.pass_id)
        if isinstance(command, SetOutputs):
            return number == self._last_outputs
        return True

    def _rests_on_unsent(self, command: Command) -> bool:
        """Outputs that only take away leave at once, unless what they take away from has not left: they would carry it along."""
        return isinstance(command, SetOutputs) and command.narrows and self._last_outputs != self._outputs_sent

    def _dispatch(self, command: Command, number: int) -> None:
        if isinstance(command, WakeAt):
            self._timers.wake_at(command)
        elif isinstance(command, Decide):
            self._dispatcher.decide(command)
        elif isinstance(command, PlcCommand):
            self._dispatcher.command(command)
        elif isinstance(command, SetOutputs):
            self._outputs_sent = number
            self._dispatcher.outputs(command)
        elif isinstance(command, AnswerGate):
            self._dispatcher.answer_gate(command)
        elif isinstance(command, ReadSeal | ReadLabels | TakeStill):
            self._dispatcher.look(command)
        else:
            self.on_work(command)

    def _tell(self, seq: int, passed: _Passed) -> None:
        waiter = passed.item.waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(Applied(seq, passed.outcome))
        for listener in tuple(self.on_outcome):
            try:
                listener(seq, passed.stamped, passed.outcome)
            except Exception as error:  # whoever only hears of it decides nothing, and stops nothing either
                if listener not in self._deaf:
                    self._deaf.append(listener)
                    log.exception(PART_FAILED, seq)
                    name = getattr(listener, "__qualname__", repr(listener))
                    self._on_part_failed(f"{name} on row {seq}: {type(error).__name__}: {error}")

    # --- the journal is dead ---

    def _die(self, error: RecordsError) -> None:
        self.dead = error if isinstance(error, JournalDead) else JournalDead(error.code, error.cause, error.next_step)
        log.critical("the journal is dead, nothing is released any more: %s", error)
        self._dispatcher.fail_safe()
        for item in (*(passed.item for flight in self._flights for passed in flight.passed), *self._inbox):
            self._after_death(item)
        self._inbox.clear()

    def _after_death(self, item: _Item) -> None:
        """Only a stop still works: it never waits for a disk."""
        if _stops(item.event):
            self._dispatcher.stop_now()
        if item.waiter is not None and not item.waiter.done():
            assert self.dead is not None
            item.waiter.set_exception(self.dead)


def _stops(event: AnyEvent) -> bool:
    return isinstance(event, LineCommanded) and event.command in ("stop", "hold")

"""I11 in a rehearsal: every queue of the running daemon against its stated limit, looked at once a second.

One rule: it only looks. A limit is the one that the code itself states; what has none there gets one here, far above what a
line can need, so that growth without end is seen within a day of two minutes.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from controller.daemon import core_loop
from controller.daemon.control import ACTS_KEPT
from controller.daemon.service import Daemon
from controller.line.label_reads import ENDED_KEPT, READS_KEPT
from controller.line.scan_in import RERUNS_KEPT, WEIGHTS_KEPT
from controller.line.state import LineState
from controller.line.tracking import RING_KEYS_KEPT
from controller.line.verdicts import NAMELESS_KEPT
from controller.records.writer import PENDING_ROWS_LIMIT
from controller.rehearsal.host import Host
from simulators.oracle import Breach

LOOK_EVERY_S = 1.0
WAL_BYTES = 64 * 1024 * 1024
TRACKED_AT_ONCE = 64  # table T has 32 rows; as many may still be unaccounted for after an epoch change
TIMERS_AT_ONCE = 8 * TRACKED_AT_ONCE
ALIVE_TASKS = 200


class BoundsWatch:
    """What went over its limit, each once, in `breaches`."""

    def __init__(self, host: Host, data: Path) -> None:
        self._host = host
        self._log = data / "journal" / "journal.sqlite-wal"
        self.breaches: list[Breach] = []

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()

    def look(self) -> None:
        daemon = self._host.daemon
        if not self._host.runs or daemon is None or daemon.core is None:
            return
        for name, size, limit in (
            *_of_core(daemon.core),
            *_of_state(daemon.core.state),
            *_of_files(self._log),
            *_of_shell(daemon),
            # Of this process alone: what its dead forerunners left stands there for ever and is no leak of it.
            ("tasks of the process", self._host.tasks, 4 * ALIVE_TASKS),
        ):
            if size > limit and not any(name in breach.what for breach in self.breaches):
                self.breaches.append(Breach("I11", "", f"{name}: {size}, the limit is {limit}"))


def _of_core(core: Any) -> Iterator[tuple[str, int, int]]:
    yield "events that wait for the core", len(core._inbox), core_loop.INBOX_LIMIT
    # One batch may begin while the limit is just not reached.
    yield "rows on their way to the disk", core._rows_flying, core_loop.FLYING_ROWS_LIMIT + core_loop.BATCH_LIMIT
    yield "rows that wait for the disk", core._journal.pending_rows, PENDING_ROWS_LIMIT
    yield "timers armed", len(core._timers._handles), TIMERS_AT_ONCE
    driver = core._dispatcher._plc._driver
    if driver is not None:
        yield "decisions that wait for the PLC", len(driver._cycle.board.pending()), 64
        yield "commands that wait for the PLC", len(driver._cycle.box.pending()), 32
        yield "PLC events not durable yet", len(driver._cycle.feed.ring._given), 128


def _of_state(state: LineState) -> Iterator[tuple[str, int, int]]:
    facts = state.facts
    yield "cartons tracked", len(facts.live), TRACKED_AT_ONCE
    yield "reads kept", len(facts.reads), READS_KEPT
    yield "tracks that ended lately", len(facts.ended_lately), ENDED_KEPT
    yield "weights kept", len(facts.weights), WEIGHTS_KEPT
    yield "PLC events known", len(facts.ring_keys), RING_KEYS_KEPT
    yield "re-runs ordered", len(facts.reruns), RERUNS_KEPT
    yield "verdicts on nameless cartons", len(facts.nameless_verdicts), NAMELESS_KEPT
    yield "timers in state", len(state.timers), TIMERS_AT_ONCE
    yield "papers half arrived", len(state.batches), 16


def _of_shell(daemon: Daemon) -> Iterator[tuple[str, int, int]]:
    yield "tasks of the daemon", len(daemon._tasks), ALIVE_TASKS
    control = getattr(daemon, "control", None)
    if control is not None:
        yield "answers kept", len(control._answered), ACTS_KEPT


def _of_files(log: Path) -> Iterator[tuple[str, int, int]]:
    yield "bytes of the write-ahead log", log.stat().st_size if log.exists() else 0, WAL_BYTES


def leftovers(state: LineState) -> list[Breach]:
    """At rest, with nothing on the belt, nothing of a carton is still open."""
    found = []
    if state.facts.live:
        found.append(Breach("I11", "", f"the belt is empty and {len(state.facts.live)} tracks live on: {state.facts.live[:5]}"))
    if state.batches:
        found.append(Breach("I11", "", f"papers that never closed: {list(state.batches)[:5]}"))
    return found

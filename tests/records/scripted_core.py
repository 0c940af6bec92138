"""A daemon's core on a script, as a process of its own: `python -m tests.records.scripted_core FOLDER`.

The real core loop, journal writer, journal, evidence and recovery; the events and their times are scripted, and the PLC is
a pipe: each line on stdout is what has left the process (RELEASE decision, ACK row, DEAD cause). It runs on one thread, so
that the n-th system call of one run is the n-th of the next. Exit codes are the daemon's: 0, 2 could not start, 70 the
journal is dead, 75 start me again.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from controller.daemon.clock import LineClock
from controller.daemon.core_loop import CoreLoop
from controller.daemon.recovery import recover
from controller.domain.reasons import Role
from controller.line.commands import AnswerGate, CameraWork, Decide, PlcCommand, SetOutputs, WakeAt
from controller.line.events import DaemonStarted, Stamped, decode_event
from controller.line.state import encode_state
from controller.records.errors import EvidenceError, JournalDead, RecordsError
from controller.records.evidence import EvidenceStore
from controller.records.writer import JournalWriter
from tests.records.shift import MEDIA_TYPE, Entry, Folders, script

CHECKPOINT_EVERY_ROWS = 24
CARTONS = 4
Say = Callable[[str], None]


class Inline(Executor):
    """Works in place: one thread, one order of system calls."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


class ScriptClock(LineClock):
    """Line time is what the script says, and never less than it was."""

    def __init__(self, loop: asyncio.AbstractEventLoop, last_line_ms: int) -> None:
        super().__init__(loop, last_line_ms)
        self.script_ms = last_line_ms

    def now_ms(self) -> int:
        return self.script_ms


class Pipe:
    """The PLC's end of it."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def decide(self, command: Decide) -> None:
        if command.releases:
            self._say(f"RELEASE {command.seq}")

    def command(self, command: PlcCommand) -> None: ...

    def outputs(self, command: SetOutputs) -> None: ...

    def answer_gate(self, command: AnswerGate) -> None: ...

    def look(self, command: CameraWork) -> None: ...

    def wake_at(self, command: WakeAt) -> None: ...

    def fail_safe(self) -> None:
        self._say("DEAD")

    def stop_now(self) -> None: ...


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def live(home: Path, say: Say, cartons: int = CARTONS, rows_at_least: int = 0) -> int:
    """One life on these files, new or not; its exit code. Raises what a daemon's start raises."""
    folders = Folders(home)
    folders.make()
    evidence = EvidenceStore(folders.evidence)
    journal = folders.open()
    evidence.remove_unfinished()
    recovered = recover(journal)
    executor = Inline()
    clock = ScriptClock(asyncio.get_running_loop(), max(recovered.state.facts.line_ms, journal.last_line_ms))
    pipe = Pipe(say)
    writer = JournalWriter(journal, executor)
    core = CoreLoop(recovered.state, writer, clock, pipe, pipe, checkpoint_every_rows=CHECKPOINT_EVERY_ROWS)
    core.journal_seq = journal.last_seq
    say(f"OPEN {journal.last_seq} {recovered.differs_at}")
    running = asyncio.create_task(core.run())
    try:
        await core.submit(DaemonStarted("script", "0"), actor="daemon", role=Role.LINE)
        entries = script(cartons)
        while True:
            start_ms = clock.script_ms
            for entry in entries:
                say(f"ACK {await _feed(core, clock, evidence, entry, start_ms)}")
            if journal.last_seq >= rows_at_least:
                break
        say("STOPPING")
        await writer.save_checkpoint(core.journal_seq, encode_state(core.state))
        await writer.close()
    except EvidenceError as error:
        say(f"REFUSED {error.code}")
        return 75
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        journal.abandon()
    say("END")
    return 0


async def _feed(core: CoreLoop, clock: ScriptClock, evidence: EvidenceStore, entry: Entry, start_ms: int) -> int:
    stamped: Stamped = decode_event(entry.row.event)
    for data in entry.evidence:
        evidence.put(data, MEDIA_TYPE)
    clock.script_ms = max(clock.script_ms, start_ms + stamped.line_ms)
    applied = await core.submit(stamped.event, actor=stamped.actor, role=stamped.role)
    return applied.seq


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripted_core", description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--cartons", type=int, default=CARTONS)
    parser.add_argument("--rows-at-least", type=int, default=0, help="tell the script again until so many rows are there")
    asked = parser.parse_args(arguments)
    try:
        return asyncio.run(live(asked.home, _say, asked.cartons, asked.rows_at_least))
    except JournalDead as error:
        sys.stderr.write(f"{error}\n")
        return 70
    except (RecordsError, OSError) as error:
        sys.stderr.write(f"can not start: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

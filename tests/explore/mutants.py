"""Deliberate bugs, put into the controller by tests alone: each must be found by a checker within the seeds it states.

One rule: a mutant that survives is a hole in faults or checkers, and is mended there. `python -m tests.explore.mutants`
runs them all and prints the table of docs/reliability.md.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from controller.daemon import recovery, service
from controller.daemon.plc_link import PlcLink
from controller.line import routing
from controller.line.state import Draft
from controller.records import journal_file
from controller.records.rows import NewRow
from controller.records.writer import JournalWriter
from controller.rehearsal.explore import Choice, run_quietly
from drivers.plc.codec import RingRecord

Patch = pytest.MonkeyPatch


def _nothing(*_arguments: Any) -> list[Any]:
    return []


def act_before_sync(patch: Patch) -> None:
    """Rows count as durable before they are written."""
    real, kept = JournalWriter.append, set[asyncio.Task[int]]()

    async def append(self: JournalWriter, rows: Sequence[NewRow]) -> int:
        ahead = getattr(self, "_ahead", self._journal.last_seq) + len(rows)
        self._ahead = ahead  # type: ignore[attr-defined]
        task = asyncio.create_task(real(self, rows))
        kept.add(task)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return ahead

    async def save_checkpoint(self: JournalWriter, seq: int, state: bytes) -> object:
        await asyncio.gather(*kept, return_exceptions=True)
        return await saved(self, seq, state)

    saved = JournalWriter.save_checkpoint
    patch.setattr(JournalWriter, "append", append)
    patch.setattr(JournalWriter, "save_checkpoint", save_checkpoint)


def no_full_sync(patch: Patch) -> None:
    """synchronous=NORMAL: a commit is not on the disk when it returns."""
    weak = tuple(("synchronous", "NORMAL", 1) if s[0] == "synchronous" else s for s in journal_file.WRITER_SETTINGS)
    patch.setattr(journal_file, "WRITER_SETTINGS", weak)


def ack_before_durable(patch: Patch) -> None:
    """PLC events are acknowledged when they are read."""
    real = PlcLink._ring

    def ring(self: PlcLink, records: tuple[RingRecord, ...], at_s: float, *, backlog: bool) -> None:
        for record in records:
            self._acknowledge(record)
        real(self, records, at_s, backlog=backlog)

    patch.setattr(PlcLink, "_ring", ring)


def identity_ignored(patch: Patch) -> None:
    """What the readers saw does not matter."""
    patch.setattr(routing, "_identity_blockers", _nothing)


def holds_ignored(patch: Patch) -> None:
    patch.setattr(routing, "hold_blockers", lambda draft, carton: ())


def weight_ignored(patch: Patch) -> None:
    patch.setattr(routing, "weight_blockers", lambda draft, passage: ())


def papers_ignored(patch: Patch) -> None:
    """An unknown or missing word of customs counts as released."""
    patch.setattr(routing, "paper_blockers", lambda draft, carton: ())


def holds_dropped_on_restart(patch: Patch) -> None:
    real = recovery.recover

    def recover(journal: Any) -> Any:
        found = real(journal)
        found.state.holds.clear()
        return found

    patch.setattr(service, "recover", recover)


def verify_is_scan(patch: Patch) -> None:
    """The verify read is taken for granted: it says what the induct read said."""
    real = routing._identity_blockers

    def trusting(draft: Draft, passage: Any) -> list[Any]:
        return real(draft, msgspec.structs.replace(passage, verify_identity=passage.scan_identity))

    patch.setattr(routing, "_identity_blockers", trusting)


def sequence_starts_again(patch: Patch) -> None:
    """Every decision has the sequence 1."""
    patch.setattr(routing, "next_sequence", lambda before: 1)


def lost_task(patch: Patch) -> None:
    """A PLC task that fails is not started again."""

    async def once(self: PlcLink) -> None:
        assert self._driver is not None
        try:
            async with asyncio.timeout(40):
                await self._driver.run()
        except TimeoutError:
            await asyncio.Event().wait()

    patch.setattr(PlcLink, "run", once)


class Mutant(msgspec.Struct, frozen=True):
    """`within`: so many seeds from 1 on are enough. `quick`: part of every test run."""

    plant: Callable[[Patch], None]
    within: int
    quick: bool = False


MUTANTS = {
    mutant.plant.__name__: mutant
    for mutant in (
        Mutant(act_before_sync, 10, quick=True), Mutant(no_full_sync, 20), Mutant(ack_before_durable, 10, quick=True),
        Mutant(identity_ignored, 10, quick=True), Mutant(holds_ignored, 60), Mutant(weight_ignored, 40),
        Mutant(papers_ignored, 10, quick=True), Mutant(holds_dropped_on_restart, 60), Mutant(verify_is_scan, 20),
        Mutant(sequence_starts_again, 10, quick=True), Mutant(lost_task, 20),
    )
}  # fmt: skip


def seeds_until_found(mutant: Mutant, within: int | None = None) -> tuple[int, str]:
    """The first seed that finds it and by which checker; (0, "") if none does."""
    with pytest.MonkeyPatch.context() as patch:
        mutant.plant(patch)
        for seed in range(1, (within or mutant.within) + 1):
            outcome = run_quietly((Choice((seed,)), seed))
            if not outcome.ok:
                first = outcome.breaches[0]
                return seed, f"{first.invariant}: {first.what}"
    return 0, ""


def main() -> None:
    names, within = sys.argv[2:] or list(MUTANTS), int(sys.argv[1]) if len(sys.argv) > 1 else None
    for name in names:
        seed, what = seeds_until_found(MUTANTS[name], within)
        print(f"{name:<26} {seed or 'SURVIVED':>8}  {what[-160:]}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()

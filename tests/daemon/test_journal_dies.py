"""A disk that fails at the start, in the middle and at the end of a daemon's life: always exit 70, the journal is dead."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.records.journal import Journal
from controller.records.verify import verify
from simulators.world.disk import CrashDisk
from tests.daemon.virtual_line import VirtualLine, virtual_line

pytestmark = pytest.mark.virtual


@pytest.fixture
def disk() -> Iterator[CrashDisk]:
    made = CrashDisk(random.Random(1))
    yield made
    made.close()


async def ended(line: VirtualLine) -> int:
    assert line._served is not None
    async with asyncio.timeout(30):
        return await line._served


async def test_a_failing_disk_in_the_middle(tmp_path: Path, disk: CrashDisk) -> None:
    async with virtual_line(tmp_path) as line:
        await line.until(lambda: line.daemon and line.daemon.core and line.state.facts.plc_synced)
        disk.fail_next = 1
        line.sim.press("start")
        assert await ended(line) == 70


async def test_a_disk_that_is_full_from_the_first_row_on(
    tmp_path: Path, disk: CrashDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal opens, then its first row does not fit: this is no wrong configuration (2), but a dead journal."""
    opened = Journal.open

    def then_full(*arguments: object, **options: object) -> Journal:
        journal = opened(*arguments, **options)  # type: ignore[arg-type]
        disk.full = True
        return journal

    monkeypatch.setattr(Journal, "open", then_full)
    async with virtual_line(tmp_path) as line:
        assert await ended(line) == 70


@pytest.mark.parametrize("operations", range(1, 14))
async def test_a_disk_that_fails_while_the_daemon_stops(tmp_path: Path, disk: CrashDisk, operations: int) -> None:
    """Last row, last checkpoint, last mark, the log moved into the file: whichever fails, it is told and nothing is lost."""
    async with virtual_line(tmp_path) as line:
        await line.until(lambda: line.daemon and line.daemon.core and line.state.facts.plc_synced)
        await asyncio.sleep(1)
        seq, healthy = line.core.journal_seq, disk.operations
        original = disk.before

        def before(writes: bool) -> None:
            if disk.operations == healthy + operations - 1:
                disk.fail_next = 1
            original(writes)

        disk.before = before  # type: ignore[method-assign]
        assert await line.stop_daemon() == 70
    report = verify(line.home / "journal" / "journal.sqlite", line.home / "anchor" / "anchors.jsonl")
    assert report.ok, report.cause
    assert report.rows >= seq


async def test_a_disk_too_slow_for_the_last_row_is_told_and_the_daemon_stops_as_it_was_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("controller.daemon.service.STOP_WITHIN_S", 0.0)
    async with virtual_line(tmp_path) as line:
        await line.until(lambda: line.daemon and line.daemon.core and line.state.facts.plc_synced)
        assert await line.stop_daemon() == 0
    assert "the stop was not recorded within" in caplog.text
    report = verify(line.home / "journal" / "journal.sqlite", line.home / "anchor" / "anchors.jsonl")
    assert report.ok, report.cause

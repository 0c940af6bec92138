"""System calls that fail, and a disk that is full, under real processes: fail-stop, the documented exit code, nothing lost.

strace lets the n-th call of a name fail with EIO or ENOSPC. What a failing call may not do is told by `failing_calls`.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from controller.records.verify import verify
from simulators.oracle.judging import judge
from tests.line.line_story import CARRIER, s10
from tests.records.failing_calls import ROOT, attempt, may_trace, points, spread
from tests.records.shift import Folders
from tests.wire.line_bench import RELEASE, LineBench, line_bench

pytestmark = [pytest.mark.wire, pytest.mark.kill]
POINTS = 60
# SQLite says nothing when the directory of a new log can not be synced (Journal.open syncs it itself, and that counts),
# nor when a log or its index can not be deleted at the end (every row is in the file by then). The evidence store makes its own
# directory again when it is there already: that call may fail, the first one may not.
HARMLESS = {
    "openat journal", "fdatasync journal", "unlink journal/journal.sqlite-wal", "unlink journal/journal.sqlite-shm",
    "mkdir evidence",
}  # fmt: skip

needs_strace = pytest.mark.skipif(bool(may_trace()), reason=may_trace())


@needs_strace
def test_every_kind_of_call_may_fail_once(tmp_path: Path) -> None:
    everything = points(tmp_path)
    chosen = spread(everything, POINTS)
    came = [attempt(point, tmp_path) for point in chosen]
    assert [f"{one.point}: {one.wrong}" for one in came if one.wrong] == []
    assert len(came) == POINTS
    assert {point.kind for point in chosen} == {point.kind for point in everything}
    assert {one.point.kind for one in came if one.silent} <= HARMLESS
    assert {one.code for one in came} == {0, 2, 70, 75}


FULL = """
set -e
mount -t tmpfs -o size=1m none "$1"
"$2" -m tests.records.scripted_core "$1/data" --rows-at-least 100000 >"$3/left" 2>"$3/said" || echo $? >"$3/code"
df --output=avail "$1" | tail -1 >"$3/space"
mount -o remount,size=64m "$1"
"$2" -m tests.records.scripted_core "$1/data" >"$3/again" 2>>"$3/said"
cp -r "$1/data" "$3/"
"""


def may_mount() -> str:
    tried = subprocess.run(
        ["unshare", "-rm", "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True, text=True, check=False
    )
    return (
        "" if tried.returncode == 0 else f"mounting a file system of its own is not permitted here: {tried.stderr.strip()[:200]}"
    )


@pytest.mark.skipif(bool(may_mount()), reason=may_mount())
def test_a_file_system_of_one_megabyte_runs_full(tmp_path: Path) -> None:
    for name in ("disk", "out"):
        (tmp_path / name).mkdir()
    command = ["unshare", "-rm", "bash", "-c", FULL, "full", str(tmp_path / "disk"), sys.executable, str(tmp_path / "out")]
    subprocess.run(command, check=True, timeout=120, cwd=ROOT)
    out = tmp_path / "out"
    left, again = (out / "left").read_text().splitlines(), (out / "again").read_text().splitlines()
    assert (out / "code").read_text().strip() == "70", (out / "said").read_text()
    assert "full" in (out / "said").read_text()
    assert left[-1] == "DEAD"
    acknowledged = int(next(line for line in reversed(left) if line.startswith("ACK")).split()[1])
    assert acknowledged > 100
    assert again[0].split() == ["OPEN", again[0].split()[1], "0"]
    assert int(again[0].split()[1]) >= acknowledged
    assert again[-1] == "END"
    folders = Folders(out / "data")
    assert verify(folders.journal, folders.anchors).ok


@needs_strace
@pytest.mark.fast_clock
async def test_a_line_whose_disk_fails_releases_nothing_more_and_comes_back(tmp_path: Path) -> None:
    """The real daemon on real wires; every sync of a file fails from a moment in the middle of its work on."""
    numbers = [s10(50000000 + n) for n in range(6)]
    async with line_bench(tmp_path) as bench:
        daemon = bench.daemon()
        tracing = ["strace", "-D", "-f", "-o", str(tmp_path / "calls"), "-e", "trace=fdatasync"]
        await daemon.start(*tracing, "-e", "inject=fdatasync:error=EIO:when=60+")
        await bench.running(daemon)
        await bench.papers(daemon, *numbers)
        feeding = asyncio.create_task(feed(bench, numbers[:3], 1))
        async with asyncio.timeout(120):
            assert await daemon.ends() == 70, daemon.log()
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        await bench.emptied(120)
        await daemon.start()
        await bench.running(daemon)
        before = len(bench.sim.plant.lanes[RELEASE])
        await feed(bench, numbers[3:], 11)
        await bench.until(lambda: len(bench.sim.plant.lanes[RELEASE]) == before + 3, 120)
        assert await daemon.stop() == 0, daemon.log()
    truth = {
        str(carton): {"declared": True, "list_key": f"{CARRIER}/{code}", "status": "800", "ordinary": True, "label": code,
                      "load_id": "L1"}
        for carton, code in zip((1, 2, 3, 11, 12, 13), numbers, strict=True)
    }  # fmt: skip
    (tmp_path / "expected.json").write_text(json.dumps({"cartons": truth, "scenes": []}))
    verdict = judge(tmp_path, daemon.home / "journal" / "journal.sqlite")
    assert verdict.breaches == ()
    assert verdict.release_without_decision == 0


async def feed(bench: LineBench, numbers: list[str], first: int) -> None:
    for place, number in enumerate(numbers):
        await bench.until(lambda: bench.sim.plant.free_at(-600, 900), 60)
        bench.place(first + place, number)
        await asyncio.sleep(3)

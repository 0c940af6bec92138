"""Lets one system call of a real process fail, for each in turn: `python -m tests.records.failing_calls --points N`.

`scripted_core` runs under strace once to count its calls on its own files; then again for each call and error with that
very call failing (EIO or ENOSPC, once, or from there on). Afterwards the same files are taken up without a fault. It must
have stopped with one of the daemon's exit codes, nothing may have left after it was dead, and what it acknowledged or
released by must be there. A failure that it went on after is listed: which of them is harmless is said in the test.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from controller.line.commands import decode_outcome
from controller.records.errors import RecordsError
from controller.records.journal_file import open_reader
from controller.records.verify import verify
from tests.records.scripted_core import live
from tests.records.shift import Folders

ROOT = Path(__file__).resolve().parents[2]
CALLS = ("openat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "unlink", "mkdir")
CODES = (0, 2, 70, 75)
WITHIN_S = 60
_LINE = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (.*)$")
_PATH = re.compile(r'[<"](/[^<>"]*)[>"]')


class Point(msgspec.Struct, frozen=True):
    """The n-th call of a name in the process, and the file that it is about."""

    call: str
    number: int
    path: str
    error: str
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.call} {self.number} ({self.path}) {self.error}{' from there on' if self.lasting else ''}"

    @property
    def kind(self) -> str:
        """The call and what sort of file it is about, whatever the file's name."""
        return f"{self.call} {sort_of(self.path)}"


class Came(msgspec.Struct, frozen=True):
    point: Point
    code: int
    silent: bool
    wrong: str


def sort_of(path: str) -> str:
    name = Path(path).name
    if path.startswith("evidence/") and len(path.split("/")) == 3:
        return "evidence file being written" if name.startswith(".") else "evidence file"
    return "evidence directory" if path.startswith("evidence/") else path


def may_trace() -> str:
    """Why strace can not be used here, or nothing."""
    if shutil.which("strace") is None:
        return "strace is not installed (apt-get install strace)"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"tracing processes is not permitted here: {tried.stderr.strip()[:200]}"


def run(home: Path, tracing: Sequence[str] = (), *, keeps_bytecode: bool = False) -> tuple[int, list[str], str]:
    """One life of the scripted core: exit code, what left it, what it said on stderr.

    Bytecode is the folder's own, written by one life and read by all others: each opens the very same files, whatever else runs.
    """
    command = [*tracing, sys.executable, "-m", "tests.records.scripted_core", str(home)]
    environment = os.environ | {
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(home.parent / "bytecode"),
        "PYTHONDONTWRITEBYTECODE": "" if keeps_bytecode else "1",
    }
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, check=False, env=environment, cwd=ROOT)
    return done.returncode, done.stdout.split("\n")[:-1], done.stderr


def strace(log: Path, *more: str) -> list[str]:
    return ["strace", "-f", "-y", "-o", str(log), "-e", f"trace={','.join(CALLS)}", *more]


def traced(log: Path, home: Path) -> Iterable[tuple[str, int, str]]:
    """Every call on a file below `home`: its name, its number among all calls of that name, the path below home."""
    counts: Counter[str] = Counter()
    for line in log.read_text("utf-8", "replace").splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        call, arguments, _ = found.groups()
        counts[call] += 1
        paths = [path for path in _PATH.findall(arguments) if path.startswith(f"{home}/")]
        if paths:
            yield call, counts[call], paths[-1].removeprefix(f"{home}/")


def points(folder: Path) -> list[Point]:
    """Every call of a life on new files, with both errors."""
    log, home = folder / "calls", folder / "counted"
    run(folder / "warm", keeps_bytecode=True)
    code, _, said = run(home, strace(log))
    if code != 0:
        raise RuntimeError(f"the script does not run under strace: {code} {said}")
    return [Point(call, number, path, error) for call, number, path in traced(log, home) for error in ("EIO", "ENOSPC")]


def attempt(point: Point, folder: Path) -> Came:
    """One life in which this call fails, and the next one in which nothing does."""
    home, log = folder / "data", folder / "log"
    when = f"{point.number}{'+' if point.lasting else ''}"
    code, left, said = run(home, strace(log, "-e", f"inject={point.call}:error={point.error}:when={when}"))
    injected = "(INJECTED)" in log.read_text("utf-8", "replace")
    wrong = _judge(home, code, left, said) if injected else "the call did not come"
    shutil.rmtree(home, ignore_errors=True)
    return Came(point, code, injected and code == 0, wrong)


def _judge(home: Path, code: int, left: list[str], said: str) -> str:
    if code not in CODES:
        return f"exit {code}: {said[-300:]}"
    dead = left.index("DEAD") if "DEAD" in left else len(left)
    if (code == 70) is not ("DEAD" in left) and not (code == 70 and "STOPPING" in left):
        return f"exit {code}, but it left {left[-2:]}"
    if any(line.startswith(("RELEASE", "ACK")) for line in left[dead:]):
        return f"it went on after it was dead: {left[dead:]}"
    after: list[str] = []
    try:
        again = asyncio.run(live(home, after.append))
    except (RecordsError, OSError) as error:
        return f"the next life could not start: {error}"
    if again != 0:
        return f"the next life ended with {again}"
    acknowledged = max((int(line.split()[1]) for line in left if line.startswith("ACK")), default=0)
    opened, differs = (int(word) for word in after[0].split()[1:])
    if opened < acknowledged or differs:
        return f"row {acknowledged} was acknowledged, the next life found {opened} rows and a difference at {differs}"
    missing = {line for line in left if line.startswith("RELEASE")} - _released(home, opened)
    if missing:
        return f"{missing} left without their rows"
    report = verify(Folders(home).journal, Folders(home).anchors)
    return "" if report.ok else f"verify: {report.cause}"


def _released(home: Path, until: int) -> set[str]:
    reader = open_reader(Folders(home).journal)
    try:
        rows = [row for row in reader.rows() if row.seq <= until]
    finally:
        reader.close()
    return {f"RELEASE {decision.seq}" for row in rows for decision in decode_outcome(row.outcome).decisions}


def spread(all_points: Sequence[Point], count: int) -> list[Point]:
    """So many of them, each kind of call on each sort of file first, then evenly over the life of the process."""
    first: dict[str, Point] = {}
    for place, point in enumerate(all_points):
        if (place // 2 + len(first)) % 2 == place % 2:
            first.setdefault(point.kind, point)
    rest = [point for point in all_points if point not in first.values()]
    more = max(0, count - len(first))
    chosen = set(first.values()) | {rest[place * len(rest) // more] for place in range(more)} if more else set(first.values())
    return [point for point in all_points if point in chosen]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="failing_calls", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=0, help="so many, spread over the run (default: all)")
    parser.add_argument("--lasting", action="store_true", help="the call fails from there on, not once")
    asked = parser.parse_args(arguments)
    if cause := may_trace():
        sys.stderr.write(f"failing_calls: {cause}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="calls-") as folder:
        chosen = points(Path(folder))
        chosen = spread(chosen, asked.points) if asked.points else chosen
        came = []
        for number, point in enumerate(chosen, start=1):
            came.append(attempt(msgspec.structs.replace(point, lasting=asked.lasting), Path(folder)))
            if number % 50 == 0:
                sys.stderr.write(f"{number} of {len(chosen)}, {sum(bool(one.wrong) for one in came)} wrong\n")
    for one in came:
        if one.wrong:
            sys.stdout.write(f"WRONG {one.point}: {one.wrong}\n")
    for kind, count in sorted(Counter(one.point.kind for one in came if one.silent).items()):
        sys.stdout.write(f"went on after {count} x {kind}\n")
    codes = ", ".join(f"{count} x exit {code}" for code, count in sorted(Counter(one.code for one in came).items()))
    sys.stdout.write(f"failing calls: {len(came)} ({codes}), {sum(bool(one.wrong) for one in came)} wrong\n")
    return 1 if any(one.wrong for one in came) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

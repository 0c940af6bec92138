"""What the recorder of the power cuts heard is what the kernel was asked for: the same calls, files, places and sizes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.records.failing_calls import ROOT, may_trace
from tests.records.platter import Act

pytestmark = [pytest.mark.wire, pytest.mark.kill]

CALLS = {
    "write": Act.WRITE, "pwrite64": Act.WRITE, "fsync": Act.SYNC, "fdatasync": Act.SYNC, "ftruncate": Act.TRUNCATE,
    "rename": Act.RENAME, "unlink": Act.DELETE, "mkdir": Act.MAKE_DIRECTORY,
}  # fmt: skip
CHILD = """
import json, sys
from pathlib import Path
from tests.records.recording import VFS_NAME, Recorder
from tests.records.shift import Ledger, script, work
recorder = Recorder(Path(sys.argv[1]))
with recorder.listening():
    work(recorder.root / "data", Ledger(script(4)), recorder.said, VFS_NAME)
print(json.dumps([[op.act.value, op.path, op.number, len(op.data)] for op in recorder.log]))
"""
LINE = re.compile(r"^\d+ +(\w+)\((.*)\) += (\S+)")
# Where another thread asks or ends meanwhile, strace tells one call in two lines.
BEGUN = re.compile(r"^(\d+) +(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")
PATH = re.compile(r'[<"](/[^<>"]*)[>"]')


@pytest.mark.skipif(bool(may_trace()), reason=may_trace())
def test_the_kernel_was_asked_for_exactly_what_was_written_down(tmp_path: Path) -> None:
    home, log = tmp_path / "home", tmp_path / "calls"
    home.mkdir()
    tracing = ["strace", "-f", "-y", "-s", "0", "-o", str(log), "-e", f"trace={','.join(CALLS)}"]
    done = subprocess.run(
        [*tracing, sys.executable, "-c", CHILD, str(home)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    heard = [tuple(op) for op in json.loads(done.stdout) if op[0] not in (Act.SAID.value, Act.CREATE.value)]
    asked = [call for call in map(lambda line: kernel(line, home), whole_calls(log.read_text())) if call is not None]
    # A plain write stands where the file does, which strace does not tell.
    placeless = [(act, path, 0 if place is None else heard[n][2] if place < 0 else place, size) for n, (act, path, place, size) in
                 enumerate(asked)]  # fmt: skip
    assert placeless == heard
    assert len(heard) > 300


def test_a_call_that_strace_tells_in_two_lines_is_one_where_it_began() -> None:
    told = "7  fsync(3</h/data> <unfinished ...>\n8  write(4</h/x>, 1) = 1\n7  <... fsync resumed>)             = 0\n"
    calls = whole_calls(told)
    assert calls == ["7  fsync(3</h/data>)             = 0", "8  write(4</h/x>, 1) = 1"]
    assert [kernel(call, Path("/h")) for call in calls] == [(Act.SYNC.value, "data", 0, 0), (Act.WRITE.value, "x", -1, 1)]


def whole_calls(told: str) -> list[str]:
    """The lines of strace, each call whole and where it began, whoever else spoke before it ended."""
    calls: list[str] = []
    begun: dict[str, int] = {}
    for line in told.splitlines():
        if (first := BEGUN.match(line)) is not None:
            begun[first[1]] = len(calls)
            calls.append(f"{first[1]}  {first[2]}")
        elif (rest := RESUMED.match(line)) is not None and rest[1] in begun:
            calls[begun.pop(rest[1])] += rest[2]
        else:
            calls.append(line)
    assert not begun, f"never ended: {[calls[n] for n in begun.values()]}"
    return calls


def kernel(line: str, home: Path) -> tuple[str, str, int, int] | None:
    """One call on a file of the shift as the recorder writes it down; place -1 = not told."""
    found = LINE.match(line)
    if found is None or found[3].startswith("-1"):
        return None
    path = next((p for p in PATH.findall(found[2]) if p == str(home) or p.startswith(f"{home}/")), None)
    if path is None or path.endswith("-shm"):
        return None
    name = Path(path).relative_to(home).as_posix()
    act = CALLS[found[1]]
    words = found[2].split(", ")
    if act is Act.SYNC and Path(path).is_dir():
        return Act.SYNC_DIRECTORY.value, name, 0, 0
    if act is Act.WRITE:
        return act.value, name, int(words[-1]) if found[1] == "pwrite64" else -1, int(found[3])
    return act.value, name, int(words[-1]) if act is Act.TRUNCATE else 0, 0

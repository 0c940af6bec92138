"""Which program it was that a seed was run on: a seed means its day for one program only.

One rule: `code` is taken from the files themselves, so it also tells a changed working copy from the commit it stands on.
"""

import hashlib
import os
import platform
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ("controller", "drivers", "simulators", "config")
KINDS_OF_FILE = frozenset({".py", ".toml", ".json", ".sql"})


class Program(msgspec.Struct, frozen=True):
    """`commit` ends with + where the working copy differs from it; "none" = not known."""

    version: str
    commit: str
    code: str
    python: str
    lock: str

    def __str__(self) -> str:
        return f"xiyong {self.version} commit {self.commit} code {self.code} Python {self.python} lock {self.lock}"


@cache
def this_program() -> Program:
    lock = ROOT / "uv.lock"
    return Program(
        version("xiyong-line"),
        _commit(),
        _code(),
        f"{sys.version_info.major}.{sys.version_info.minor}",
        hashlib.sha256(lock.read_bytes()).hexdigest()[:12] if lock.exists() else "none",
    )


def this_machine() -> str:
    """One line for a report: processors, system, Python."""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = platform.system()
    return f"{os.cpu_count()} virtual cores, {system}, Python {platform.python_version()}"


def _code() -> str:
    """Over every file of the program, by name and content."""
    total = hashlib.sha256()
    for room in PROGRAM:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in KINDS_OF_FILE and path.is_file():
                total.update(f"{path.relative_to(ROOT).as_posix()}\n".encode())
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:12]


def _commit() -> str:
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return "none"
    return f"{commit}+" if changed else commit


def _git(*arguments: str) -> str:
    command = ("git", "-C", str(ROOT), *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()

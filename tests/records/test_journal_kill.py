"""kill -9 of a process that writes journal, evidence and records: what it told of is there, and the rest is whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.kill

ROOT = Path(__file__).resolve().parents[2]
KILLS = 200


def kill_loop(*arguments: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "tests.records.kill_loop", "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def test_two_hundred_kills_lose_nothing_that_was_told() -> None:
    code, report = kill_loop("--kills", str(KILLS))
    assert report["broken"] == []
    assert code == 0
    assert report["kills"] == KILLS
    assert KILLS // 20 < report["in_start"] < KILLS // 2
    assert min(report["rows_told"], report["evidence"], report["followed"]) > KILLS
    assert report["checkpoints"] > KILLS // 10


def test_a_process_that_tells_before_the_disk_has_it_is_found() -> None:
    code, report = kill_loop("--kills", "40", "--tells-early")
    assert code == 1
    assert report["broken"]

"""The same seed is the same day: in another process, with another hash seed; and it says so when it is asked for a story."""

import gc
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from controller.rehearsal.explore import Choice, run_quietly, story
from controller.rehearsal.swarm import drawn
from controller.rehearsal.world import World
from drivers.camera.camera import Camera
from simulators.faults.injector import Struck
from simulators.faults.kinds import ALL_KINDS, Kind
from simulators.world.network import MemoryTransport

pytestmark = pytest.mark.explore

SEED = 2
SHORT_S = 40.0
# What dies in this one leaves a stream behind that closes when it is collected.
GARBAGE_SEED = 3
# Here a start of the daemon finds a disk that fails.
UNREADABLE_SEED = 407
# Here a camera's stream is cut.
CUT_SEED = 5


def hash_in_a_process(hash_seed: str) -> str:
    command = [sys.executable, "-m", "controller", "explore", "--seed", str(SEED), "--day", f"{SHORT_S:g}", "--json"]
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode in (0, 1), done.stderr
    return str(json.loads(done.stdout)["hash"])


def test_the_same_seed_has_the_same_trace_in_two_processes_with_different_hash_seeds() -> None:
    first, second = hash_in_a_process("0"), hash_in_a_process("12345")
    assert first == second
    assert len(first) == 16


def test_when_a_process_collects_its_garbage_changes_nothing() -> None:
    before = gc.get_threshold()
    hashes = []
    for objects in (100, 100_000):
        gc.set_threshold(objects, 10, 10)
        try:
            hashes.append(run_quietly((Choice((GARBAGE_SEED,)), GARBAGE_SEED)).hash)
        finally:
            gc.set_threshold(*before)
    assert hashes[0] == hashes[1]


def test_where_the_files_of_a_day_lie_is_no_part_of_it() -> None:
    """The journal can not be opened on this one, which is said with its path."""
    choice = Choice((UNREADABLE_SEED,), day_s=SHORT_S)
    outcomes = [story(choice, UNREADABLE_SEED) for _ in range(2)]
    assert any("journal_unreadable" in line for line in outcomes[0][1])
    assert outcomes[0][0].hash == outcomes[1][0].hash


def test_a_day_that_is_over_leaves_nothing_of_its_line_behind() -> None:
    """A process runs hundreds of days: one that is kept makes each after it slower. The last loop stays until the next begins."""
    lives = []
    for _ in range(2):
        run_quietly((Choice((CUT_SEED,), strikes=(Struck(11.0, Kind.CAMERA_CUT, 1),), day_s=SHORT_S), CUT_SEED))
        gc.collect()
        lives.append(Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, World | Camera | MemoryTransport)))
    assert lives[0] == lives[1]


def test_another_seed_is_another_day_and_a_fault_that_is_left_out_leaves_the_draws_of_others_alone() -> None:
    assert drawn(1) != drawn(3)
    less = Choice((SEED,), without=(Kind.TERMINATE,), day_s=SHORT_S).options(SEED)
    assert less.mean_s == {k: m for k, m in drawn(SEED).mean_s.items() if k is not Kind.TERMINATE}


def test_the_story_of_a_seed_tells_faults_plant_wire_and_journal_in_order_of_time() -> None:
    outcome, lines = story(Choice((SEED,), day_s=SHORT_S), SEED)
    assert outcome.hash == run_quietly((Choice((SEED,), day_s=SHORT_S), SEED)).hash
    times = [float(line.split()[0]) for line in lines]
    assert times == sorted(times)
    assert {line.split()[1] for line in lines} == {"world", "plant", "wire", "journal"}
    assert any("fault " in line for line in lines)
    # Fixed columns: time, who, what, carton, track.
    inducted = next(line for line in lines if " ring induct " in line)
    track = inducted[59:70].strip()
    assert track.count(":") == 1, inducted
    decided = [line for line in lines if "-> decides" in line and line[59:70].strip() == track]
    assert all(line[44:58].strip() or "no_read" in line for line in decided), decided


def test_every_kind_of_fault_can_be_drawn() -> None:
    assert {kind for seed in range(1, 60) for kind in drawn(seed).mean_s} == set(ALL_KINDS)

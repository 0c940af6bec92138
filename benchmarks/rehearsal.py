"""How fast the rehearsal runs: line seconds a CPU second over fixed seeds, and where the time goes by room.

One rule: figures, never assertions. CPU time of this process alone counts, of one core, with all checks on (oracle included).
On a shared or hyper-threaded machine a core is worth less while its neighbour works: the gauge, a fixed piece of plain Python,
says how much the core was worth meanwhile. Rooms come from sampling (2 ms of CPU each), by the innermost frame.

    python -m benchmarks.rehearsal [--seeds 1,2,3] [--day calm]
"""

import argparse
import logging
import os
import platform
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from controller.rehearsal.named_days import named_day
from controller.rehearsal.swarm import Options, drawn
from controller.rehearsal.world import run_seed

ROOT = Path(__file__).resolve().parents[1]
SEEDS = (1, 2, 3, 4, 5, 6, 7, 8)
SAMPLE_S = 0.002
GAUGE_TURNS = 300_000
ROOMS_SHOWN = 16


def gauge_ms() -> float:
    """A fixed piece of plain Python: what this core is worth just now."""
    began = time.process_time()
    table: dict[int, tuple[int, int]] = {}
    total = 0
    for turn in range(GAUGE_TURNS):
        table[turn & 255] = (total, turn)
        total += len(table)
    return (time.process_time() - began) * 1000


class Rooms:
    """Counts samples by the room of the innermost frame."""

    def __init__(self) -> None:
        self.samples: Counter[str] = Counter()

    def take(self, _signal: int, frame: FrameType | None) -> None:
        if frame is not None:
            self.samples[_room(frame.f_code.co_filename)] += 1

    def lines(self) -> list[str]:
        whole = sum(self.samples.values()) or 1
        return [f"  {count / whole:6.1%}  {room}" for room, count in self.samples.most_common(ROOMS_SHOWN)]


def _room(file_name: str) -> str:
    path = Path(file_name)
    if path.is_relative_to(ROOT) and "site-packages" not in file_name:
        return "/".join(path.relative_to(ROOT).parts[:2])
    if "site-packages" in file_name:
        return path.parts[path.parts.index("site-packages") + 1]
    return "asyncio" if path.parent.name == "asyncio" else "Python's own"


def measured(days: list[Options], rooms: Rooms) -> tuple[float, float]:
    """(line seconds, CPU seconds) of all; one line each."""
    line_s = cpu_s = 0.0
    for options in days:
        before_ms, began = gauge_ms(), time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SAMPLE_S, SAMPLE_S)
        outcome = run_seed(options)
        signal.setitimer(signal.ITIMER_PROF, 0)
        took_s = time.process_time() - began
        worth_ms = (before_ms + gauge_ms()) / 2
        line_s, cpu_s = line_s + outcome.line_s, cpu_s + took_s
        print(
            f"seed {options.seed:>6} {'ok' if outcome.ok else 'FAILED':<6} cartons {outcome.cartons:>3}",
            f"rows {outcome.journal_rows:>5} steps {outcome.steps:>7} PLC poll {options.plc_poll_ms:>3} ms {took_s:6.2f} CPU s",
            f"{outcome.line_s / took_s:6.1f} line s a CPU s  gauge {worth_ms:3.0f} ms",
            flush=True,
        )
    return line_s, cpu_s


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", default=",".join(str(seed) for seed in SEEDS), help="fixed seeds, by commas")
    parser.add_argument("--day", default="swarm", help="the day that is drawn, by name (xiyong explore --list-scenarios)")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    print(f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}")
    seeds = [int(part) for part in arguments.seeds.split(",")]
    rooms = Rooms()
    # Imports, compiled statements and first tables are paid once a process, not once a seed.
    run_seed(drawn(seeds[0]).lasting(5.0))
    signal.signal(signal.SIGPROF, rooms.take)
    line_s, cpu_s = measured([drawn(seed, named_day(arguments.day)) for seed in seeds], rooms)
    print(f"{len(seeds)} seeds, {line_s:.0f} line seconds in {cpu_s:.1f} CPU seconds: {line_s / cpu_s:.1f} line s a CPU s")
    print("where the time went:", *rooms.lines(), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

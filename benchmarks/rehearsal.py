"""How fast the rehearsal runs: line seconds a CPU second over fixed seeds, and where the time goes by room.

One rule: figures, never assertions. CPU time of this process alone counts, of one core, with all checks on (oracle included).
On a shared or hyper-threaded machine a core is worth less while its neighbour works: the gauge, a fixed piece of plain Python
that is run every 40 ms of the run itself (the median counts), says how much the core was worth meanwhile, and so what a quiet one
would have needed. Rooms come from sampling (2 ms of CPU each), by the innermost frame.

    python -m benchmarks.rehearsal [--seeds 1,2,3] [--day calm]
"""

import argparse
import logging
import os
import platform
import signal
import statistics
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
# The gauge is told for so many turns, of which each piece does a part; on a quiet core of the machine of docs/reliability.md
# they take 33 ms.
GAUGE_TURNS, PIECE_TURNS = 300_000, 6_000
QUIET_MS = 33.0
SAMPLES_A_PIECE = 20
ROOMS_SHOWN = 16


def piece_s() -> float:
    """A fixed piece of plain Python, short enough not to be interrupted often."""
    began = time.perf_counter()
    table: dict[int, tuple[int, int]] = {}
    total = 0
    for turn in range(PIECE_TURNS):
        table[turn & 255] = (total, turn)
        total += len(table)
    return time.perf_counter() - began


class Rooms:
    """Counts samples by the room of the innermost frame, and looks at the gauge now and then."""

    def __init__(self) -> None:
        self.samples: Counter[str] = Counter()
        self.pieces_s: list[float] = []
        self._taken = 0

    def take(self, _signal: int, frame: FrameType | None) -> None:
        if frame is not None:
            self.samples[_room(frame.f_code.co_filename)] += 1
        self._taken += 1
        if self._taken % SAMPLES_A_PIECE == 0:
            self.pieces_s.append(piece_s())

    def gauge(self) -> tuple[float, float]:
        """(gauge in ms, seconds that it took itself) since the last call."""
        pieces_s, self.pieces_s = self.pieces_s or [piece_s()], []
        middle_s = statistics.median(pieces_s)
        return middle_s * GAUGE_TURNS / PIECE_TURNS * 1000, middle_s * len(pieces_s)

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


def measured(days: list[Options], rooms: Rooms) -> tuple[float, float, float]:
    """(line seconds, CPU seconds, CPU seconds that a quiet core would have needed) of all; one line each."""
    line_s = cpu_s = quiet_s = 0.0
    for options in days:
        began = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SAMPLE_S, SAMPLE_S)
        outcome = run_seed(options)
        signal.setitimer(signal.ITIMER_PROF, 0)
        worth_ms, gauging_s = rooms.gauge()
        took_s = time.process_time() - began - gauging_s
        alone_s = took_s * QUIET_MS / worth_ms
        line_s, cpu_s, quiet_s = line_s + outcome.line_s, cpu_s + took_s, quiet_s + alone_s
        print(
            f"seed {options.seed:>6} {'ok' if outcome.ok else 'FAILED':<6} cartons {outcome.cartons:>3}",
            f"rows {outcome.journal_rows:>5} steps {outcome.steps:>7} PLC poll {options.plc_poll_ms:>3} ms {took_s:6.2f} CPU s",
            f"{outcome.line_s / took_s:6.1f} line s a CPU s  gauge {worth_ms:3.0f} ms, quiet {outcome.line_s / alone_s:6.1f}",
            flush=True,
        )
    return line_s, cpu_s, quiet_s


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
    line_s, cpu_s, quiet_s = measured([drawn(seed, named_day(arguments.day)) for seed in seeds], rooms)
    print(f"{len(seeds)} seeds, {line_s:.0f} line seconds in {cpu_s:.1f} CPU seconds: {line_s / cpu_s:.1f} line s a CPU s;")
    print(f"on a quiet core (gauge {QUIET_MS:.0f} ms) {quiet_s:.1f} CPU seconds: {line_s / quiet_s:.1f} line s a CPU s")
    print("where the time went:", *rooms.lines(), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The file of a campaign: one JSON line a range of seeds, so that a long search goes on where it was stopped.

One rule: a range is written when every seed in it has run, and counts only for the program and the day it was run with.
"""

import datetime
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, get_origin

import msgspec

from controller.rehearsal.explore import Choice, outcomes
from controller.rehearsal.provenance import Program, this_machine, this_program
from controller.rehearsal.tally import Tally
from controller.rehearsal.world import Outcome

SEEDS_A_RANGE = 100


class CampaignFileError(Exception):
    """The file can not be read or written."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(f"{code}: {cause}; {next_step}")
        self.code, self.cause, self.next_step = code, cause, next_step


class Failure(msgspec.Struct, frozen=True):
    """`options` are all that were drawn for the seed."""

    seed: int
    breaches: tuple[str, ...]
    options: msgspec.Raw


class Range(msgspec.Struct, frozen=True):
    """What `first` to `last` came to. `day`: scenario and what was changed in it, in words of the command."""

    first: int
    last: int
    day: str
    program: Program
    machine: str
    jobs: int
    date: str
    tally: Tally
    failures: tuple[Failure, ...] = ()

    def __post_init__(self) -> None:
        if self.last - self.first + 1 != self.tally.seeds:
            raise ValueError(f"{self.first} to {self.last} are not {self.tally.seeds} seeds")


def day_of(choice: Choice) -> str:
    """What makes two ranges of one campaign: the same draws for the same seed."""
    parts = [choice.scenario]
    parts += [f"--only {','.join(choice.only)}"] if choice.only else []
    parts += [f"--without {','.join(choice.without)}"] if choice.without else []
    parts += [f"--day {choice.day_s:g}"] if choice.day_s else []
    return " ".join(parts)


def read_ranges(path: Path) -> list[Range]:
    """Every range in the file; none if there is no file. A last line that was cut off is left out, as if never run."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(msgspec.json.decode(line, type=Range, dec_hook=_counter))
        except msgspec.MsgspecError as error:
            if number == len(lines):
                break
            raise CampaignFileError(
                "campaign_file_wrong", f"{path} line {number}: {error}", "take the line out, its seeds run again"
            ) from error
    return found


def _counter(kind: Any, value: Any) -> Any:
    """msgspec knows no Counter: a JSON object is one here."""
    if get_origin(kind) is not Counter:
        raise NotImplementedError(f"no {kind} in a campaign file")
    return Counter(value)


def seeds_done(ranges: Iterable[Range], choice: Choice, program: Program) -> set[int]:
    mine = (r for r in ranges if r.day == day_of(choice) and (r.program.code, r.program.python) == (program.code, program.python))
    return {seed for r in mine for seed in range(r.first, r.last + 1)}


def consecutive(seeds: Iterable[int], most: int = SEEDS_A_RANGE) -> Iterator[tuple[int, int]]:
    """(first, last) of runs without a gap, none longer than `most`."""
    first = last = None
    for seed in sorted(seeds):
        if first is not None and last is not None and seed == last + 1 and seed - first < most:
            last = seed
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = seed
    if first is not None and last is not None:
        yield first, last


class Saved:
    """A campaign that writes each range as soon as it is whole, and leaves out what the file has already."""

    def __init__(self, path: Path, choice: Choice) -> None:
        self._path = path
        self._choice = choice
        self._program = this_program()
        path.parent.mkdir(parents=True, exist_ok=True)
        _mend_end(path)
        self.done = seeds_done(read_ranges(path), choice, self._program) & set(choice.seeds)
        self.todo = tuple(seed for seed in choice.seeds if seed not in self.done)

    def run(self, on_outcome: Callable[[Outcome], None]) -> Tally:
        """The seeds that were still to do; what was done before is in the file alone."""
        ranges = {seed: spot for spot in consecutive(self.todo) for seed in range(spot[0], spot[1] + 1)}
        open_ones: dict[tuple[int, int], tuple[Tally, list[Failure]]] = {}
        total = Tally()
        since_s = time.perf_counter()
        for outcome in outcomes(tuple((self._choice, seed) for seed in self.todo), self._choice.jobs):
            spot = ranges[outcome.seed]
            tally, failures = open_ones.setdefault(spot, (Tally(), []))
            tally.take(outcome)
            if not outcome.ok:
                failures.append(self._failure(outcome))
            on_outcome(outcome)
            if tally.seeds == spot[1] - spot[0] + 1:
                now_s = time.perf_counter()
                # Ranges overlap in time: each bears what went by since the one before was written.
                tally.wall_s, since_s = now_s - since_s, now_s
                self._write(spot, tally, failures)
                total.add(tally)
                del open_ones[spot]
        return total

    def _failure(self, outcome: Outcome) -> Failure:
        options = msgspec.Raw(msgspec.json.encode(self._choice.options(outcome.seed)))
        return Failure(outcome.seed, tuple(f"{b.invariant} {b.carton_no}: {b.what}" for b in outcome.breaches[:5]), options)

    def _write(self, spot: tuple[int, int], tally: Tally, failures: list[Failure]) -> None:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        whole = Range(
            *spot, day_of(self._choice), self._program, this_machine(), self._choice.jobs, today, tally, tuple(failures)
        )  # fmt: skip
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(whole) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _mend_end(path: Path) -> None:
    """A line that was being written when the machine went goes away, or the next one would be spoiled by it."""
    if not path.exists():
        return
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)

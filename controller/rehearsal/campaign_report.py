"""The tables of a campaign for docs/reliability.md, from its file.

One rule: every number is added up from the file, nothing is typed; programs and days are never added together.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from controller.rehearsal.campaign_file import Range
from controller.rehearsal.provenance import Program
from controller.rehearsal.sometimes import never
from controller.rehearsal.sometimes_names import NAMES
from controller.rehearsal.tally import Tally
from controller.rehearsal.telling import clock
from simulators.faults.kinds import Group, kinds_of

RAREST_SHOWN = 20
COLUMNS = (
    "Commit", "Python", "Day", "Seeds", "Failed", "Cartons", "Released", "Faults", "Crashes", "Line hours", "Wall time",
    "Line seconds a processor second",
)  # fmt: skip


class Chapter(msgspec.Struct):
    """All ranges of one program and one day."""

    program: Program
    day: str
    ranges: list[Range]

    @property
    def tally(self) -> Tally:
        total = Tally()
        for one in self.ranges:
            total.add(one.tally)
        return total


def chapters(ranges: Iterable[Range]) -> list[Chapter]:
    """In the order in which they were begun. A range that is in the file twice counts once."""
    found: dict[tuple[str, str, str], Chapter] = {}
    for one in ranges:
        key = (one.program.code, one.program.python, one.day)
        chapter = found.setdefault(key, Chapter(one.program, one.day, []))
        if not any(one.first <= other.last and other.first <= one.last for other in chapter.ranges):
            chapter.ranges.append(one)
    return list(found.values())


def report_lines(ranges: Iterable[Range]) -> Iterator[str]:
    """Markdown."""
    told = [(chapter, chapter.tally) for chapter in chapters(ranges)]
    yield "| " + " | ".join(COLUMNS) + " |"
    yield "|---" * len(COLUMNS) + "|"
    for chapter, tally in told:
        yield (
            f"| {chapter.program.commit} | {chapter.program.python} | {chapter.day} | {tally.seeds:,} | {len(tally.failed)}"
            f" | {tally.cartons:,} | {tally.released:,} | {sum(tally.struck.values()):,} | {sum(tally.crashes.values()):,}"
            f" | {tally.line_s / 3600:,.1f} | {clock(tally.wall_s)} | {tally.line_s / max(tally.cpu_s, 1e-9):.0f} |"
        )
    for chapter, tally in told:
        yield ""
        yield from _chapter(chapter, tally)


def _chapter(chapter: Chapter, tally: Tally) -> Iterator[str]:
    spots = ", ".join(f"{first} to {last}" for first, last in _spots(chapter.ranges))
    machines = sorted({f"{one.machine}, {one.jobs} at once" for one in chapter.ranges})
    dates = sorted({one.date for one in chapter.ranges})
    yield f"**{chapter.day}**, seeds {spots}; {chapter.program}; {'; '.join(machines)}; {dates[0]} to {dates[-1]}."
    yield ""
    yield f"Crashes: {_most_first(tally.crashes)}. Other ends of the daemon: {_most_first(tally.ended)}."
    yield ""
    yield "| Group | Faults: times struck (seeds) |"
    yield "|---|---|"
    for group in Group:
        yield f"| {group} | " + ", ".join(f"{k} {tally.struck[k]:,} ({tally.struck_in[k]:,})" for k in kinds_of(group)) + " |"
    yield ""
    missing = never(tally.seen)
    yield f"Never struck: {', '.join(tally.never_struck) or 'none'}."
    yield f"Declared rare states met: {len(NAMES) - len(missing)} of {len(NAMES)}; never: {', '.join(missing) or 'none'}."
    yield f"{len(tally.seen)} different states seen in all; the rarest: "
    yield ", ".join(f"{state} {tally.seen[state]:,} (seed {seeds[0]})" for state, _, seeds in tally.rarest[:RAREST_SHOWN]) + "."
    failures = [failure for one in chapter.ranges for failure in one.failures]
    yield ""
    yield f"Failed seeds: {len(failures)}."
    for failure in failures:
        yield f"- {failure.seed}: {'; '.join(failure.breaches)}"


def _spots(ranges: Iterable[Range]) -> Iterator[tuple[int, int]]:
    """Ranges that follow each other are one."""
    begun: tuple[int, int] | None = None
    for first, last in sorted((one.first, one.last) for one in ranges):
        if begun is not None and first == begun[1] + 1:
            begun = (begun[0], last)
            continue
        if begun is not None:
            yield begun
        begun = (first, last)
    if begun is not None:
        yield begun


def _most_first(found: Counter[str] | Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in Counter(found).most_common()) or "none"


def report_json(ranges: Iterable[Range]) -> str:
    told = [
        {"program": c.program, "day": c.day, "machines": sorted({r.machine for r in c.ranges}), "tally": c.tally,
         "failures": [failure for r in c.ranges for failure in r.failures]}
        for c in chapters(ranges)
    ]  # fmt: skip
    return msgspec.json.encode({"ok": not any(c["failures"] for c in told), "chapters": told}).decode()

"""The story of a seed in fixed columns: line time, who or where, what, which carton, which track, and the rest, by line time.

One rule: it only reads what a run left behind. A journal row is placed by the boot it belongs to, because its own line time
goes on from the boot before.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from controller.line.belt import RingKind
from simulators.oracle.sources import Fact, StoredRow, read_facts

SHOWN = 110
WHAT, CARTON, TRACK = 22, 14, 11


class Line(msgspec.Struct, frozen=True):
    """One line. `carton` is the plant's number or the code on the label, whatever the source knows."""

    at_s: float
    who: str
    what: str
    carton: str = ""
    track: str = ""
    rest: str = ""

    def __str__(self) -> str:
        return (
            f"{self.at_s:>9.3f}  {self.who:<8} {self.what:<{WHAT}} {self.carton:<{CARTON}} {self.track:<{TRACK}}"
            f" {self.rest[:SHOWN]}".rstrip()
        )


HEADING = f"{'line s':>9}  {'who':<8} {'what':<{WHAT}} {'carton':<{CARTON}} {'track':<{TRACK}} more"


def story_lines(home: Path, told: Sequence[tuple[float, str]], rows: Sequence[StoredRow]) -> list[str]:
    """Every line of the story, in order of time. What stands at the same time keeps the order world, plant, wire, journal."""
    found = [_world(at_s, what) for at_s, what in told]
    for name in ("plant", "wire"):
        found += [_fact(name, fact) for fact in read_facts(home / f"{name}.jsonl")]
    found += list(_journal(told, rows))
    return [str(line) for line in sorted(found, key=lambda line: line.at_s)]


def _world(at_s: float, what: str) -> Line:
    if what.startswith("fault "):
        kind, _, more = what.removeprefix("fault ").partition(": ")
        return Line(at_s, "world", f"fault {kind}"[:WHAT], rest=more)
    return Line(at_s, "world", what[:WHAT], rest=what[WHAT:])


def _fact(name: str, fact: Fact) -> Line:
    rest = {key: value for key, value in fact.items() if key not in ("line_ms", "fact", "carton_no")}
    told = " ".join(f"{key}={_short(value)}" for key, value in rest.items())
    what, track, words = str(fact["fact"]), "", fact.get("words")
    if fact["fact"] == "event" and words is not None:
        # Ring record: sequence, epoch, kind and zone, track id, ...
        what, track = f"event {_ring_name(words[2] >> 8)}", f"{words[1]}:{words[3]}" if words[3] else ""
    elif fact.get("record") == "decision" and words is not None:
        track = f"{words[0]}:{words[1]}"
    return Line(fact["line_ms"] / 1000, name, what[:WHAT], str(fact.get("carton_no", "")), track, told)


def _ring_name(kind: int) -> str:
    return RingKind(kind).name.lower() if kind in set(RingKind) else str(kind)


def _journal(told: Sequence[tuple[float, str]], rows: Sequence[StoredRow]) -> Iterator[Line]:
    booted = {what.removeprefix("id "): at_s for at_s, what in told if what.startswith("id ")}
    offset_s = 0.0
    for row in rows:
        stamped, outcome = json.loads(row.event), json.loads(row.outcome)
        event: dict[str, Any] = stamped["event"]
        if event["type"] == "DaemonStarted":
            offset_s = booted.get(str(event.get("boot_id")), offset_s) - row.line_ms / 1000
        at_s = row.line_ms / 1000 + offset_s
        yield _event(at_s, row.seq, event, str(stamped.get("actor") or ""))
        yield from _outcome(at_s, outcome)


def _event(at_s: float, seq: int, event: dict[str, Any], actor: str) -> Line:
    what, track = str(event["type"]), str(event.get("track", ""))
    if event.get("track_id"):
        track = f"{event['epoch']}:{event['track_id']}"
    if what == "RingEvent":
        what = f"ring {_ring_name(event['kind'])}"
    named = event.get("carton") or event.get("target") or (event.get("code") if "lane" in event or "place" in event else "")
    codes = event.get("codes")
    if not named and isinstance(codes, list) and codes:
        named = codes[0].get("text", "")
    rest = {key: value for key, value in event.items() if key not in ("type", "epoch", "track_id", "track", "carton")}
    told = " ".join(f"{key}={_short(value)}" for key, value in rest.items())
    return Line(at_s, "journal", what[:WHAT], _carton(named or ""), track, f"#{seq} {f'by {actor} ' if actor else ''}{told}")


def _outcome(at_s: float, outcome: dict[str, Any]) -> Iterator[Line]:
    for told in outcome.get("decisions") or ():
        codes = ", ".join(f"{b['code']} {b.get('subject', '')}" for b in told.get("blockers") or ())
        what = f"lane {told.get('lane_code')} seq {told.get('seq')}: {codes or 'release'}"
        yield Line(at_s, "journal", "  -> decides", _carton(told.get("carton", "")), str(told.get("track", "")), what)
    for told in outcome.get("alarms") or ():
        carton, track = _subject(str(told.get("subject", "")))
        yield Line(at_s, "journal", "  -> alarm", carton, track, f"{told.get('code')} {told.get('subject')} {told.get('detail')}")
    for told in outcome.get("refusals") or ():
        rest = f"{told.get('code')} {told.get('subject')} {told.get('cause')}"
        yield Line(at_s, "journal", "  -> refuses", rest=rest)
    for told in outcome.get("commands") or ():
        track = str(told.get("track", ""))
        rest = " ".join(f"{name}={_short(value)}" for name, value in told.items() if name not in ("type", "track"))
        yield Line(at_s, "journal", f"  -> {told.get('type')}"[:WHAT], "", track, rest)
    if outcome.get("core_fault"):
        yield Line(at_s, "journal", "  -> CORE FAULT", rest=str(outcome["core_fault"]))


def _subject(subject: str) -> tuple[str, str]:
    """An alarm's subject names a carton or a passage."""
    kind, _, name = subject.partition(":")
    return (_carton(name) if kind == "carton" else "", name if kind == "passage" else "")


def _carton(key: object) -> str:
    """The number on the label out of a key that also names who carries it."""
    return str(key).rpartition("/")[2][:CARTON]


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."

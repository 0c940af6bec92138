"""Scenes: whether each told story of the day ended as its expectation says.

The one rule: a scene without cartons, or with one the plant never saw, has failed; a story in which nothing happened proves
nothing. Expectations: `lanes` (at least one of them was its lane or is its end), `codes_any` (at least one was recorded for
it), `finally` (its end).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from simulators.oracle.accounting import key_of
from simulators.oracle.holds import reaches
from simulators.oracle.papers import normal
from simulators.oracle.plant_story import CartonStory
from simulators.oracle.run import Run
from simulators.oracle.sources import Fact
from simulators.oracle.verdict import SceneResult
from simulators.oracle.walking import AtRow
from simulators.oracle.words import LANE_NAMES, LOST, SIZE_OR_GAP, UNEXPECTED, WHY_NAMES

LANE_OF_END = {"released": "release", "inspected": "inspect", "anomaly": "anomaly"}
CODE_OF_EVENT = {LOST: "tracking_lost", UNEXPECTED: "unexpected_item", SIZE_OR_GAP: "size_or_gap_error"}
SHOWN = 6


@dataclass(slots=True)
class Day:
    """What the scenes are held against, gathered once."""

    run: Run
    end: AtRow
    held: set[str]
    alarms: dict[str, set[str]] = field(default_factory=dict)  # subject -> codes
    taken_away: set[str] = field(default_factory=set)


def gather(run: Run, end: AtRow, held: Iterable[str]) -> Day:
    day = Day(run, end, set(held))
    for row in run.journal.rows:
        for alarm in row.outcome_list("alarms"):
            day.alarms.setdefault(str(alarm.get("subject")), set()).add(str(alarm.get("code")))
        code = str(row.event.get("code", ""))
        if row.type == "CartonRemoved" and not row.outcome_list("refusals"):
            day.taken_away.add(normal(code))
        elif row.type == "RerunOrdered" and not row.outcome_list("refusals"):
            day.taken_away.discard(normal(code))  # brought back from custody
    return day


def judge_scenes(run: Run, end: AtRow, held: Iterable[str]) -> tuple[SceneResult, ...]:
    day = gather(run, end, held)
    return tuple(_judge(day, scene) for scene in run.expected["scenes"] if isinstance(scene, dict))


def _judge(day: Day, scene: Fact) -> SceneResult:
    expect = scene.get("expect") or {}
    numbers = [str(number) for number in scene.get("cartons") or ()]
    wrong: list[str] = [] if numbers else ["no carton took part"]
    seen: list[str] = []
    for number in numbers:
        carton = day.run.plant.cartons.get(number)
        if carton is None:
            wrong.append(f"carton {number} was never on the line")
            continue
        codes = recorded_codes(day, carton)
        ends = ends_of(day, carton)
        way = ">".join(LANE_NAMES.get(left.lane, str(left.lane)) for left in carton.exits) or carton.category
        seen.append(f"{number} {way}")
        wrong += [f"carton {number} {what}" for what in _differences(carton, expect, codes, ends)]
    shown = ", ".join(seen[:SHOWN]) + (f" and {len(seen) - SHOWN} more" if len(seen) > SHOWN else "")
    told = "; ".join((shown, *wrong)) if shown else "; ".join(wrong)
    title_zh, title_en = str(scene.get("title_zh", "")), str(scene.get("title_en", ""))
    return SceneResult(str(scene.get("name")), not wrong, told, title_zh, title_en)


def _differences(carton: CartonStory, expect: Fact, codes: set[str], ends: set[str]) -> list[str]:
    found: list[str] = []
    lanes = {LANE_OF_END.get(str(lane), str(lane)) for lane in expect.get("lanes") or ()}
    took = {LANE_NAMES.get(left.lane, "") for left in carton.exits} | {LANE_OF_END.get(e, e) for e in ends}
    if lanes and not lanes & took:
        found.append(f"took {', '.join(sorted(took))}, not {' or '.join(sorted(lanes))}")
    wanted = {str(code) for code in expect.get("codes_any") or ()}
    if wanted and not wanted & codes:
        found.append(f"has {', '.join(sorted(codes)) or 'no code'}, not {' or '.join(sorted(wanted))}")
    final = str(expect.get("finally") or "")
    if final and final not in ends:
        found.append(f"is {', '.join(sorted(ends))} in the end, not {final}")
    return found


def ends_of(day: Day, carton: CartonStory) -> set[str]:
    """Everything that is true of a carton at the end: its place, and whether it is held, recalled or in custody."""
    ends = {carton.category}
    if carton.carton_no in day.held:
        ends.add("held")
    key = key_of(day.run, day.end, carton)
    recalled_by_hold = any(hold.code == "recalled" for hold in day.end.holds.reaching(key, "", set()))
    if key and (recalled_by_hold or "recalled" in day.alarms.get(f"carton:{key}", ())):
        ends.add("recalled")
    number = key.partition("/")[2] or normal(str(day.run.expected_of(carton.carton_no).get("label", "")))
    if number in day.taken_away and carton.place != "on_line":
        ends.add("removed")
    if key and key in day.end.rechecks.detained():
        ends.add("detained")
    if carton.carton_no in day.run.yard.departed:
        ends.add("departed")
    if carton.category == "released" and _closed_then_released(day, key):
        ends.add("customs_released")
    if key and any(key in told["cartons"] for told in day.run.wire.port_told):
        ends.add("port_told")
    return ends


def _closed_then_released(day: Day, key: str) -> bool:
    """Customs was told that the inspection of its list has ended, and releases it."""
    list_key = day.end.papers.list_key_of(key)
    told = any(t["kind"] == "inspection_closed" and list_key in t["lists"] for t in day.run.wire.customs_told)
    found = day.end.papers.lists.get(list_key)
    return told and found is not None and found.status in day.end.papers.released_words()


def recorded_codes(day: Day, carton: CartonStory) -> set[str]:
    """Every reason the journal recorded for this carton, on any of its ways."""
    run, papers, holds = day.run, day.end.papers, day.end.holds
    tracks, key = set(run.tracks_of(carton.carton_no)), key_of(run, day.end, carton)
    codes = {
        code
        for decision in run.journal.decisions
        if decision.track in tracks or (key and decision.carton == key)
        for code in decision.codes
    }
    box = run.yard.in_box.get(carton.carton_no, "-")
    for subject in (*(f"passage:{track}" for track in tracks), f"carton:{key or '-'}", f"container:{box}"):
        codes |= day.alarms.get(subject, set())
    codes |= {CODE_OF_EVENT[ring.kind] for ring in run.journal.ring if ring.kind in CODE_OF_EVENT and ring.track in tracks}
    confirmed = [run.confirmations[left] for left in carton.exits if left in run.confirmations]
    codes |= {WHY_NAMES.get(event.arg2, "") for event in confirmed if event.arg2}
    if key:
        loads = {papers.cartons[key].load_id} - {""}
        reaching = [hold for hold in holds.all.values() if reaches(hold, key, papers.list_key_of(key), loads)]
        codes |= {hold.code for hold in reaching if hold.scope != "line"}
    return codes

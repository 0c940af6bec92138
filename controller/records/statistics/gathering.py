"""From rows of the journal to facts: each row is applied again, and what it changed is written down.

One rule: what a figure rests on is what the core itself made of the row (which carton, which alarm, which state of the line),
never a second opinion kept beside it; so the rows are applied by the same `apply`. Pure: the same rows give the same facts.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import msgspec

from controller.domain.alarms import kind_of
from controller.line.afterwards_events import EmergencyReleaseEntered, SampleReviewed
from controller.line.alarm_state import StandingAlarm
from controller.line.apply import apply
from controller.line.belt import PlcFlag, RingKind, Why
from controller.line.commands import Outcome, decode_outcome
from controller.line.events import DaemonStarted, DaemonStopping, LineCommanded, Stamped, decode_event
from controller.line.inspection_events import VerdictGiven, VerdictUndone
from controller.line.people_events import AlarmAcknowledged, AlarmUnshelved
from controller.line.plc_events import RingEvent
from controller.line.recheck_state import InspectionResult
from controller.line.shift_events import ShiftHandedOver
from controller.line.state import Draft, LineState, Passage
from controller.line.targeting import hits, targeting_blockers
from controller.records.rows import JournalRow
from controller.records.statistics.facts import (
    Acknowledged,
    Came,
    Declared,
    Diverted,
    EmergencyEntered,
    Ended,
    Explained,
    Fact,
    Judged,
    Opened,
    Reviewed,
    ShiftBegan,
    Spell,
)

UNDONE = "undone"
OTHER = "other"  # a lane that the line's configuration does not have
NOT_SAID = "not_said"
SLOW_BELOW_PERMILLE = 900  # of the speed that the line is built for
COMMAND_COUNTS_MS = 5000  # a belt that stands so soon after a person's word stands by it
EXPLAINED_WITHIN_MS = 10_000
STOPS = ("stop", "hold")
SET_RIGHT_MS = 60_000  # so far back at a start, and the clock of the run before was wrong


class Gatherer:
    """Follows one journal. `state` is that after the last row taken; `spell` what the line was in then."""

    def __init__(self, state: LineState, utc_ms: int = 0, spell: tuple[str, str] = ("", "")) -> None:
        self.state = state
        self.utc_ms = utc_ms
        self._spell = spell
        self._spell_line_ms = state.facts.line_ms
        self._command = ("", -COMMAND_COUNTS_MS)
        self._alarms = dict(state.alarms)

    def pass_over(self, row: JournalRow) -> None:
        """A row whose facts are known already: only the state follows."""
        stamped = decode_event(row.event)
        self._tell_time(row, stamped)
        apply(self.state, stamped)
        self._note_command(stamped, decode_outcome(row.outcome))
        self._alarms = dict(self.state.alarms)

    def take(self, row: JournalRow) -> list[Fact]:
        """The facts of the next row."""
        return [fact for part in self.parts(row) for fact in part()]

    def parts(self, row: JournalRow) -> list[Callable[[], list[Fact]]]:
        """Follows the next row, and what makes its facts, in this order: where one of them fails, the others can do theirs."""
        stamped, outcome, before_ms = decode_event(row.event), decode_outcome(row.outcome), self.utc_ms
        event = stamped.event
        lane_before = self._lane_of(event)
        self._tell_time(row, stamped)
        apply(self.state, stamped)
        self._note_command(stamped, outcome)
        found: list[Callable[[], list[Fact]]] = []
        if isinstance(event, RingEvent) and event.kind == RingKind.DIVERTED and not lane_before:
            found.append(partial(self._diverted, row, event))
        if isinstance(event, VerdictGiven | VerdictUndone) and not outcome.refusals:
            found.append(partial(self._judged, row, stamped, event))
        if isinstance(event, ShiftHandedOver) and not outcome.refusals:
            found.append(lambda: [ShiftBegan(row.seq, self.utc_ms, event.second)])
        found.append(partial(self._afterwards, row, stamped, outcome))
        bodies = [message.body for message in outcome.messages if message.kind == "inspection_result"]
        found += [partial(self._opened, row, body) for body in bodies]
        found.append(partial(self._alarms_changed, row, event))
        found.append(partial(self._spells_changed, row, event, before_ms))
        return found

    def _tell_time(self, row: JournalRow, stamped: Stamped) -> None:
        """The clock's time of this row. Of a clock that has leapt nothing is taken: the line's own time goes on from the last
        word that was sure, so that a leap of a year neither stops the figures nor puts a day into another one. A start is
        believed.
        """
        utc_ms, passed_ms = ms_of(row.utc), max(row.line_ms - self.state.facts.line_ms, 0)
        if stamped.utc_doubtful and self.utc_ms:
            self.utc_ms += passed_ms
        elif utc_ms:
            set_right = isinstance(stamped.event, DaemonStarted) and self.utc_ms - utc_ms > SET_RIGHT_MS
            self.utc_ms = utc_ms if set_right else max(self.utc_ms, utc_ms)

    # --- cartons ---

    def _lane_of(self, event: object) -> str:
        if not isinstance(event, RingEvent):
            return ""
        passage = self.state.passages.get(f"{event.epoch}:{event.track_id}")
        return passage.diverted_lane if passage is not None else ""

    def _diverted(self, row: JournalRow, event: RingEvent) -> list[Fact]:
        passage = self.state.passages.get(f"{event.epoch}:{event.track_id}")
        profile = self.state.facts.profile
        if passage is None or profile is None or not passage.diverted_lane:
            return []  # of an epoch that is over
        lane = profile.lane_by_name(passage.diverted_lane)
        carton = self.state.cartons.get(passage.carton)
        found = self.state.lists.get(carton.list_key) if carton is not None else None
        one = passage.inspection
        diverted = Diverted(
            row.seq, self.utc_ms, row.line_ms, passage.key, passage.carton, carton.list_key if carton is not None else "",
            passage.diverted_lane, lane.kind.value if lane is not None else OTHER, _why(event.arg2),
            passage.ordered.blockers if passage.ordered is not None else (),
            _chapters(found.declared) if found is not None else (), found.declared.ebc_code if found is not None else "",
            passage.load_id, bool(passage.previous), self._asked(passage), carton.selection if carton is not None else "",
            one.image.low.sha256 if one is not None and one.image is not None and one.bound else "",
            one.verdict if one is not None else "", one.verdict_by if one is not None else "",
        )  # fmt: skip
        if found is None:
            return [diverted]
        return [diverted, Declared(found.key, msgspec.json.encode(found.declared))]

    def _asked(self, passage: Passage) -> tuple[str, ...]:
        """Why customs wanted a look at it by its rules and its draw, whatever an officer said afterwards."""
        draft = Draft(self.state, self.state.facts.line_ms)
        carton = self.state.cartons.get(passage.carton)
        if carton is None:
            return ()
        found = self.state.lists.get(carton.list_key)
        rules = self.state.facts.rules
        codes = [one.code for one in targeting_blockers(draft, carton) if one.code != "rule_hit"]
        hit = [rule.rule_id for rule in rules.rules if hits(rule, found)] if rules is not None and found is not None else []
        return (*codes, *hit)

    # --- officers ---

    def _judged(self, row: JournalRow, stamped: Stamped, event: VerdictGiven | VerdictUndone) -> list[Fact]:
        passage = self.state.passages.get(event.track)
        one = passage.inspection if passage is not None else None
        came_ms = one.image.at_ms if one is not None and one.image is not None else row.line_ms
        verdict = event.verdict if isinstance(event, VerdictGiven) else UNDONE
        carton = passage.carton if passage is not None else ""
        took_ms = max(row.line_ms - came_ms, 0)
        return [Judged(row.seq, self.utc_ms, event.track, carton, event.image, stamped.actor, verdict, took_ms)]

    def _opened(self, row: JournalRow, body: str) -> list[Fact]:
        result = msgspec.json.decode(body, type=InspectionResult)
        return [Opened(row.seq, self.utc_ms, result.carton, result.matched, result.outcome)]

    def _afterwards(self, row: JournalRow, stamped: Stamped, outcome: Outcome) -> list[Fact]:
        event = stamped.event
        if outcome.refusals:
            return []
        if isinstance(event, EmergencyReleaseEntered):
            return [EmergencyEntered(row.seq, self.utc_ms, event.count)]
        if isinstance(event, SampleReviewed):
            about = (event.track, event.carton, event.image)
            return [Reviewed(row.seq, self.utc_ms, *about, stamped.actor, event.verdict, event.first, event.cause)]
        return []

    # --- alarms ---

    def _alarms_changed(self, row: JournalRow, event: object) -> list[Fact]:
        found: list[Fact] = []
        now, before = self.state.alarms, self._alarms
        self._alarms = dict(now)
        for key, one in now.items():
            old = before.get(key)
            if old is one:
                continue
            if not isinstance(event, AlarmUnshelved) and _counts(old, one):
                if old is not None and old.active and not old.suppressed_by:  # once more: the one before is over
                    found.append(Ended(key, self.utc_ms))
                found.append(Came(row.seq, len(found), self.utc_ms, key, one.code))
            if one.acked_by and (old is None or not old.acked_by):
                found.append(Acknowledged(key, self.utc_ms))
            if not one.active and old is not None and old.active:
                found.append(Ended(key, self.utc_ms))
        for key in before:
            if key not in now:
                if isinstance(event, AlarmAcknowledged):
                    found.append(Acknowledged(key, self.utc_ms))
                found.append(Ended(key, self.utc_ms))
        return found

    # --- the line ---

    def _note_command(self, stamped: Stamped, outcome: Outcome) -> None:
        event = stamped.event
        if isinstance(event, LineCommanded) and event.command in STOPS and not outcome.refusals:
            self._command = (f"commanded_{event.command}", stamped.line_ms)

    def _spells_changed(self, row: JournalRow, event: object, before_ms: int) -> list[Fact]:
        found: list[Fact] = []
        if isinstance(event, DaemonStarted) and before_ms and self._spell[0] != "off":
            # Nothing was written down since: what the line did then nobody knows.
            self._spell = ("off", "daemon_off")
            found.append(Spell(row.seq, 0, before_ms, *self._spell))
        return found + self._spell_changed(row, event)

    def _spell_changed(self, row: JournalRow, event: object) -> list[Fact]:
        kind, cause = spell_of(self.state)
        if isinstance(event, DaemonStopping):
            kind, cause = "off", "daemon_off"
        if kind == "stopped":
            cause = self._why_stopped(row.line_ms)
            if self._spell[0] == "stopped":
                said = self._spell[1]
                late = row.line_ms - self._spell_line_ms > EXPLAINED_WITHIN_MS
                if said != NOT_SAID or cause == NOT_SAID or late:
                    return []
                self._spell = (kind, cause)
                return [Explained(cause)]
        if (kind, cause) == self._spell:
            return []
        self._spell, self._spell_line_ms = (kind, cause), row.line_ms
        return [Spell(row.seq, 1, self.utc_ms, kind, cause)]

    def _why_stopped(self, line_ms: int) -> str:
        """What stopped the line: the newest of alarms and a person's word, else a full lane, else what stands since before."""
        since_ms = (self._spell_line_ms if self._spell[0] == "stopped" else line_ms) - EXPLAINED_WITHIN_MS
        stand = [one for one in self.state.alarms.values() if one.active and kind_of(one.code).stops]
        stand.sort(key=lambda one: (-one.since_ms, not one.first_out, kind_of(one.code).priority, one.key))
        fresh = [one for one in stand if one.since_ms >= since_ms and not one.suppressed_by]
        command, said_ms = self._command
        if fresh and fresh[0].since_ms >= said_ms:
            return fresh[0].code
        if line_ms - said_ms <= COMMAND_COUNTS_MS:
            return command
        if fresh:
            return fresh[0].code
        status = self.state.facts.plc_status
        if status is not None and status.lane_full:
            return "lane_full"
        return stand[-1].code if stand else NOT_SAID


def spell_of(state: LineState) -> tuple[str, str]:
    """What the line is doing, by the state alone; why it stands is said elsewhere."""
    facts = state.facts
    status = facts.plc_status
    if facts.profile is None or not facts.plc_synced or status is None:
        return "away", "plc_not_ready"
    if not status.flags & PlcFlag.RUNNING:
        return "stopped", NOT_SAID
    if facts.infeed_paused_ms >= 0:
        return "slow", "infeed_paused"
    if status.speed_mm_s * 1000 < facts.profile.speed_mm_s * SLOW_BELOW_PERMILLE:
        return "slow", "belt_slow"
    return ("working", "") if facts.live else ("waiting", "no_cartons")


def _counts(old: StandingAlarm | None, one: StandingAlarm) -> bool:
    """Whether the core has counted it anew: it began, or what it followed from is over and it still stands."""
    if one.suppressed_by:
        return False
    if old is None:
        return True
    if one.shelved_until_ms < 0 and one.active and (old.suppressed_by or (old.shelved_until_ms >= 0 and not one.acked_by)):
        return True
    return one.times > old.times and not (old.standing and old.active)


def _why(number: int) -> str:
    return Why(number).name.lower() if number in tuple(Why) else str(number)


def _chapters(declared: object) -> tuple[str, ...]:
    items = getattr(declared, "items", ())
    found = sorted({item.gcode[:2] for item in items if item.gcode[:2].isdigit() and len(item.gcode) >= 2})
    return (*found, "+") if getattr(declared, "items_cut", 0) else tuple(found)


def ms_of(utc: str) -> int:
    """Milliseconds since 1970; 0 for what is no time, so that it moves nothing."""
    try:
        return int(datetime.fromisoformat(utc).timestamp() * 1000)
    except ValueError:
        return 0

"""A day of a line for statistics: what happens to it as rows of a journal, and the same figures reckoned from raw events alone.

One rule: `Reckoning` reads events, and of outcomes only whether an act was refused; it applies nothing and shares no code with
what it judges.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from controller.domain.declarations import DeclaredItem
from controller.domain.reasons import Role
from controller.line.belt import PlcFlag, RingKind, Why
from controller.line.commands import Outcome, decode_outcome, encode_outcome
from controller.line.events import (
    AnyEvent,
    CodesRead,
    DaemonStarted,
    DaemonStopping,
    DeviceDown,
    DeviceUp,
    LineCommanded,
    ManifestList,
    Stamped,
    decode_event,
    encode_event,
)
from controller.line.inspection_events import ImageTaken, Rule, VerdictGiven, VerdictUndone
from controller.line.people_events import AlarmAcknowledged
from controller.line.plc_events import PlcLost, PlcStatus, PlcStatusChanged, PlcSynced, RingEvent
from controller.line.shift_events import ShiftHandedOver
from controller.records.rows import GENESIS, JournalRow, NewRow, chain
from tests.line.line_story import declared, s10
from tests.line.xray_story import XrayStory

START = datetime(2026, 11, 25, 0, 20, tzinfo=UTC)
HEALTHY = (
    PlcFlag.E_STOP_HEALTHY | PlcFlag.HOST_LINK_OK | PlcFlag.GUARDS_CLOSED | PlcFlag.AIR_OK | PlcFlag.XRAY_READY
)  # fmt: skip
GOODS = (("6403990090", "E1"), ("3304990039", "E2"), ("6402190000", "E1"), ("9503008900", "E3"))


class Day(XrayStory):
    """Cartons in pairs of shoes, cosmetics and toys; `rows` is the journal of it."""

    def __init__(self, start: datetime = START) -> None:
        self.start = self.utc = start
        self.pictures: Callable[[int], dict[str, Any]] = lambda track: {}
        super().__init__()
        self.rules(Rule("SHOES", "shoes", ("64",)))
        self.says(HEALTHY | PlcFlag.RUNNING)
        self.tracks = 0
        numbers = [s10(30000001 + n) for n in range(24)]
        items = [DeclaredItem(1, GOODS[n % 4][0], "goods", "", "1", "011") for n in range(24)]
        self.manifest(*(
            declared(number, ebc_code=GOODS[n % 4][1], items=(items[n],)) for n, number in enumerate(numbers)
        ))  # fmt: skip
        for number in numbers:
            self.receipt(number, "800")
        self.load("L1", *((number, number, 1, 1) for number in numbers))
        self.numbers = numbers

    def feed(self, event: AnyEvent, role: Role = Role.LINE, actor: str = "test") -> Outcome:
        outcome = super().feed(event, role, actor)
        at = self.utc + timedelta(milliseconds=self.now_ms)
        self.stamped[-1] = msgspec.structs.replace(self.stamped[-1], utc=at.isoformat(timespec="milliseconds"))
        return outcome

    def rows(self) -> list[JournalRow]:
        found: list[JournalRow] = []
        prev = GENESIS
        for seq, (stamped, outcome) in enumerate(zip(self.stamped, self.outcomes, strict=True), 1):
            new = NewRow(
                stamped.line_ms, stamped.utc, type(stamped.event).__name__, encode_event(stamped), encode_outcome(outcome),
                outcome.touched,
            )  # fmt: skip
            found.append(chain(new, seq, prev).opened())
            prev = found[-1].hash
        return found

    def passed_ms(self) -> int:
        """How long ago the day began."""
        return self.now_ms + int((self.utc - self.start).total_seconds() * 1000)

    # --- what happens ---

    def says_now(self) -> None:
        """The belt runs on: a row of this moment."""
        self.says(HEALTHY | PlcFlag.RUNNING)

    def says(self, flags: int, speed_mm_s: int = 500) -> None:
        speed = speed_mm_s if flags & PlcFlag.RUNNING else 0
        self.feed(PlcStatusChanged(PlcStatus(6, int(flags), 0, 0, 0, 0xFFFF, speed)))

    def carton(self, lane: int, verdict: str, why: int = 0) -> None:
        """A carton from the induct to a lane; an officer may judge its image on the way, and take it back."""
        if self.tracks >= len(self.numbers):
            return
        self.tracks += 1
        track, number = self.tracks, self.numbers[self.tracks - 1]
        self.before_tunnel(track, number)
        self.through(track, **self.pictures(track))
        self.analysed(track)
        if verdict:
            self.wait(700)
            self.verdict(track, "open" if verdict == "undone" else verdict, by=f"officer-{track % 3}")
        if verdict == "undone":
            self.undo(track, by=f"officer-{track % 3}")
        self.after_tunnel(track, number)
        self.divert(track, lane, why)
        if track % 2:
            self.divert(track, lane, why)  # the PLC's word on one carton a second time

    def stands(self, how: str, ms: int) -> None:
        """The belt stands for a while, for a reason that is known."""
        if how == "commanded_stop":
            self.feed(LineCommanded("stop", "x"), Role.OPERATOR, "li")
            self.says(HEALTHY)
        elif how == "e_stop":
            self.says(HEALTHY & ~PlcFlag.E_STOP_HEALTHY)
        self.wait(ms)
        self.says(HEALTHY | PlcFlag.RUNNING)

    def link_lost(self, ms: int) -> None:
        self.feed(PlcLost("plc_silent", "no answer"))
        self.wait(ms)
        self.sync(flags=int(HEALTHY | PlcFlag.RUNNING))

    def device(self, ms: int, ack: bool) -> None:
        self.feed(DeviceDown("scale", "unplugged", "no answer"))
        self.feed(DeviceDown("scale", "unplugged", "no answer"))
        self.wait(ms)
        if ack:
            self.feed(AlarmAcknowledged("device_down:scale"), Role.OPERATOR, "li")
        self.feed(DeviceUp("scale"))

    def daemon_off(self, ms: int, clean: bool) -> None:
        if clean:
            self.feed(DaemonStopping("asked to"))
        self.now_ms += 1000
        self.utc += timedelta(milliseconds=ms - 1000)
        self.feed(DaemonStarted(f"boot-{len(self.stamped)}", "test"))
        self.wait(11_000)
        self.sync(flags=int(HEALTHY | PlcFlag.RUNNING))

    def hand_over(self, to: str) -> None:
        self.feed(ShiftHandedOver("", "", to), Role.OPERATOR, "li")


class Reckoning:
    """The figures of a window, from raw events."""

    def __init__(self, rows: list[JournalRow], from_ms: int, to_ms: int) -> None:
        self.from_ms, self.to_ms = from_ms, to_ms
        self.taken: list[tuple[int, int, str, str, str]] = []  # clock, lane code, number on the label, why, who has the shift
        self.words: dict[tuple[str, str], tuple[int, str, int]] = {}
        self.goods: dict[str, tuple[str, str]] = {}
        self.ms: Counter[str] = Counter()
        self.stops: Counter[str] = Counter()
        self.came: list[tuple[int, str]] = []
        self.acked_after_ms: list[int] = []
        self._number = ""
        self._seen: set[tuple[int, int]] = set()
        self._images: dict[str, int] = {}
        self._flags, self._synced, self._lead = 0, False, ""
        self._down_since, self._last_ms, self._state = 0, 0, ""
        self._unseen: list[int] = []
        self._e_stop = False
        for row in rows:
            self._row(decode_event(row.event), decode_outcome(row.outcome))
        self.last_ms = self._last_ms
        self._passes(self.last_ms)

    def _row(self, stamped: Stamped, outcome: Outcome) -> None:
        event, at_ms = stamped.event, int(datetime.fromisoformat(stamped.utc).timestamp() * 1000)
        if isinstance(event, DaemonStarted):
            self._state = "off"  # also where nobody said goodbye
        self._passes(at_ms)
        self._paper(event)
        if isinstance(event, PlcStatusChanged | PlcSynced):
            self._status(event, at_ms)
        elif isinstance(event, PlcLost | DaemonStarted):
            self._synced = False
        elif isinstance(event, ShiftHandedOver):
            self._lead = event.second
        elif isinstance(event, RingEvent) and event.kind == RingKind.DIVERTED:
            self._diverted(event, at_ms)
        elif isinstance(event, VerdictGiven | VerdictUndone) and not outcome.refusals:
            verdict = event.verdict if isinstance(event, VerdictGiven) else "undone"
            self.words[stamped.actor, event.image] = (at_ms, verdict, stamped.line_ms - self._images[event.image])
        else:
            self._device(event, at_ms)
        before, self._state = self._state, self._now(event)
        if self._state in ("stopped", "away") and before != self._state and self._inside(at_ms):
            away, pressed = self._state == "away", self._e_stop
            self.stops["plc_not_ready" if away else "e_stop" if pressed else "commanded_stop"] += 1

    def _now(self, event: AnyEvent) -> str:
        if isinstance(event, DaemonStopping):
            return "off"
        if self._state == "off" and not isinstance(event, DaemonStarted):
            return "off"
        return "away" if not self._synced else "running" if self._flags & PlcFlag.RUNNING else "stopped"

    def _paper(self, event: AnyEvent) -> None:
        if isinstance(event, ManifestList):
            one = event.declared
            self.goods[one.logistics_no] = (one.items[0].gcode[:2], one.ebc_code)
        elif isinstance(event, ImageTaken):
            self._images[event.low.sha256] = event.at_ms
        elif isinstance(event, CodesRead) and event.role == "induct":
            self._number = event.codes[0].text  # one carton at a time

    def _status(self, event: PlcStatusChanged | PlcSynced, at_ms: int) -> None:
        self._synced = self._synced or isinstance(event, PlcSynced)
        self._flags = event.status.flags
        pressed = not self._flags & PlcFlag.E_STOP_HEALTHY
        if pressed and not self._e_stop:
            self.came.append((at_ms, "e_stop"))
        self._e_stop = bool(pressed)

    def _diverted(self, event: RingEvent, at_ms: int) -> None:
        if (event.epoch, event.track_id) in self._seen:
            return
        self._seen.add((event.epoch, event.track_id))
        self.taken.append((at_ms, event.arg1, self._number, Why(event.arg2).name.lower(), self._lead))

    def _device(self, event: AnyEvent, at_ms: int) -> None:
        if isinstance(event, DeviceDown) and not self._down_since:
            self._down_since = at_ms
            self._unseen.append(at_ms)
            self.came.append((at_ms, "device_down"))
        elif isinstance(event, AlarmAcknowledged) and self._down_since:
            self.acked_after_ms += [at_ms - came_ms for came_ms in self._unseen if self._inside(came_ms)]
            self._unseen = []  # whoever sees it sees that it came before
        elif isinstance(event, DeviceUp):
            self._down_since = 0

    def _passes(self, at_ms: int) -> None:
        """The time since the row before belongs to what was so after it."""
        if self._last_ms:
            self.ms[self._state] += max(0, min(at_ms, self.to_ms) - max(self._last_ms, self.from_ms))
        self._last_ms = max(at_ms, self._last_ms)

    def _inside(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms < self.to_ms

    def inside(self) -> list[tuple[int, int, str, str, str]]:
        return [one for one in self.taken if self._inside(one[0])]

    def judged(self) -> dict[str, list[tuple[str, int]]]:
        found: dict[str, list[tuple[str, int]]] = {}
        for (officer, _), (at_ms, verdict, took_ms) in self.words.items():
            if verdict != "undone" and self._inside(at_ms):
                found.setdefault(officer, []).append((verdict, took_ms))
        return found

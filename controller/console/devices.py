"""The devices of the line: whether each is there, how it is set, what it last said.

One rule: up or down is what the device's own driver last said; one that has said nothing yet is neither. Of the configuration
nothing leaves that opens a door: no password, no key, no file that holds one.
"""

import json
from collections import deque
from typing import Any

import msgspec

from controller.console.plan import devices_of
from controller.console.views import Value
from controller.daemon.line_profile import config_text
from controller.line.commands import Outcome
from controller.line.events import (
    AnyEvent,
    CodesRead,
    DeviceDown,
    DeviceUp,
    FrameRefused,
    NoCodeRead,
    Stamped,
    WeightRead,
    WeightUnusable,
)
from controller.line.explain import View, company_text
from controller.line.plc_events import CommandAnswered, PlcLost, PlcStatusChanged, PlcSynced
from controller.line.state import LineState
from controller.settings.model import ScannerRole, Settings

PLC = "plc"
SERVICE = "service"
EVENTS_KEPT = 10
SECRET_PARTS = ("password", "secret", "token", "key")
# Where the settings of a device of this kind stand.
TABLE_OF = {
    "scanner": "scanners", "camera": "cameras", "scale": "scales", "xray": "xray", "gate": "gates", "stack_light": "stack_lights",
}  # fmt: skip


class Said(msgspec.Struct, frozen=True):
    """One thing a device said, or that was said of it."""

    at_ms: int
    utc: str
    event: str
    text: str
    at_bench: bool = False  # a thing in a carton that officers have open


class _Standing(msgspec.Struct):
    """`up` and `since_ms` are null until the device has said something."""

    kind: str
    up: bool | None = None
    since_ms: int | None = None
    code: str = ""
    last: deque[Said] = msgspec.field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))


class Devices:
    """A listener of the core. Services of the daemon that the line works without appear once they have had trouble."""

    def __init__(self, settings: Settings, state: LineState) -> None:
        self._state = state
        self._settings: dict[str, Any] = json.loads(config_text(settings))
        self._known = {one.name: _Standing(one.kind) for one in devices_of(settings)}
        for name in state.facts.devices_down:
            self._of(name).up = False
        if state.facts.plc_synced:
            self._of(PLC).up = True

    def take(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        event = stamped.event
        about = _about(event)
        if about is not None and (about[0] in self._known or isinstance(event, DeviceDown)):
            at_bench = isinstance(event, CodesRead) and event.role == ScannerRole.BENCH
            self._of(about[0]).last.append(Said(stamped.line_ms, stamped.utc, type(event).__name__, about[1], at_bench))
        if isinstance(event, DeviceUp):
            self._said(event.device, True, stamped.line_ms)
        elif isinstance(event, DeviceDown):
            self._said(event.device, False, stamped.line_ms, event.code)
        elif isinstance(event, PlcSynced):
            self._said(PLC, True, stamped.line_ms)
        elif isinstance(event, PlcLost):
            self._said(PLC, False, stamped.line_ms, event.code)

    def value(self) -> Value:
        """The value `devices` of the live stream, the same for both views: no device tells anything of customs' own."""
        return {"list": self.rows(), "tasks_down": list(self._state.facts.tasks_down)}

    def page(self, name: str, view: View) -> Value | None:
        """One device with its settings and the ten newest things it said since the console began; nothing if it is unknown."""
        one = self._known.get(name)
        if one is None:
            return None
        last = [
            {"at_ms": said.at_ms, "utc": said.utc, "event": said.event,
             "text": said.text if view is View.CUSTOMS else _company(said)}
            for said in reversed(one.last)
        ]  # fmt: skip
        return {
            "name": name, "kind": one.kind, "up": one.up, "since_ms": one.since_ms, "code": one.code,
            "settings": self._settings_of(name, one.kind), "last": last,
        }  # fmt: skip

    def rows(self) -> list[dict[str, object]]:
        """Every device as it stands, without what it said."""
        return [
            {"name": name, "kind": one.kind, "up": one.up, "since_ms": one.since_ms, "code": one.code}
            for name, one in self._known.items()
        ]

    def newest(self) -> list[dict[str, object]]:
        """What each device said last, as the company may see it."""
        return [
            {"device": name, "event": said.event, "text": _company(said), "at_ms": said.at_ms}
            for name, one in self._known.items() for said in list(one.last)[-1:]
        ]  # fmt: skip

    def _settings_of(self, name: str, kind: str) -> dict[str, Any]:
        if kind == PLC:
            found = self._settings["plc"]
        else:
            rows = self._settings.get(TABLE_OF.get(kind, ""), ())
            found = next((row for row in rows if row["name"] == name), {})
        return {key: value for key, value in found.items() if not any(part in key for part in SECRET_PARTS)}

    def _of(self, name: str) -> _Standing:
        return self._known.setdefault(name, _Standing(SERVICE))

    def _said(self, name: str, up: bool, line_ms: int, code: str = "") -> None:
        one = self._of(name)
        if one.up is not up:
            one.since_ms = line_ms
        one.up, one.code = up, code


def _company(said: Said) -> str:
    """That a reader of the bench read is for the company, what it read is not: it tells what a carton has in it."""
    return "" if said.at_bench else company_text(said.text)


def _about(event: AnyEvent) -> tuple[str, str] | None:
    """Which device an event is of, and what it says."""
    match event:
        case PlcLost():
            return PLC, f"{event.code}: {event.cause}"
        case PlcSynced():
            return PLC, f"epoch {event.epoch}, session {event.session}, {len(event.table)} items tracked"
        case PlcStatusChanged():
            status = event.status
            return PLC, f"state {status.state}, flags {status.flags:016b}, {status.speed_mm_s} mm/s"
        case CommandAnswered():
            return PLC, f"command {event.code}: result {event.result}"
        case DeviceUp():
            return event.device, ""
        case DeviceDown():
            return event.device, f"{event.code}: {event.cause}"
        case CodesRead():
            return event.device, ", ".join(code.text for code in event.codes)
        case NoCodeRead():
            return event.device, ""
        case WeightRead():
            return event.device, f"{event.weight_g} g"
        case FrameRefused() | WeightUnusable():
            return event.device, event.cause
        case _:
            return None

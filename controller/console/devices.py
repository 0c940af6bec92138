"""The devices of the line and whether each is there.

One rule: up or down is what the device's own driver last said; one that has said nothing yet is neither.
"""

import msgspec

from controller.console.plan import devices_of
from controller.console.views import Value
from controller.line.commands import Outcome
from controller.line.events import DeviceDown, DeviceUp, PlcLost, PlcSynced, Stamped
from controller.line.state import LineState
from controller.settings.model import Settings

PLC = "plc"
SERVICE = "service"


class _Standing(msgspec.Struct):
    """`up` and `since_ms` are null until the device has said something."""

    kind: str
    up: bool | None = None
    since_ms: int | None = None
    code: str = ""


class Devices:
    """A listener of the core. Services of the daemon that the line works without appear once they have had trouble."""

    def __init__(self, settings: Settings, state: LineState) -> None:
        self._state = state
        self._known = {one.name: _Standing(one.kind) for one in devices_of(settings)}
        for name in state.facts.devices_down:
            self._of(name).up = False
        if state.facts.plc_synced:
            self._of(PLC).up = True

    def take(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        event = stamped.event
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
        rows = [
            {"name": name, "kind": one.kind, "up": one.up, "since_ms": one.since_ms, "code": one.code}
            for name, one in self._known.items()
        ]
        return {"list": rows, "tasks_down": list(self._state.facts.tasks_down)}

    def _of(self, name: str) -> _Standing:
        return self._known.setdefault(name, _Standing(SERVICE))

    def _said(self, name: str, up: bool, line_ms: int, code: str = "") -> None:
        one = self._of(name)
        if one.up is not up:
            one.since_ms = line_ms
        one.up, one.code = up, code

"""The line as configuration draws it: stations to scale, lanes, devices. It does not change while the daemon runs.

One rule: every distance is the configuration's, measured from the induct photo-eye along the belt; nothing is drawn that the
configuration does not name.
"""

import msgspec

from controller.console.views import Value
from controller.settings.cameras import CameraRole
from controller.settings.model import ScannerRole, Settings

# Where a reader or camera of this role looks at the belt; those of other roles stand beside it.
AT_STATION = {"induct": "scan", "verify": "verify"}


class Station(msgspec.Struct, frozen=True):
    """A place of the belt; an eye has no length. `zone` is the PLC's number of it."""

    name: str
    from_mm: int
    to_mm: int
    zone: int


class Device(msgspec.Struct, frozen=True):
    """A device the configuration names. `station` is empty where it does not look at the belt."""

    name: str
    kind: str
    role: str = ""
    station: str = ""


def stations_of(settings: Settings) -> tuple[Station, ...]:
    """In the order in which a carton comes to them."""
    at, zones = settings.line.geometry, settings.line.zones
    return (
        Station("induct", 0, 0, zones.induct_zone),
        Station("scan", at.scan_gate_mm, at.scan_gate_mm, zones.scan_zone),
        Station("weigh", at.weigh_from_mm, at.weigh_to_mm, zones.weigh_zone),
        Station("xray", at.xray_entry_mm, at.xray_exit_mm, zones.xray_zone),
        Station("verify", at.verify_gate_mm, at.verify_gate_mm, zones.verify_zone),
        Station("decision", at.decision_point_mm, at.decision_point_mm, zones.decision_zone),
        Station("divert", at.divert_mm, at.divert_mm, zones.divert_zone),
    )


def devices_of(settings: Settings) -> tuple[Device, ...]:
    """Every device the line is built of, the PLC first."""
    looks: list[tuple[str, str, ScannerRole | CameraRole]] = [("scanner", one.name, one.role) for one in settings.scanners]
    looks += [("camera", one.name, one.role) for one in settings.cameras]
    return (
        Device("plc", "plc"),
        *(Device(name, kind, role.value, _station(role)) for kind, name, role in looks),
        *(Device(one.name, "scale", "", "weigh") for one in settings.scales),
        *(Device(one.name, "xray", "", "xray") for one in settings.xray),
        *(Device(one.name, "gate") for one in settings.gates),
        *(Device(one.name, "stack_light") for one in settings.stack_lights),
    )


def plan_of(settings: Settings) -> Value:
    """The value `plan` of the live stream."""
    at = settings.line.geometry
    return {
        "length_mm": at.divert_mm + at.confirm_after_mm, "speed_mm_s": settings.line.speed_mm_s,
        "stations": [
            {"name": one.name, "kind": one.name, "from_mm": one.from_mm, "to_mm": one.to_mm} for one in stations_of(settings)
        ],
        "lanes": [{"name": name, "kind": lane.kind.value, "code": lane.code} for name, lane in settings.lanes.items()],
        "decision_mm": at.decision_point_mm, "deadline_mm": at.divert_mm - at.deadline_mm, "divert_mm": at.divert_mm,
        "max_carton_mm": at.max_carton_mm,
        "devices": [
            {"name": one.name, "kind": one.kind, "role": one.role, "station": one.station} for one in devices_of(settings)
        ],
    }  # fmt: skip


def _station(role: ScannerRole | CameraRole) -> str:
    return AT_STATION.get(role.value, "")

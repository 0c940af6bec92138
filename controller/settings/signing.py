"""Who must agree to a changed setting, and what it touches: customs' settings and the company's.

One rule: what is not named here as the company's own is signed by customs. The company looks after wiring, its telemetry, its
screens and the public page; whatever a decision can depend on, how people sign in, and where records lie is customs'.
"""

import functools
import hashlib
import json
import typing
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

import msgspec

from controller.settings import model
from controller.settings.provenance import entries
from controller.settings.tables import meta_of

CUSTOMS, COMPANY = "customs", "company"
# What a change can do to cartons.
RELEASE, IMAGES, GATE, BELT, LINKS, PEOPLE, RECORDS, WIRING, SCREENS, TELEMETRY, PUBLIC, NAMES = (
    "release", "images", "gate", "belt", "links", "people", "records", "wiring", "screens", "telemetry", "public", "names",
)  # fmt: skip
NEVER_CARTONS = frozenset({SCREENS, TELEMETRY, PUBLIC, NAMES, PEOPLE})
"""What touches these alone treats no carton otherwise."""

# The first that fits counts. A list of devices is named by the device.
_TABLE: tuple[tuple[str, str, str], ...] = (
    ("scanners.*.port", COMPANY, WIRING), ("scanners.*.transport", COMPANY, WIRING), ("scanners.*.baud", COMPANY, WIRING),
    ("scales.*.port", COMPANY, WIRING), ("scales.*.transport", COMPANY, WIRING), ("scales.*.baud", COMPANY, WIRING),
    ("cameras.*.url", COMPANY, WIRING), ("cameras.*.open_ms", COMPANY, WIRING), ("cameras.*.stall_ms", COMPANY, WIRING),
    ("stack_lights*", COMPANY, SCREENS),
    ("mqtt.password_file", CUSTOMS, TELEMETRY), ("mqtt.*", COMPANY, TELEMETRY),  # the daemon reads it and sends what it holds
    ("console.kiosks", COMPANY, SCREENS),
    ("console.target_per_hour", COMPANY, SCREENS), ("console.*", CUSTOMS, PEOPLE),
    ("trace.mask_list", CUSTOMS, PUBLIC), ("trace.warehouse", CUSTOMS, PUBLIC), ("trace.place", CUSTOMS, PUBLIC),
    ("trace.*", COMPANY, PUBLIC),
    ("site.name", CUSTOMS, NAMES), ("line.name", CUSTOMS, NAMES), ("export.*", CUSTOMS, RECORDS),
    ("site.*", CUSTOMS, RECORDS), ("journal.*", CUSTOMS, RECORDS), ("records.*", CUSTOMS, RECORDS),
    ("line.*", CUSTOMS, BELT), ("plc.*", CUSTOMS, BELT), ("lanes.*", CUSTOMS, RELEASE), ("rules.*", CUSTOMS, RELEASE),
    ("customs.*", CUSTOMS, LINKS), ("port.*", CUSTOMS, LINKS), ("gates*", CUSTOMS, GATE), ("departure.*", CUSTOMS, GATE),
    ("xray*", CUSTOMS, IMAGES), ("cameras*", CUSTOMS, IMAGES), ("scanners*", CUSTOMS, RELEASE), ("scales*", CUSTOMS, RELEASE),
)  # fmt: skip

# Rules that judge a carton when its lane is decided, from facts that are recorded either way: a recorded day tells what they do.
PREDICTED = frozenset({
    "rules.weight_required", "rules.weight_tolerance_g", "rules.weight_tolerance_permille", "rules.verify_read",
})  # fmt: skip


@functools.lru_cache(4096)
def owner_of(key: str) -> tuple[str, str]:
    """(who signs, what it touches) of a setting by its dotted key, a device by its name."""
    return next(((who, what) for pattern, who, what in _TABLE if fnmatchcase(key, pattern)), (CUSTOMS, RELEASE))


def applies_of(key: str) -> str:
    """What a change of this setting needs, as its description says; empty for a key of no table."""
    kind: object = model.Settings
    for name in key.split("."):
        if typing.get_origin(kind) in (dict, tuple):
            kind = next(one for one in reversed(typing.get_args(kind)) if one is not Ellipsis)
            continue  # the name of a lane or a device
        kind = typing.get_type_hints(kind, include_extras=True).get(name) if isinstance(kind, type) else None
    return str((meta_of(kind).extra or {}).get("applies", ""))


class Setting(msgspec.Struct, frozen=True):
    """One value of a whole configuration. `placed` names a device by its place from 1, as origins do."""

    key: str
    placed: str
    value: object


def flat(whole: object) -> dict[str, Setting]:
    """Every value of a configuration by its key, a device by its name. An empty list or table is a value of its own."""
    return {one.key: one for one in _flat(whole, "", "")}


def _flat(value: object, before: str, placed: str) -> Iterator[Setting]:
    for name, inner in entries(value):
        named = inner.get("name", name) if isinstance(value, list) and isinstance(inner, dict) else name
        key, place = (f"{before}.{named}", f"{placed}.{name}") if before else (str(named), name)
        if entries(inner):
            yield from _flat(inner, key, place)
        else:
            yield Setting(key, place, inner)


def customs_sha256(whole: Mapping[str, object]) -> str:
    """The hash of customs' part of a configuration, as it stands in the journal: keys and values in one form."""
    part = {key: one.value for key, one in flat(whole).items() if owner_of(key)[0] == CUSTOMS}
    return hashlib.sha256(json.dumps(part, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()

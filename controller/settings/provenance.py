"""Where each value of a configuration came from: the file, the command line, the environment, or the default.

One rule: nothing here decides a value; the same sources are read again beside `loading`, and a key that none has is a default.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

FILE, COMMAND_LINE, ENVIRONMENT, DEFAULT = "file", "command line", "environment", "default"
Origins = Mapping[str, str]


class FileSource(msgspec.Struct, frozen=True):
    """Which file a configuration was loaded from, and what was put over it."""

    path: str
    overrides: Mapping[str, object] = {}


def origins_of(path: str | Path, on_command_line: Mapping[str, object], from_environment: tuple[str, ...] = ()) -> Origins:
    """Dotted key -> origin; entries of lists by their place from 1. What is not in it is a default."""
    found = dict.fromkeys(keys_of(Path(path).read_text("utf-8-sig")), FILE)
    found |= dict.fromkeys(on_command_line, COMMAND_LINE)
    return found | dict.fromkeys(from_environment, ENVIRONMENT)


def keys_of(text: str) -> tuple[str, ...]:
    """The keys that a file with this text sets, a device by its place."""
    return tuple(_keys(tomllib.loads(text)))


def _keys(value: object, before: str = "") -> Iterator[str]:
    """Every value that is no table, by its dotted key."""
    for name, inner in entries(value):
        dotted = f"{before}.{name}" if before else name
        if entries(inner):
            yield from _keys(inner, dotted)
        else:
            yield dotted


def entries(value: object) -> list[tuple[str, object]]:
    """What stands in a table or in a list of tables; nothing for a plain value."""
    if isinstance(value, dict):
        return [(str(name), inner) for name, inner in value.items()]
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        return [(str(place), one) for place, one in enumerate(value, start=1)]
    return []

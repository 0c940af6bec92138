"""Changing single values in the text of a settings file, so that its comments stay.

One rule: what comes out is read again and must say exactly what was asked for, and nothing else may differ; where a file is
written in a way that this can not change, it says so and the whole file is proposed instead.
"""

import re
import tomllib
from collections.abc import Mapping

from controller.settings.provenance import entries

_HEAD = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^(\s*)([A-Za-z0-9_\-]+)(\s*=\s*)(.*)$")


class NotEditableError(ValueError):
    """This value can not be changed in place."""


def edited(text: str, values: Mapping[str, str]) -> str:
    """`text` with each dotted key (a device by its name) at the value that stands there in TOML; "" takes the line away."""
    for dotted, value in values.items():
        text = _one(text, dotted, value.strip())
    return text


def _one(text: str, dotted: str, value: str) -> str:
    table, _, key = dotted.rpartition(".")
    before = tomllib.loads(text)
    wanted = _with(before, dotted, value)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    start, end = _section(lines, before, table)
    line = f"{key} = {value}\n" if value else ""
    if start < 0:
        changed = [*lines, *(["\n", f"[{table}]\n", line] if value else [])]
    else:
        at = next((at for at in range(start, end) if (found := _KEY.match(lines[at])) and found[2] == key), -1)
        changed = [*lines[:at], line, *lines[at + 1 :]] if at >= 0 else [*lines[:start], line, *lines[start:]]
    after = "".join(changed)
    try:
        said = tomllib.loads(after)
    except tomllib.TOMLDecodeError as error:
        raise NotEditableError(f"{dotted}: {error}") from error
    if said != wanted:
        raise NotEditableError(f"{dotted} is written in a way that can not be changed in place: propose the whole file")
    return after


def _with(raw: dict[str, object], dotted: str, value: str) -> dict[str, object]:
    """What the file must say afterwards."""
    try:
        new = tomllib.loads(f"value = {value}")["value"] if value else None
    except tomllib.TOMLDecodeError as error:
        raise NotEditableError(f"{dotted}: {value!r} is no TOML value: {error}") from error
    copy = tomllib.loads("") | _copied(raw)
    at: object = copy
    *tables, key = dotted.split(".")
    for name in tables:
        if isinstance(at, list):
            at = next((one for one in at if isinstance(one, dict) and one.get("name") == name), None)
        elif isinstance(at, dict):
            at = at.setdefault(name, {})
    if not isinstance(at, dict):
        raise NotEditableError(f"the file has no {'.'.join(tables)}")
    if value:
        at[key] = new
    elif at.pop(key, None) is None:
        raise NotEditableError(f"the file does not set {dotted}")
    return copy


def _copied(value: dict[str, object]) -> dict[str, object]:
    return {name: _copy(inner) for name, inner in value.items()}


def _copy(value: object) -> object:
    if isinstance(value, dict):
        return _copied(value)
    return [_copy(one) for one in value] if isinstance(value, list) else value


def _section(lines: list[str], raw: dict[str, object], table: str) -> tuple[int, int]:
    """Where the lines of a table begin and end; (-1, -1) where it has no heading."""
    first, _, name = table.partition(".")
    listed = raw.get(first)
    place = 0
    if isinstance(listed, list):
        place = next((int(number) for number, one in entries(listed) if isinstance(one, dict) and one.get("name") == name), 0)
    wanted, seen = (f"[[{first}]]", 0) if place else (f"[{table}]", 0)
    start = -1
    for at, line in enumerate(lines):
        head = _HEAD.match(line)
        if head is None:
            continue
        if start >= 0:
            return start, at
        told = f"{head[1]}{head[2]}{']' * len(head[1])}"
        seen += told == wanted
        if told == wanted and (not place or seen == place):
            start = at + 1
    return (start, len(lines)) if start >= 0 else (-1, -1)

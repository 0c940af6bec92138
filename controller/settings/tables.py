"""Parsed TOML -> settings values, gathering every problem of the file.

One rule: nothing in a file is ignored. An unknown key is an error that names the nearest known one; a
table with an error is left out, so that the checks of the other tables still run.
"""

import difflib
import enum
import typing
from collections.abc import Iterable, Mapping

import msgspec

from controller.settings import cameras, console, customs, departure, model, public
from controller.settings.fields import Table
from controller.settings.problems import SettingsProblem

Missing = enum.Enum("Missing", "BAD")
BAD = Missing.BAD

_TABLES: tuple[type[Table], ...] = (
    model.Site, model.Line, model.Geometry, model.Zones, model.Lane, model.Plc, model.Scanner, model.Scale, model.StackLight,
    model.Rules, customs.Customs, model.Mqtt, model.Journal, model.Records, cameras.Camera, model.Xray, console.Console,
    departure.Gate, departure.Departure, departure.Port, public.Export, public.Trace,
)  # fmt: skip
_WORDS = {"Geometry": "line.geometry", "Zones": "line.zones", "Lane": "lanes.<name>"} | {
    "Scanner": "scanners",
    "Scale": "scales",
    "StackLight": "stack_lights",
    "Gate": "gates",
    "Camera": "cameras",
    "Xray": "xray",
}


class Reader:
    """Builds the tables of one file. `overridden` has the dotted keys that did not come from the file."""

    def __init__(self, file: str, overridden: Iterable[str] = ()) -> None:
        self.problems: list[SettingsProblem] = []
        self._file = file
        self._overridden = frozenset(overridden)

    def read(self, raw: Mapping[str, object]) -> dict[str, object]:
        """The tables without an error, by name."""
        return self._fields(model.Settings, raw, ())

    def add(self, code: str, path: tuple[str, ...], cause: str, next_step: str) -> None:
        self.problems.append(SettingsProblem(code, self.where(path), cause, next_step))

    def where(self, path: tuple[str, ...]) -> str:
        """File, table and key, as they are found in the file."""
        origin = "override" if ".".join(path) in self._overridden else self._file
        if len(path) <= 1:
            return f"{origin} [{path[0]}]" if path else origin
        *tables, key = path
        return f"{origin} [{'.'.join(tables)}] {key}"

    def _fields(self, cls: type[Table], raw: Mapping[str, object], path: tuple[str, ...]) -> dict[str, object]:
        fields = msgspec.structs.fields(cls)
        hints = typing.get_type_hints(cls, include_extras=True)
        names = [field.name for field in fields]
        for key in raw:
            if key not in hints:
                self.add("key_unknown", (*path, key), *_unknown(key, names, is_table=not path))
        values: dict[str, object] = {}
        for field in fields:
            if field.name in raw:
                values[field.name] = self._value(hints[field.name], raw[field.name], (*path, field.name))
            elif field.required:
                what = "table" if not path else "key"
                self.add("key_missing", (*path, field.name), f"this {what} is missing", f"add the {what}")
                values[field.name] = BAD
            else:
                values[field.name] = field.default
        return values

    def _value(self, kind: typing.Any, raw: object, path: tuple[str, ...]) -> object:
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if isinstance(kind, type) and issubclass(kind, Table):
            return self._table(kind, raw, path)
        if origin is dict:
            return self._by_name(inner[1], raw, path)
        if origin is tuple and isinstance(inner[0], type) and issubclass(inner[0], Table):
            return self._array(inner[0], raw, path)
        try:
            return msgspec.convert(raw, kind, strict=True)
        except msgspec.ValidationError as error:
            cause = f"{raw!r} does not fit: {str(error).replace('`', '')}"[:300]
            self.add("value_wrong", path, cause, f"give {allowed(kind)}")
            return BAD

    def _table(self, cls: type[Table], raw: object, path: tuple[str, ...]) -> object:
        if not isinstance(raw, dict):
            self.add("table_wrong", path, "this must be a table", f"write it as [{'.'.join(path)}]")
            return BAD
        values = self._fields(cls, raw, path)
        # Unknown keys are problems as well, but the values beside them can still be checked.
        return BAD if BAD in values.values() else cls(**values)

    def _by_name(self, cls: type[Table], raw: object, path: tuple[str, ...]) -> object:
        if not isinstance(raw, dict):
            self.add("table_wrong", path, "this must be tables by name", f"write them as [{path[0]}.<name>]")
            return BAD
        found = {name: self._table(cls, entry, (*path, name)) for name, entry in raw.items()}
        return BAD if BAD in found.values() else found

    def _array(self, cls: type[Table], raw: object, path: tuple[str, ...]) -> object:
        if not isinstance(raw, list):
            self.add("table_wrong", path, "this must be a list of tables", f"write each as [[{path[0]}]]")
            return BAD
        found = tuple(self._table(cls, entry, (*path, str(place))) for place, entry in enumerate(raw, start=1))
        return BAD if BAD in found else found


def _unknown(key: str, names: list[str], *, is_table: bool) -> tuple[str, str]:
    what = "table" if is_table else "key"
    if near := difflib.get_close_matches(key, names, n=1, cutoff=0.5):
        return f"there is no such {what}; the nearest is {near[0]!r}", f"write {near[0]!r}, or remove it"
    if homes := [table_name(cls) for cls in _TABLES if key in cls.__struct_fields__]:
        return f"there is no such {what} here; [{homes[0]}] has one", f"move it to [{homes[0]}]"
    everywhere = sorted({name for cls in _TABLES for name in cls.__struct_fields__} | set(names))
    near = difflib.get_close_matches(key, everywhere, n=1, cutoff=0.0)
    return f"there is no such {what}; the nearest of all is {near[0]!r}", "remove it, or see docs/settings.md"


def table_name(cls: type[Table]) -> str:
    """The name of a table in the file."""
    return _WORDS.get(cls.__name__, cls.__name__.lower())


def meta_of(kind: object) -> msgspec.Meta:
    """The description and range of an annotated setting."""
    return next((part for part in getattr(kind, "__metadata__", ()) if isinstance(part, msgspec.Meta)), msgspec.Meta())


def allowed(kind: typing.Any) -> str:
    """What a setting may be, in words."""
    meta, base = meta_of(kind), getattr(kind, "__origin__", kind)
    if isinstance(base, type) and issubclass(base, enum.Enum):
        return " or ".join(f'"{word.value}"' for word in base)
    if base is bool:
        return "true or false"
    if base is int:
        return f"a whole number from {meta.ge} to {meta.le}"
    if base is str:
        return f"a text that matches {meta.pattern}" if meta.pattern else "a text"
    return "a list of texts"

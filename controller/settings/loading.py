"""A TOML file -> `Settings`, or everything that is wrong with it.

One rule: all problems of a file are reported together, each with file, table and key. Overrides
(dotted keys, a device by its name or place) are checked like the file itself.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import TypeVar

import msgspec

from controller.settings import model, rules
from controller.settings.console import Console
from controller.settings.customs import Customs
from controller.settings.problems import SettingsError, SettingsProblem
from controller.settings.public import Trace
from controller.settings.tables import Reader

MAX_BYTES = 1024 * 1024
T = TypeVar("T")
Overrides = Mapping[str, object]


def load(path: str | Path, overrides: Overrides | None = None) -> model.Settings:
    """The settings of a file; `SettingsError` with every problem if it cannot be used."""
    settings, problems = _read(Path(path), overrides or {})
    if settings is None or problems:
        raise SettingsError(problems)
    return settings


def load_text(text: str, path: str | Path, overrides: Overrides | None = None) -> model.Settings:
    """The settings that a file at `path` with this text would give; `SettingsError` with every problem."""
    settings, problems = _said(text.encode(), Path(path), overrides or {})
    if settings is None or problems:
        raise SettingsError(problems)
    return settings


def check(path: str | Path, overrides: Overrides | None = None) -> list[SettingsProblem]:
    """Every problem of a file; empty if `load` would succeed."""
    return _read(Path(path), overrides or {})[1]


def parse_override(text: str) -> tuple[str, object]:
    """`plc.port=1502` as key and value: the value as in TOML, or else as plain text. ValueError without `=`."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ValueError(f"{text!r} is not of the form table.key=value")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()


def _read(path: Path, overrides: Overrides) -> tuple[model.Settings | None, list[SettingsProblem]]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        step = "check the path and the rights; commands take it from --config or XIYONG_CONFIG"
        return None, [SettingsProblem("file_unreadable", str(path), error.strerror or str(error), step)]
    return _said(data, path, overrides)


def _said(data: bytes, path: Path, overrides: Overrides) -> tuple[model.Settings | None, list[SettingsProblem]]:
    try:
        raw = _toml(data)
    except (ValueError, RecursionError) as error:
        step = "mend the file; values, tables and keys are written as in TOML 1.0"
        return None, [SettingsProblem("not_toml", str(path), str(error), step)]
    problems: list[SettingsProblem] = []
    changed = list(_override(raw, overrides, problems))
    reader = Reader(str(path), changed)
    values = reader.read(raw)
    _cross_check(values, reader)
    problems += reader.problems
    return (None if problems else _expanded(model.Settings(**values), path.parent)), problems  # type: ignore[arg-type]


def _toml(data: bytes) -> dict[str, object]:
    if len(data) > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES} bytes")
    return tomllib.loads(data.decode("utf-8-sig"))


def _override(raw: dict[str, object], overrides: Overrides, problems: list[SettingsProblem]) -> Iterator[str]:
    """Put the overrides into the tables; gives the keys that were changed, devices by their place."""
    for dotted, value in overrides.items():
        *tables, key = dotted.split(".")
        at: object = raw
        path: list[str] = []
        for name in tables:
            if isinstance(at, dict):
                at, name_in_path = at.setdefault(name, {}), name
            else:
                at, name_in_path = _device(at, name)
            path.append(name_in_path)
        if isinstance(at, dict):
            at[key] = value
            yield ".".join((*path, key))
        else:
            cause = f"the file has no {'.'.join(tables)} to change"
            step = "name a table of the file, or a device by its name or place from 1"
            problems.append(SettingsProblem("override_unknown", f"override {dotted}", cause, step))


def _device(entries: object, name: str) -> tuple[object, str]:
    for place, entry in enumerate(entries if isinstance(entries, list) else (), start=1):
        if isinstance(entry, dict) and name in (entry.get("name"), str(place)):
            return entry, str(place)
    return None, name


def _cross_check(values: Mapping[str, object], reader: Reader) -> None:
    """Run every check whose tables are without an error."""

    def table(name: str, kind: type[T]) -> T | None:
        value = values.get(name)
        return value if isinstance(value, kind) else None

    site, journal = table("site", model.Site), table("journal", model.Journal)
    line, plc, rule = table("line", model.Line), table("plc", model.Plc), table("rules", model.Rules)
    scanners, scales, lanes = table("scanners", tuple), table("scales", tuple), table("lanes", dict)
    customs, gates, cameras = table("customs", Customs), table("gates", tuple), table("cameras", tuple)
    found: list[rules.Found] = []
    if site and journal:
        found.append(rules.site_rules(site, journal))
    if line:
        found.append(rules.line_rules(line))
    if lanes is not None:
        found.append(rules.lane_rules(lanes))
    if lanes is not None and rule:
        found.append(rules.default_lane_rules(lanes, rule))
    if plc:
        found.append(rules.plc_rules(plc))
    if line and plc and rule and scanners is not None:
        found.append(rules.timing_rules(line, plc, rule, scanners))
    if rule and scanners is not None and scales is not None and cameras is not None:
        found.append(rules.device_rules(rule, scanners, scales, cameras))
    xray = table("xray", tuple)
    if line and rule and xray is not None:
        found.append(rules.xray_rules(line, rule, xray))
    if gates is not None and scanners is not None:
        found.append(rules.gate_rules(gates, scanners))
    if cameras is not None:
        found.append(rules.camera_rules(cameras))
    if site and (console := table("console", Console)):
        found += (rules.console_rules(console, site), rules.proxy_rules(console))
    if line and (console := table("console", Console)):
        found.append(rules.other_line_rules(console, line))
    if (told := table("console", Console)) and (trace := table("trace", Trace)):
        found.append(rules.trace_rules(trace, told))
    if customs:
        found.append(rules.status_rules(customs.released_statuses))
        found.append(rules.customs_link_rules(customs))
    for code, path, cause, next_step in (problem for some in found for problem in some):
        reader.add(code, path, cause, next_step)


def _expanded(settings: model.Settings, beside: Path) -> model.Settings:
    """Directories relative to the data directory made whole; `beside` is where the configuration lies."""
    home = settings.site.data_dir
    replace = msgspec.structs.replace
    journal = replace(
        settings.journal,
        dir=str(PurePath(home, settings.journal.dir)),
        anchor_dir=str(PurePath(home, settings.journal.anchor_dir)),
    )
    told = settings.customs

    def at_home(name: str) -> str:
        return str(PurePath(home, name.replace("{config_dir}", str(beside.absolute())))) if name else ""

    customs = replace(
        told,
        inbox_dir=at_home(told.inbox_dir),
        outbox_dir=at_home(told.outbox_dir),
        rules_file=at_home(told.rules_file),
        selection_secret_file=at_home(told.selection_secret_file),
    )
    xray = tuple(replace(one, drop_dir=str(PurePath(home, one.drop_dir))) for one in settings.xray)
    records = replace(settings.records, url=settings.records.url.replace("{data_dir}", home))
    export = replace(settings.export, key_file=at_home(settings.export.key_file))
    console = replace(settings.console, lines_secret_file=at_home(settings.console.lines_secret_file))
    return replace(settings, journal=journal, customs=customs, records=records, xray=xray, export=export, console=console)

"""What every command of `xiyong` shares: its options, its errors, reading the configuration.

One rule: an error names its code, its cause and the next step, and ends with 2.
"""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from controller.settings.shipped import shipped

if TYPE_CHECKING:
    from controller.settings.model import Settings
    from controller.settings.provenance import Origins

DEFAULT_CONFIG = shipped("simulation.toml")
Config = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="XIYONG_CONFIG", help="Configuration file (TOML).", show_default="the simulation's"),
]
Sets = Annotated[list[str] | None, typer.Option("--set", help="Override one setting: table.key=value. May be repeated.")]
Data = Annotated[
    Path | None, typer.Option("--data", envvar="XIYONG_DATA", help="Data directory, instead of the configuration's.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def fail(code: str, cause: str, next_step: str, as_json: bool = False) -> NoReturn:
    """Say what went wrong and what to do, and exit with 2."""
    if as_json:
        print(json.dumps({"ok": False, "code": code, "cause": cause, "next_step": next_step}, ensure_ascii=False))
    else:
        print(f"xiyong: {code}: {cause}\n  next step: {next_step}", file=sys.stderr)
    raise typer.Exit(2)


def setting_origins(config: Path, sets: list[str] | None, data: Path | None) -> "Origins":
    """Where each setting came from, as `load_settings` took them."""
    from controller.settings.loading import parse_override
    from controller.settings.provenance import origins_of

    given = dict(parse_override(text) for text in sets or ())
    named = os.environ.get("XIYONG_DATA", "")
    from_environment = ("site.data_dir",) if data is not None and named and Path(named) == data else ()
    if data is not None and not from_environment:
        given["site.data_dir"] = str(data)
    return origins_of(config, given, from_environment)


def overrides_of(sets: list[str] | None, data: Path | None) -> dict[str, object]:
    """What the command line and the environment put over the file."""
    from controller.settings.loading import parse_override

    overrides = dict(parse_override(text) for text in sets or ())
    if data is not None:
        overrides["site.data_dir"] = str(data.resolve())
    return overrides


def load_settings(config: Path, sets: list[str] | None, data: Path | None = None, as_json: bool = False) -> "Settings":
    from controller.settings.loading import load
    from controller.settings.problems import SettingsError

    try:
        settings = load(config, overrides_of(sets, data))
    except ValueError as error:
        fail("override_malformed", str(error), "write --set table.key=value", as_json)
    except SettingsError as error:
        if as_json:
            fail("config_wrong", str(error), "mend the file, then: xiyong check-config", as_json)
        print(f"xiyong: the configuration can not be used:\n{error}", file=sys.stderr)
        raise typer.Exit(2) from error
    from controller.daemon.field_devices import device_problems

    if problems := device_problems(settings):
        fail("config_wrong", "; ".join(str(p) for p in problems), "mend the file, then: xiyong check-config", as_json)
    return settings

"""Commands about the settings file: checking files, and putting the one that people agreed to in place.

One rule: the daemon never writes its own settings; this command does, for whoever may write the file, and only a text whose hash
the journal says was agreed to.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.cli_options import DEFAULT_CONFIG, AsJson, Config, Data, Sets, fail, load_settings, overrides_of

if TYPE_CHECKING:
    from controller.line.config_events import ConfigProposed
    from controller.settings.model import Settings


def check_config(
    files: Annotated[list[Path], typer.Argument(help="Configuration files.")],
    sets: Sets = None,
    as_json: AsJson = False,
) -> None:
    """Check configuration files: every problem of each, with the place and the next step."""
    from controller.daemon.field_devices import device_problems
    from controller.settings.loading import check, load, parse_override

    try:
        overrides = dict(parse_override(text) for text in sets or ())
    except ValueError as error:
        fail("override_malformed", str(error), "write --set table.key=value", as_json)
    found = {str(path): check(path, overrides) or device_problems(load(path, overrides)) for path in files}
    if as_json:
        rows = {name: [{"code": p.code, "where": p.where, "cause": p.cause, "next_step": p.next_step} for p in problems]
                for name, problems in found.items()}  # fmt: skip
        print(json.dumps({"ok": not any(found.values()), "files": rows}, ensure_ascii=False))
    else:
        for name, problems in found.items():
            print(f"{name}: {'ok' if not problems else f'{len(problems)} problem(s)'}")
            for problem in problems:
                print(f"  {problem}")
    raise typer.Exit(1 if any(found.values()) else 0)


def config_take(config: Config = DEFAULT_CONFIG, sets: Sets = None, data: Data = None, as_json: AsJson = False) -> None:
    """Put the settings that were agreed to at the console over the settings file; the one before is kept beside it (.before).

    Give the same --set and --data as the daemon has. The daemon takes it at its next start.
    """
    from controller.daemon.questions import JournalQuestions
    from controller.daemon.service import paths_of
    from controller.line.config_state import staged_path
    from controller.records.errors import RecordsError

    settings = load_settings(config, sets, data, as_json)
    try:
        with JournalQuestions(settings) as questions:
            approved = questions.state.facts.config.approved
    except RecordsError as error:
        fail(error.code, error.cause, error.next_step, as_json)
    if approved is None:
        fail("config_nothing_agreed", "no settings are agreed to and not yet taken", "propose and sign them first", as_json)
    staged = Path(staged_path(str(paths_of(settings).data), approved.sha256))
    try:
        text = staged.read_bytes()
    except OSError as error:
        fail("config_text_missing", f"{staged}: {error.strerror}", "put the text there, or propose it again", as_json)
    _prove(text, approved, config, overrides_of(sets, data), as_json)
    try:
        _put(config, text)
    except OSError as error:
        fail("config_not_written", f"{config}: {error.strerror}", "as a user who may write it (root, for the service)", as_json)
    if as_json:
        print(json.dumps({"ok": True, "file": str(config), "sha256": approved.sha256, "changes": len(approved.changes)}))
    else:
        print(f"{config}: {len(approved.changes)} setting(s) changed as agreed; the text before is {config}.before\n"
              "  next step: start the daemon again")  # fmt: skip


def _prove(text: bytes, approved: "ConfigProposed", config: Path, overrides: dict[str, object], as_json: bool) -> None:
    """It is the text that was agreed to, and a start with it gives what was agreed to."""
    from controller.settings.loading import load_text
    from controller.settings.problems import SettingsError

    if hashlib.sha256(text).hexdigest() != approved.sha256:
        fail("config_text_changed", "the text is not the one that was agreed to", "propose it again", as_json)
    try:
        settings = load_text(text.decode(), config, overrides)
    except SettingsError as error:
        fail("config_wrong", str(error), "propose it again", as_json)
    if _whole_sha256(settings) != approved.loaded_sha256:
        cause = "with these overrides, or this program, it gives another configuration than was agreed to"
        fail("config_differs", cause, "give the daemon's own --set and --data, or propose it again", as_json)


def _whole_sha256(settings: "Settings") -> str:
    from controller.daemon.line_profile import config_text

    return hashlib.sha256(config_text(settings)).hexdigest()


def _put(config: Path, text: bytes) -> None:
    """Whole or not at all, with the rights and the owner of the file before."""
    was = config.stat()
    for name, data in ((f"{config.name}.before", config.read_bytes()), (config.name, text)):
        new = config.with_name(f".{name}.new")
        with open(new, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if os.geteuid() == 0:
            os.chown(new, was.st_uid, was.st_gid)
        new.chmod(was.st_mode & 0o777)
        new.replace(config.with_name(name))
    folder = os.open(config.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""Commands about one carton's export: the site's key, making an export, proving one.

One rule: as every command of `xiyong`: an answer or an error with its next step. Proving needs no configuration and no database.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from controller.cli_options import DEFAULT_CONFIG, AsJson, Config, Data, Sets, fail, load_settings


def keys(
    action: Annotated[Literal["make", "public"], typer.Argument(help="make a new key, or print the public part of one.")],
    file: Annotated[Path, typer.Argument(help="The private key's file: a new one for make.")],
    as_json: AsJson = False,
) -> None:
    """The key that signs exports: make one (its owner alone may read the file), or print its public key."""
    from controller.records.errors import RecordsError
    from controller.records.site_keys import load_key, make_key

    try:
        key = make_key(file) if action == "make" else load_key(file)
    except RecordsError as error:
        fail(error.code, error.cause, error.next_step, as_json)
    if as_json:
        print(json.dumps({"ok": True, "file": str(file), "public_key": key.public.hex(), "pem": key.public_pem()}))
        return
    if action == "make":
        print(f"made {file}: back it up, show it to nobody, and name it as [export] key_file. Its public key:")
    print(f"{key.public_pem()}{key.public.hex()}")


def export(
    code: Annotated[str, typer.Argument(help="A carton's number, or any code that leads to one carton.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The ZIP to write; a new file.")],
    config: Config = DEFAULT_CONFIG,
    sets: Sets = None,
    data: Data = None,
    as_customs: Annotated[bool, typer.Option("--customs", help="Customs' version, with what is customs' own.")] = False,
    as_json: AsJson = False,
) -> None:
    """Export one carton so that a stranger proves it off-line: xiyong verify --export ZIP --key PUBLIC."""
    from controller.daemon.clock import system_wall_clock
    from controller.daemon.service import paths_of
    from controller.line.explain import View
    from controller.records.anchors import ANCHORS_NAME
    from controller.records.carton_export import Asked
    from controller.records.errors import RecordsError
    from controller.records.story import find
    from controller.records.story_process import Export, make, records_reader

    settings = load_settings(config, sets, data, as_json)
    if not settings.export.key_file:
        fail("no_site_key", "no key is set to sign with", "xiyong keys make FILE, then [export] key_file", as_json)
    paths = paths_of(settings)
    now = system_wall_clock().isoformat(timespec="seconds")
    asked = Asked(View.CUSTOMS if as_customs else View.COMPANY, settings.site.name, settings.line.name, "command line", now)
    try:
        engine = records_reader(settings.records.url)
        found = find(engine, code)
        engine.dispose()
        if len(found) != 1:
            told = "no carton" if not found else f"{len(found)} cartons: {', '.join(one.carton for one in found)}"
            fail("carton_not_one", f"{code} leads to {told}", "give one carton's number", as_json)
        wanted = Export(str(paths.journal), str(paths.anchors / ANCHORS_NAME), str(paths.evidence), settings.records.url,
                        settings.export.key_file, found[0].carton, asked)  # fmt: skip
        made = make(wanted)
        with out.open("xb") as file:
            file.write(made)
    except RecordsError as error:
        fail(error.code, error.cause, error.next_step, as_json)
    except OSError as error:
        fail("not_written", f"{out}: {error.strerror}", "name a new file in a folder that you may write to", as_json)
    if as_json:
        print(json.dumps({"ok": True, "carton": found[0].carton, "file": str(out), "size": len(made)}, ensure_ascii=False))
    else:
        print(f"exported {found[0].carton} ({asked.view}) to {out}, {len(made)} bytes")


def print_proof(export_file: Path, key: str, as_json: bool) -> int:
    """0 proven, 1 not: which file and which row, 2 not readable."""
    from controller.records.verify_export import Fault, proven, public_key_of, told

    try:
        text = Path(key).read_text("utf-8") if Path(key).is_file() else key
        public, data = public_key_of(text), export_file.read_bytes()
    except (OSError, ValueError) as error:
        fail("not_readable", str(error), "name the export, and with --key a public key: a PEM file or 64 hex digits", as_json)
    try:
        found = proven(data, public)
    except Fault as fault:
        step = "do not rely on this export; have another made, and report this"
        if as_json:
            print(json.dumps({"ok": False, "file": fault.file, "row": fault.row, "cause": fault.cause, "next_step": step}))
        else:
            sys.stdout.write(f"NOT PROVEN: {fault}\n  next step: {step}\n")
        return 1
    if as_json:
        print(json.dumps({"ok": True, **vars(found)}, ensure_ascii=False))
    else:
        sys.stdout.write(told(found))
    return 0

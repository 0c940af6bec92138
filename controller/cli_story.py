"""Commands about one carton's export: the site's key, making an export, proving one.

One rule: as every command of `xiyong`: an answer or an error with its next step. Proving needs no configuration and no database.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from controller.cli_options import DEFAULT_CONFIG, AsJson, Config, Data, Sets, fail, load_settings

NOT_RECORDED = "NOT RECORDED: no row of the journal says who took it; the file itself does"

Reason = Annotated[str, typer.Option("--reason", help="Why it is taken; stands in the journal beside who took it.")]


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
    reason: Reason = "",
    unrecorded: Annotated[bool, typer.Option("--unrecorded", help="Also where no daemon runs that could record it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Export one carton so that a stranger proves it off-line: xiyong verify --export ZIP --key PUBLIC.

    The running daemon writes who took it, and why, into the journal before the file is written. Where none runs it is made with
    --unrecorded alone, and says so in the file itself.
    """
    from controller.daemon.clock import system_wall_clock
    from controller.daemon.service import paths_of
    from controller.daemon.taken import is_running, myself, tell
    from controller.line.explain import View
    from controller.records.anchors import ANCHORS_NAME
    from controller.records.carton_export import Asked
    from controller.records.errors import RecordsError
    from controller.records.story_process import Export, make

    settings = load_settings(config, sets, data, as_json)
    if not settings.export.key_file:
        fail("no_site_key", "no key is set to sign with", "xiyong keys make FILE, then [export] key_file", as_json)
    paths = paths_of(settings)
    recorded = is_running(paths.control)
    _may_take(paths.control, recorded=recorded, unrecorded=unrecorded, reason=reason, as_json=as_json)
    view, made_by = View.CUSTOMS if as_customs else View.COMPANY, myself() + ("" if recorded else ", not recorded")
    now = system_wall_clock().isoformat(timespec="seconds")
    asked = Asked(view, settings.site.name, settings.line.name, made_by, now)
    if not recorded:
        _follow(settings.records.url, paths.journal)
    try:
        carton = _one_carton(settings.records.url, code, as_json)
        wanted = Export(str(paths.journal), str(paths.anchors / ANCHORS_NAME), str(paths.evidence), settings.records.url,
                        settings.export.key_file, carton, asked)  # fmt: skip
        made = make(wanted)
        with out.open("xb") as file:
            answer = tell(paths.control, "story", str(view), carton, reason, made) if recorded else {"ok": True}
            if answer.get("ok"):
                file.write(made)
    except RecordsError as error:
        fail(error.code, error.cause, error.next_step, as_json)
    except OSError as error:
        fail("not_written", f"{out}: {error.strerror}", "name a new file in a folder that you may write to", as_json)
    if not answer.get("ok"):
        out.unlink()
        code, cause, next_step = (str(answer.get(name, "")) for name in ("code", "cause", "next_step"))
        fail(code or "no_answer", cause or "the daemon ended", next_step or "look at the daemon's log", as_json)
    row = answer.get("seq")
    if as_json:
        told = {"ok": True, "carton": carton, "file": str(out), "size": len(made), "recorded": recorded, "seq": row}
        print(json.dumps(told, ensure_ascii=False))
        return
    print(f"exported {carton} ({view}) to {out}, {len(made)} bytes; " + (f"journal record {row}" if recorded else NOT_RECORDED))


def _may_take(control: Path, *, recorded: bool, unrecorded: bool, reason: str, as_json: bool) -> None:
    """What can not be recorded is not given by the way; whoever wants it all the same says so."""
    if recorded and not reason.strip():
        fail("reason_missing", "the journal says why it is taken", "add --reason TEXT", as_json)
    if not recorded and not unrecorded:
        cause = f"no daemon answers at {control}, so no row of the journal would say who took it"
        fail("export_not_recorded", cause, "start the line, ask as the account that it runs as, or add --unrecorded", as_json)


def _follow(records: str, journal: Path) -> None:
    """Where no daemon runs the records lack its last rows, and nobody brings them."""
    import sqlalchemy.exc

    from controller.daemon.service import records_engine
    from controller.records.all_tables import follow_to_the_end
    from controller.records.errors import RecordsError

    engine = records_engine(records)
    try:
        follow_to_the_end(journal, engine)
    except (RecordsError, sqlalchemy.exc.SQLAlchemyError):
        return  # whoever may only read them hears that they are behind
    finally:
        engine.dispose()


def _one_carton(records: str, code: str, as_json: bool) -> str:
    from controller.records.story import find
    from controller.records.story_process import records_reader

    engine = records_reader(records)
    try:
        found = find(engine, code)
    finally:
        engine.dispose()
    if len(found) != 1:
        told = "no carton" if not found else f"{len(found)} cartons: {', '.join(one.carton for one in found)}"
        fail("carton_not_one", f"{code} leads to {told}", "give one carton's number", as_json)
    return found[0].carton


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

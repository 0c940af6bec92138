"""The diagnostics bundle: what an integrator sends when something is wrong.

One rule: no secret, nothing that is customs' own, no personal data. The configuration is without secrets, log lines are without
people and with numbers cut to their last four characters; of the journal there is only whether it proves true.
"""

import importlib.metadata
import io
import json
import platform
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import apsw
import msgspec

from controller.daemon.answers import journal_of
from controller.daemon.line_profile import config_text
from controller.daemon.questions import JournalQuestions
from controller.records.verify import verify
from controller.settings.model import Settings
from controller.settings.provenance import DEFAULT, Origins, entries

SECRET_PARTS = ("password", "secret", "token", "key")
PATHS_SHOWN = ("mqtt.password_file",)  # whoever signs it must see which file leaves by it
OF_PEOPLE = ("actor", "act_id", "traceback")
# A plate begins with a Chinese character, which is a letter to an expression: no word ends before it.
NUMBER = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z0-9]*\d[A-Z0-9]{5,}|[\u4e00-\u9fff][A-Z][A-Z0-9]{5,6})(?![A-Za-z0-9])")
CREDENTIALS = re.compile(r"//[^/\s]+@")
SECRET_WORDS = re.compile(r"(?i)\b(password|passwd|pwd|token|secret)=[^&\s]+")
README = """Diagnostics of a Xiyong line controller 西永查验线诊断包

config.json    every setting with where it came from; secrets are only said to be set
versions.json  program, Python, packages, operating system
devices.json   devices as last heard of
log.jsonl      newest lines of the log, newest first, without people; numbers cut to their last four
journal.json   whether the journal proves true (xiyong verify); nothing of what stands in it
"""
Row = dict[str, Any]


def config_rows(settings: Settings, origins: Origins) -> list[Row]:
    """Each setting in force with its origin. Of a secret only whether one is set."""
    return [
        {"key": key, "value": shown(key, value), "from": origins.get(key, DEFAULT)}
        for key, value in _flat(json.loads(config_text(settings)))
    ]  # fmt: skip


def _flat(value: object, before: str = "") -> Iterable[tuple[str, object]]:
    for name, inner in entries(value):
        dotted = f"{before}.{name}" if before else name
        if entries(inner):
            yield from _flat(inner, dotted)
        else:
            yield dotted, inner


def shown(key: str, value: object) -> object:
    """A setting as it may be shown: of a secret only whether one is set."""
    if key not in PATHS_SHOWN and any(part in key.rpartition(".")[2] for part in SECRET_PARTS):
        return "(set)" if value else "(not set)"
    return _without_secrets(value) if isinstance(value, str) else value


def _without_secrets(text: str) -> str:
    return SECRET_WORDS.sub(r"\1=(hidden)", CREDENTIALS.sub("//(hidden)@", text))


def versions(version: str) -> Row:
    names = sorted(
        re.split(r"[ ;<>=!~\[(]", text)[0] for text in importlib.metadata.requires("xiyong-line") or () if "extra ==" not in text
    )
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return {
        "xiyong": version, "python": platform.python_version(), "system": platform.platform(),
        "sqlite": apsw.sqlite_lib_version(), "packages": found,
    }  # fmt: skip


def journal_proof(journal: Path, anchors: Path | None) -> Row:
    """Whether the journal proves true. Reads all of it: no work of a daemon."""
    if not journal.is_file():
        return {"ok": False, "cause": "there is no journal"}
    report = verify(journal, anchors if anchors is not None and anchors.is_file() else None)
    return proof_of(msgspec.to_builtins(report))


def proof_of(report: Mapping[str, object]) -> Row:
    """What a report says of the journal as a whole; nothing of what stands in it."""
    return {name: report[name] for name in ("ok", "rows", "first_bad_seq", "fault", "anchors_checked", "unanchored_rows")}


def without_people(line: Mapping[str, object]) -> Row:
    """A line of the log as it may leave the house."""
    kept = {name: value for name, value in line.items() if name not in OF_PEOPLE}
    actor = str(line.get("actor", ""))
    message = str(kept.get("message", ""))
    if actor:
        message = re.sub(rf"\b{re.escape(actor)}\b", "(person)", message)
    message = _without_secrets(message)
    return kept | {"message": NUMBER.sub(lambda found: f"…{found[0][-4:]}", message)}


def bundle(config: list[Row], version: str, devices: list[Row], log: Iterable[Mapping[str, object]], journal: Row) -> bytes:
    """The zip. The same parts give the same bytes."""
    files = {
        "README.txt": README, "config.json": _text(config), "versions.json": _text(versions(version)),
        "devices.json": _text(devices), "journal.json": _text(journal),
        "log.jsonl": "".join(json.dumps(without_people(line), ensure_ascii=False) + "\n" for line in log),
    }  # fmt: skip
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(f"xiyong-diagnostics/{name}"), text.encode(), zipfile.ZIP_DEFLATED)
    return data.getvalue()


def write_bundle(out: Path, settings: Settings, origins: Origins, known: list[tuple[str, str]], version: str) -> bool:
    """The bundle without a daemon: devices as the journal last knew them. Whether the journal proves true."""
    journal, anchors = journal_of(settings)
    proof = journal_proof(journal, anchors)
    down: tuple[str, ...] = ()
    if proof["ok"]:
        with JournalQuestions(settings) as questions:
            down = questions.state.facts.devices_down
    devices = [{"name": name, "kind": kind, "up": False if name in down else None} for name, kind in known]
    out.write_bytes(bundle(config_rows(settings, origins), version, devices, (), proof))
    return bool(proof["ok"])


def _text(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"

"""Changed settings as a diff: checked as `check-config` does, compared with what is in force, proposed, signed, put ready.

One rule: the daemon never writes its own settings file. The text that people agreed to lies in the data directory, by its hash;
whoever looks after the machine puts it in place (`xiyong config-take`), and the start judges by hash, however it came there.
No secret is shown, journaled or kept anywhere but in that text.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from controller.console.interlocks import Condition
from controller.console.proposals import Asked
from controller.console.refusals import WORDS, Refused
from controller.console.sessions import Session
from controller.daemon.core_loop import CoreLoop
from controller.daemon.diagnostics import CREDENTIALS, shown
from controller.daemon.field_devices import device_problems
from controller.daemon.line_profile import config_text
from controller.line.config_events import ConfigProposed, SettingChange
from controller.line.config_state import ConfigStanding, staged_path
from controller.records.errors import EvidenceError
from controller.records.evidence import EvidenceStore
from controller.settings.editing import edited
from controller.settings.loading import load_text
from controller.settings.model import Settings
from controller.settings.problems import SettingsError, SettingsProblem
from controller.settings.provenance import DEFAULT, FILE, FileSource, Origins, keys_of
from controller.settings.signing import CUSTOMS, applies_of, customs_sha256, flat, owner_of

Row = dict[str, object]
STAGED_KEPT = 20
CHANGES_MOST_BYTES = 12_000  # an event has 16 KiB
VALUE_SHOWN = 300


class ConfigDesk:
    """The desk of the act `config-propose`, and the questions of the page of changed settings."""

    def __init__(self, core: CoreLoop, settings: Settings, origins: Origins, source: FileSource | None, data: Path) -> None:
        self._core = core
        self._whole = json.loads(config_text(settings))
        self._origins = origins
        self._source = source
        self._data = data
        self._evidence = EvidenceStore(data / "evidence")
        self._checked: dict[str, ConfigProposed] = {}

    # --- checking ---

    async def check(self, text: str, values: Mapping[str, str]) -> Row:
        """Every problem, or what would change against what is in force."""
        if self._source is None:
            raise Refused("config_source_unknown")
        found = await asyncio.to_thread(self._check, self._source, text, values)
        if isinstance(found, list):
            return {"ok": True, "usable": False, "problems": [_told(one) for one in found], "changes": []}
        self._checked[found.sha256] = found
        while len(self._checked) > STAGED_KEPT:
            self._checked.pop(next(iter(self._checked)))
        return {"ok": True, "usable": True, "problems": [], **self._proposed(found)}

    def _check(self, source: FileSource, text: str, values: Mapping[str, str]) -> ConfigProposed | list[SettingsProblem]:
        try:
            text = edited(text or Path(source.path).read_text("utf-8-sig"), values)
            settings = load_text(text, source.path, source.overrides)
        except SettingsError as error:
            return list(error.problems)
        except (ValueError, OSError, RecursionError) as error:  # not editable, no TOML, no text, nested without end
            step = "propose the whole file"
            return [SettingsProblem("value_not_editable", source.path, str(error), step)]
        if problems := device_problems(settings):
            return problems
        whole = json.loads(config_text(settings))
        origins = self._origins_after(text)
        changes = changes_between(self._whole, whole, self._origins, origins)
        if len(msgspec.json.encode(changes)) > CHANGES_MOST_BYTES:
            cause = f"{len(changes)} settings change at once: more than one row of the journal holds"
            return [SettingsProblem("config_too_much", source.path, cause, "propose it in parts")]
        data = text.encode()
        proposed = ConfigProposed(
            hashlib.sha256(data).hexdigest(), hashlib.sha256(config_text(settings)).hexdigest(), customs_sha256(whole),
            self._core.state.facts.config_sha256, changes, "",
        )  # fmt: skip
        self._stage(proposed.sha256, data)
        return proposed

    def _origins_after(self, text: str) -> Origins:
        """As now, with the keys of this text in place of the file's."""
        kept = {key: origin for key, origin in self._origins.items() if origin != FILE}
        return dict.fromkeys(keys_of(text), FILE) | kept

    def _stage(self, sha256: str, data: bytes) -> None:
        """On the disk before anybody can propose it. Old ones that nobody proposed go."""
        path = Path(staged_path(str(self._data), sha256))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            new = path.with_suffix(".new")
            with open(new, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        standing = self._core.state.facts.config
        needed = {one.sha256 for one in (standing.waiting, standing.approved) if one is not None} | {sha256}
        others = sorted(
            (one for one in path.parent.glob("*.toml") if one.stem not in needed), key=lambda one: one.stat().st_mtime
        )
        for one in others[:-STAGED_KEPT]:
            one.unlink(missing_ok=True)

    # --- the act ---

    def knows(self, asked: Asked, session: Session) -> Mapping[str, object]:
        """What was found when it was checked: no page says that."""
        one = self._checked.get(str(asked.values.get("sha256", "")))
        return {"checked": one} if one is not None else {}

    def unmet(self, asked: Asked, session: Session) -> tuple[Condition, ...]:
        if str(asked.values.get("sha256", "")) in self._checked:
            return ()
        word = WORDS["config_not_checked"]
        return (Condition("config_not_checked", word.zh, word.en, word.next_zh, word.next_en),)

    # --- what stands ---

    async def standing(self) -> Row:
        """What is in force and signed, what runs unsigned, what waits, what is agreed to."""
        facts = self._core.state.facts
        config = facts.config
        return {
            "sha256": facts.config_sha256, "file": self._source.path if self._source is not None else "",
            "signed": bool(config.signed) and not config.unsigned,
            "unsigned": await self._unsigned(config) if config.unsigned else None,
            "waiting": self._waiting(config),
            "approved": self._proposed(config.approved) if config.approved is not None else None,
        }  # fmt: skip

    def _waiting(self, config: ConfigStanding) -> Row | None:
        if config.waiting is None:
            return None
        return {**self._proposed(config.waiting), "by": config.waiting_by, "reason": config.waiting.cause}

    async def _unsigned(self, config: ConfigStanding) -> Row:
        """What runs beside what was signed, where the signed one is still in evidence."""
        changes: object = None
        try:
            data = await asyncio.to_thread(self._evidence.read_by_hash, config.signed_whole)
            changes = msgspec.to_builtins(changes_between(json.loads(data), self._whole, None, self._origins))
        except (EvidenceError, ValueError):
            changes = None
        return {"sha256": config.running, "signed_sha256": config.signed, "changes": changes}

    def _proposed(self, one: ConfigProposed) -> Row:
        config = self._core.state.facts.config
        return {
            "sha256": one.sha256, "customs": one.customs_sha256 != (config.signed or config.running),
            "changes": [{**msgspec.to_builtins(change), "applies": applies_of(change.key)} for change in one.changes],
        }  # fmt: skip


def changes_between(before: object, after: object, from_before: Origins | None, from_after: Origins) -> tuple[SettingChange, ...]:
    """Each setting that differs, a device by its name; of a secret only whether it is set."""
    old, new = flat(before), flat(after)
    found = []
    for key in dict.fromkeys((*old, *new)):
        one, other = old.get(key), new.get(key)
        if one is not None and other is not None and one.value == other.value:
            continue
        was, becomes = (_value(key, side.value) if side is not None else "" for side in (one, other))
        if was == becomes:
            becomes = json.dumps("(another)")
        origins = [
            _origin(names, side.placed, key) if side is not None else ""
            for names, side in ((from_before, one), (from_after, other))
        ]
        who, touches = owner_of(key)
        found.append(SettingChange(key, was, becomes, origins[0], origins[1], who, touches))
    return tuple(sorted(found, key=lambda one: (one.signs != CUSTOMS, one.key)))


def _origin(origins: Origins | None, placed: str, key: str) -> str:
    """Empty where nobody knows any more where it came from."""
    return "" if origins is None else origins.get(placed) or origins.get(key) or DEFAULT


def _value(key: str, value: object) -> str:
    return json.dumps(shown(key, value), ensure_ascii=False)[:VALUE_SHOWN]


def _told(problem: SettingsProblem) -> Row:
    return {"code": problem.code, "where": problem.where, "cause": CREDENTIALS.sub("//(hidden)@", problem.cause),
            "next_step": problem.next_step}  # fmt: skip

"""Which settings customs must sign, and a value changed in the text of a file."""

import enum
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from controller.daemon.line_profile import config_text, profile_of
from controller.settings.editing import NotEditableError, edited
from controller.settings.loading import load
from controller.settings.model import Settings
from controller.settings.signing import COMPANY, CUSTOMS, PREDICTED, applies_of, customs_sha256, flat, owner_of

ROOT = Path(__file__).resolve().parents[2]
LINE = ROOT / "config" / "xiyong.toml"


def other(value: Any) -> Any:
    """Another value of this kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, enum.Enum):
        return next((one for one in type(value) if one is not value), value)
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return f"{value}x"
    return (*value, "x") if isinstance(value, tuple) else value


def variants(value: Any) -> Iterator[Any]:
    """The value with one setting inside it changed, each in turn."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            for inner in variants(getattr(value, name)):
                yield msgspec.structs.replace(value, **{name: inner})
    elif isinstance(value, dict):
        for name, inner in value.items():
            for changed in variants(inner):
                yield {**value, name: changed}
    elif isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
        yield value[:-1]
        for at, inner in enumerate(value):
            for changed in variants(inner):
                yield (*value[:at], changed, *value[at + 1 :])
    elif (changed := other(value)) != value:
        yield changed


def whole(settings: Settings) -> Any:
    return msgspec.json.decode(config_text(settings))


def test_whatever_a_decision_can_depend_on_is_signed_by_customs() -> None:
    settings = load(LINE)
    profile, before, part = profile_of(settings), flat(whole(settings)), customs_sha256(whole(settings))
    seen = {CUSTOMS: 0, COMPANY: 0}
    for changed in variants(settings):
        after = flat(whole(changed))
        keys = [key for key in {*before, *after} if before.get(key) != after.get(key)]
        owners = {owner_of(key)[0] for key in keys}
        signed = customs_sha256(whole(changed)) != part
        assert signed is (CUSTOMS in owners), keys
        if profile_of(changed) != profile:
            assert CUSTOMS in owners, keys
        for owner in owners:
            seen[owner] += 1
    assert seen[CUSTOMS] > 100, "the walk reaches the settings"
    assert seen[COMPANY] > 30


@pytest.mark.parametrize(
    ("key", "who"),
    [("scanners.induct.port", COMPANY), ("scanners.induct.role", CUSTOMS), ("scanners.induct.read_late_ms", CUSTOMS),
     ("cameras.seal.url", COMPANY), ("mqtt.host", COMPANY),
     ("mqtt.password_file", CUSTOMS), ("console.host", CUSTOMS), ("console.kiosks", COMPANY),
     ("console.other_lines", CUSTOMS), ("console.lines_secret_file", CUSTOMS),
     ("line.geometry.deadline_mm", CUSTOMS), ("rules.weight_tolerance_g", CUSTOMS), ("lanes.release.code", CUSTOMS),
     ("rules.unanswered_s", CUSTOMS), ("plc.host", CUSTOMS), ("a_table_of.tomorrow", CUSTOMS)],
)  # fmt: skip
def test_customs_signs_unless_it_is_known_to_be_the_companys(key: str, who: str) -> None:
    assert owner_of(key)[0] == who


def test_every_setting_says_what_a_change_of_it_needs() -> None:
    keys = flat(whole(load(LINE)))
    assert {applies_of(key) for key in keys} <= {"daemon restart", "daemon restart with an empty belt", ""}
    assert applies_of("rules.weight_tolerance_g") == "daemon restart with an empty belt"
    assert applies_of("scanners.induct.port") == "daemon restart"
    assert set(keys) >= PREDICTED


def test_single_values_change_and_every_other_line_of_the_file_stays() -> None:
    text = LINE.read_text(encoding="utf-8")
    name = load(LINE).scanners[1].name
    new = edited(text, {f"scanners.{name}.port": '"/dev/ttyUSB9"', "rules.unanswered_s": "45", "trace.port": "8701"})
    lost, kept = set(text.splitlines()) - set(new.splitlines()), set(new.splitlines()) - set(text.splitlines())
    assert len(lost) <= 3
    assert kept >= {'port = "/dev/ttyUSB9"', "unanswered_s = 45"}
    assert edited(edited(text, {"trace.port": "8701"}), {"trace.port": ""}).count("8701") == text.count("8701")
    wrong = (("scanners.nobody.port", '"x"'), ("rules.unanswered_s", "forty"), ("rules.no_such", ""), ("site", "1\n[x]"))
    for key, value in wrong:
        with pytest.raises(NotEditableError):
            edited(text, {key: value})
    with pytest.raises(NotEditableError):
        edited('plc = { host = "a", port = 1 }\n', {"plc.port": "2"})

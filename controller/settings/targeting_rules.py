"""The file of targeting rules that customs keeps: TOML -> rules of the line.

One rule: a file that can not be read whole gives no rules at all; a daemon that is told of such a file does not start, because
a rule that is missing would let a carton pass. The rules are customs' own and appear in no log.
"""

import hashlib
import tomllib
from pathlib import Path

import msgspec

from controller.settings.problems import SettingsError, SettingsProblem

MOST_BYTES = 256 * 1024
RULES_MOST = 500


class RuleRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[rules]]` of the file; see docs/targeting.md."""

    id: str
    text: str
    hs_prefixes: tuple[str, ...] = ()
    traders: tuple[str, ...] = ()
    gross_from_g: int = -1
    gross_to_g: int = -1


class RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    random_permille: int
    rules: tuple[RuleRow, ...] = ()
    review_permille: int = 0


class LoadedRules(msgspec.Struct, frozen=True):
    file: RuleFile
    sha256: str
    source: str


def load_rules(path: str) -> LoadedRules:
    """The rules of a file; `SettingsError` when it can not be used."""
    name = Path(path).name
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"larger than {MOST_BYTES} bytes")
        found = msgspec.convert(tomllib.loads(data.decode("utf-8")), RuleFile)
    except OSError as error:
        raise _refused(name, f"{error.strerror or error}") from error
    except (ValueError, msgspec.ValidationError) as error:
        raise _refused(name, f"{error}"[:200]) from error
    ids = [row.id for row in found.rules]
    if len(ids) > RULES_MOST or len(set(ids)) != len(ids) or not _permille(found.random_permille, found.review_permille):
        shares = f"random_permille {found.random_permille}, review_permille {found.review_permille}"
        raise _refused(name, f"{len(ids)} rules with {len(set(ids))} ids, {shares}")
    return LoadedRules(found, hashlib.sha256(data).hexdigest(), name)


def _permille(*shares: int) -> bool:
    return all(0 <= one <= 1000 for one in shares)


def _refused(name: str, cause: str) -> SettingsError:
    step = "customs mends the file of rules (docs/targeting.md); until then the daemon does not start"
    return SettingsError([SettingsProblem("rules_unusable", f"customs.rules_file {name}", cause, step)])

"""What happens to the configuration between two starts: proposed, signed, turned down.

One rule: an event has hashes and what would change, never the file itself: a file may hold a password. `loaded_sha256` is the
hash that a start with this text would journal (`ConfigLoaded`), `customs_sha256` that of its part which customs must sign.
"""

import msgspec

from controller.line.event_base import Event


class SettingChange(msgspec.Struct, frozen=True):
    """One changed setting. Values are JSON, secrets only said to be set; empty = there is no such setting then.

    `from_before`, `from_after`: file, command line, environment or default. `signs`: customs or company.
    """

    key: str
    before: str
    after: str
    from_before: str
    from_after: str
    signs: str
    touches: str


class ConfigProposed(Event, frozen=True, tag="ConfigProposed"):
    """Another settings file is proposed. `sha256`: of its text; `base_sha256`: of the configuration it was compared with."""

    sha256: str
    loaded_sha256: str
    customs_sha256: str
    base_sha256: str
    changes: tuple[SettingChange, ...]
    cause: str


class ConfigSigned(Event, frozen=True, tag="ConfigSigned"):
    """The proposal with this text, or the configuration that runs unsigned with this customs' part, is agreed to.

    Where customs' part differs, two people of customs, one of them a section chief; else whoever may of the company, alone.
    """

    sha256: str
    cause: str
    second: str = ""
    second_role: str = ""


class ConfigRejected(Event, frozen=True, tag="ConfigRejected"):
    """The proposal with this text, or what was agreed to and does not run yet, is turned down, or taken back."""

    sha256: str
    cause: str


ConfigEvent = ConfigProposed | ConfigSigned | ConfigRejected

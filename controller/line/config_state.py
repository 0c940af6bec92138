"""What the core keeps of the configuration: which customs' part is signed, which runs, what waits and what is agreed to.

One rule: nothing of the values is here but what a proposal says; hashes decide.
"""

import msgspec

from controller.line.config_events import ConfigProposed


class ConfigStanding(msgspec.Struct, frozen=True):
    """`signed`, `running`: hashes of customs' part; `signed_whole`: of the whole that last ran with the signed one.

    `waiting_by`: who proposed what waits. `approved`: agreed to, for the next start. A `signed` that is empty: no
    configuration of this line was ever under signature (no console yet).
    """

    signed: str = ""
    signed_whole: str = ""
    running: str = ""
    waiting: ConfigProposed | None = None
    waiting_by: str = ""
    approved: ConfigProposed | None = None

    @property
    def unsigned(self) -> bool:
        """Whether customs' part runs that nobody signed; what a start does not name, nobody can have signed."""
        return not self.running or (bool(self.signed) and self.running != self.signed)


def staged_path(data_dir: str, sha256: str) -> str:
    """Where a checked text lies until it is taken: in the data directory, by its hash."""
    return f"{data_dir}/settings/{sha256}.toml"

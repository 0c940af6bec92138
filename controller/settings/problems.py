"""What is wrong with a settings file, said so that the reader can mend it.

One rule: every problem has a code, the place (file, table, key), a cause and the next step.
"""

from collections.abc import Sequence

import msgspec


class SettingsProblem(msgspec.Struct, frozen=True):
    """One thing to mend."""

    code: str
    where: str
    cause: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.where}: {self.cause} [{self.code}]. Next: {self.next_step}."


class SettingsError(Exception):
    """The file cannot be used; `problems` has all that was found in it."""

    def __init__(self, problems: Sequence[SettingsProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)

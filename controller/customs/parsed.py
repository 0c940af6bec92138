"""What reading a file from outside gives: the values, what was odd about it, and what was refused.

One rule: reading never raises. A file that cannot be read is one refusal; a part that cannot be used
is refused by itself and the other parts are kept. Whoever imports a file reports every refusal: a
refused list or receipt may be the one that holds a carton.
"""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

MAX_WARNINGS = 200
MAX_REFUSALS = 1000
MAX_TEXT_CHARS = 200


class InputWarning(msgspec.Struct, frozen=True):
    """Something odd that was tolerated. `node` counts from 1 (0 = the whole file), `line` 0 = not known."""

    code: str
    cause: str
    node: int = 0
    line: int = 0


class Refusal(msgspec.Struct, frozen=True):
    """A part (with `node` 0 the whole file) that was not taken. `subject` names it if it could be read."""

    code: str
    cause: str
    next_step: str
    node: int = 0
    line: int = 0
    subject: str = ""

    @property
    def where(self) -> str:
        """The place in words."""
        places = [f"node {self.node}" if self.node else "", f"line {self.line}" if self.line else ""]
        return ", ".join(filter(None, places)) or "the whole file"


class Parsed(msgspec.Struct, Generic[T], frozen=True):
    """The result of reading one file. `others`: the messages of other kinds in it, which were not read."""

    values: tuple[T, ...] = ()
    warnings: tuple[InputWarning, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    others: tuple[str, ...] = ()


class RefusedPartError(Exception):
    """Inside this room only: the part that is being read cannot be used."""

    def __init__(self, code: str, cause: str, next_step: str, line: int = 0) -> None:
        super().__init__(code, cause)
        self.code, self.cause, self.next_step, self.line = code, cause, next_step, line


class Notes:
    """Collects warnings and refusals of one file, bounded: beyond the limits only their number is kept."""

    def __init__(self) -> None:
        self._warnings: list[InputWarning] = []
        self._refusals: list[Refusal] = []
        self._more_warnings = 0
        self._more_refusals = 0
        self.others: dict[str, None] = {}

    def warn(self, code: str, cause: str, node: int = 0, line: int = 0) -> None:
        if len(self._warnings) < MAX_WARNINGS:
            self._warnings.append(InputWarning(code, shorten(cause), node, line))
        else:
            self._more_warnings += 1

    def refuse(self, part: RefusedPartError, node: int = 0, subject: str = "") -> None:
        if len(self._refusals) < MAX_REFUSALS:
            cause, name = shorten(part.cause), shorten(subject)
            self._refusals.append(Refusal(part.code, cause, part.next_step, node, part.line, name))
        else:
            self._more_refusals += 1

    def pass_over(self, message: str) -> None:
        """A message of another kind: whoever imports the file has it read by its own reader, or refuses it."""
        self.others[message] = None

    def result(self, values: tuple[T, ...]) -> Parsed[T]:
        warnings, refusals = list(self._warnings), list(self._refusals)
        if self._more_warnings:
            warnings.append(InputWarning("warnings_cut", f"{self._more_warnings} more warnings"))
        if self._more_refusals:
            cause = f"{self._more_refusals} more parts were refused"
            refusals.append(Refusal("refusals_cut", cause, "mend the ones above, then send the file again"))
        return Parsed(values, tuple(warnings), tuple(refusals), tuple(self.others))


def shorten(text: str, limit: int = MAX_TEXT_CHARS) -> str:
    """Text for people: one line, printable, at most `limit` characters."""
    flat = " ".join(text[: limit * 8].split())
    return "".join(char if char.isprintable() else "�" for char in flat[:limit])

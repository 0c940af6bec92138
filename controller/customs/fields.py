"""The fields of one business node: first of duplicates, required ones, lengths, numbers.

One rule: what is refused here names the element and the line; a key is never cut, since two cut keys
could become the same one. Source: field lengths of the GACC e-commerce interface specification.
"""

import re
from datetime import datetime

from controller.customs.parsed import Notes, RefusedPartError
from controller.customs.xml_input import Node
from controller.domain.declarations import grams_from_kg

KEY_CHARS = 80

_INTEGER = re.compile(r"[0-9]{1,9}")
_RECEIPT_TIME = re.compile(r"[0-9]{17}")
_DECIMAL = re.compile(r"[0-9]{1,19}(\.[0-9]{1,10})?")
_MEND = "the sender mends this node and sends it again; until then its cartons are not declared"


class Fields:
    """The child elements of `node`, each by its local name."""

    def __init__(self, node: Node, index: int, notes: Notes, several: frozenset[str] = frozenset()) -> None:
        self.line = node.line
        self._name, self._index, self._notes = node.name, index, notes
        self._first: dict[str, Node] = {}
        for child in node.children:
            first = self._first.setdefault(child.name, child)
            if first is not child and child.name not in several:
                notes.warn("element_repeated", f"{child.name} again in {node.name}: first kept", index, child.line)

    def node(self, name: str) -> Node | None:
        return self._first.get(name)

    def require(self, names: tuple[str, ...]) -> None:
        """Refuse the node if any of `names` is missing or empty; all of them are named."""
        missing = [name for name in names if not self.text(name)]
        if missing:
            cause = f"{self._name} has no {', '.join(missing)}"
            raise RefusedPartError("element_missing", cause, _MEND, self.line)

    def text(self, name: str) -> str:
        found = self._first.get(name)
        return found.text if found else ""

    def key(self, name: str) -> str:
        """A text that must not be cut or changed."""
        text = self.text(name)
        if len(text) > KEY_CHARS:
            raise self._bad(name, "text_too_long", f"has {len(text)} characters, at most {KEY_CHARS}")
        if not text.isprintable():
            raise self._bad(name, "text_unprintable", "has characters that cannot be printed")
        return text

    def integer(self, name: str, least: int) -> int:
        text = self.text(name)
        if not _INTEGER.fullmatch(text) or int(text) < least:
            raise self._bad(name, "number_wrong", f"is {text[:40]!r}, not a whole number from {least}")
        return int(text)

    def decimal(self, name: str) -> str:
        """A decimal, kept as text."""
        text = self.text(name)
        if not _DECIMAL.fullmatch(text):
            raise self._bad(name, "number_wrong", f"is {text[:40]!r}, not a decimal number")
        return text

    def grams(self, name: str) -> int:
        weight_g = grams_from_kg(self.text(name))
        if weight_g is None:
            raise self._bad(name, "number_wrong", f"is {self.text(name)[:40]!r}, not kilograms")
        return weight_g

    def receipt_time(self, name: str, next_step: str) -> str:
        """The date of a receipt, 17 digits to the millisecond. Receipts are put in order by this text, so one of another form, or
        of a day that there is not, could put an old release after a new order.
        """
        text, what = self.text(name), "not 17 digits"
        if _RECEIPT_TIME.fullmatch(text):
            try:
                datetime.strptime(text[:14], "%Y%m%d%H%M%S")
            except ValueError:
                what = "no date and time"
            else:
                return text
        raise RefusedPartError("time_wrong", f"{name} is {text[:40]!r}, {what}", next_step, self.line)

    def warn(self, code: str, cause: str, name: str = "") -> None:
        found = self._first.get(name)
        self._notes.warn(code, cause, self._index, found.line if found else self.line)

    def _bad(self, name: str, code: str, what: str) -> RefusedPartError:
        found = self._first.get(name)
        return RefusedPartError(code, f"{name} {what}", _MEND, found.line if found else self.line)

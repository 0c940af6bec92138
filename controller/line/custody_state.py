"""What the core keeps of stock-takes: the last one of each custody place, and what it found other than it should be.

One rule: what is missing or too much is told; nothing moves by it: a carton is moved by a scan into a place.
"""

import msgspec

# What the line says of a carton's place: no person's word, and no label of a shelf.
SAID_BY_THE_LINE = ("on_belt", "departed", "expected", "unidentified", "removed")


class StockTake(msgspec.Struct, frozen=True):
    """`missing`: kept here and not scanned; `elsewhere`: (number, where it should be); `unknown`: labels of no carton here."""

    place: str
    by: str
    at_ms: int
    counted: int
    missing: tuple[str, ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        return bool(self.missing or self.elsewhere or self.unknown)

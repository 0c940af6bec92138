"""What of a manifest or a load notice has come so far."""

import msgspec

from controller.domain.declarations import DeclaredList


class Batch(msgspec.Struct, frozen=True):
    """A manifest or notice that is still arriving: its parts do not count before its closing event."""

    lists: tuple[DeclaredList, ...] = ()
    cartons: tuple[tuple[str, str, str, int, int], ...] = ()
    parts: int = 0

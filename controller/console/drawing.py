"""The proof that a picture was drawn: the service asks for points, the page reads them back from what its shader samples.

One rule: which points, nobody knows before the page has asked, and every value must be the stored one; a proof is of one session,
one track and one image, and ends with the session. It shows that the picture reached the screen, not that anybody looked at it.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

import msgspec

from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.vision.materials import Grey

T = TypeVar("T")

POINTS = 16
ASKED_STANDS_S = 30.0
ASKED_KEPT = 500
PROOFS_KEPT = 10_000

Point = tuple[int, int]
Of = tuple[str, str, str]  # session, track, image


class Asked(msgspec.Struct, frozen=True):
    """What a page has to read back: the values at these points (column, row), under this number."""

    nonce: str
    points: tuple[Point, ...]
    until_s: float


class Drawings:
    """`clock` never goes back; `new_nonce` and `below` (a whole number from 0 to less than it is given) nobody can guess."""

    def __init__(self, clock: Callable[[], float], new_nonce: Callable[[], str], below: Callable[[int], int]) -> None:
        self._clock = clock
        self._new_nonce = new_nonce
        self._below = below
        self._asked: OrderedDict[Of, Asked] = OrderedDict()
        self._drawn: OrderedDict[Of, int] = OrderedDict()

    def ask(self, session: Session, track: str, image: str, width: int, height: int) -> Asked:
        """New points; what was asked before for this picture no longer counts."""
        points = tuple((self._below(width), self._below(height)) for _ in range(POINTS))
        asked = Asked(self._new_nonce(), points, self._clock() + ASKED_STANDS_S)
        _keep(self._asked, (session.key, track, image), asked, ASKED_KEPT)
        return asked

    def prove(
        self, session: Session, track: str, image: str, nonce: str, values: tuple[int, ...], first_pixel_ms: int, stored: Grey
    ) -> None:
        """Compare what was read back; one try for each asking. Raises `Refused`."""
        of = (session.key, track, image)
        asked = self._asked.get(of)
        if asked is None or asked.nonce != nonce or asked.until_s <= self._clock():
            raise Refused("drawing_not_asked")
        del self._asked[of]
        if tuple(int(stored[y, x]) for x, y in asked.points) != values:
            raise Refused("drawing_differs")
        if of not in self._drawn:
            _keep(self._drawn, of, first_pixel_ms, PROOFS_KEPT)

    def first_pixel_ms(self, session: Session, track: str, image: str) -> int:
        """How long the page took to draw this picture; -1 = this session has not shown that it did."""
        return self._drawn.get((session.key, track, image), -1)


def _keep(kept: OrderedDict[Of, T], of: Of, value: T, most: int) -> None:
    kept[of] = value
    kept.move_to_end(of)
    while len(kept) > most:
        kept.popitem(last=False)

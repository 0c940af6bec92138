"""Whether the pictures of a stream can be believed: neither black nor the same again and again.

Rule: it sees frames and times and opens nothing. A picture is "the same" when every fourth of its lines is, to the last bit: a
camera's noise never repeats, a hanging camera or recorder does. One that writes a running clock into a hanging picture
deceives it.
"""

import numpy as np

from drivers.camera.frames import Picture

LINE_STEP = 4
DARK_STEP = 8


class Believable:
    """Kept over every reopening of a stream: a camera that hangs gives the same picture again after it."""

    def __init__(self, frozen_ms: int, black_level: int) -> None:
        self._frozen_s = frozen_ms / 1000
        self._black_level = black_level
        self._first = b""
        self._last: Picture = np.empty((0, 0, 3), np.uint8)
        self._changed_s = 0.0
        self._hangs = False

    def judge(self, picture: Picture, at_s: float) -> str:
        """What is wrong with this picture: `black`, `frozen`, or nothing."""
        first, lines = picture[0].tobytes(), picture[::LINE_STEP]
        # In a stream that lives already the first line differs, and the rest need not be compared.
        if first != self._first or not np.array_equal(lines, self._last):
            self._first, self._last = first, lines  # as they are: each picture is an array of its own, nobody writes to it
            self._changed_s = at_s
            self._hangs = False
        elif at_s - self._changed_s >= self._frozen_s:
            self._hangs = True
        if self._hangs:
            return "frozen"
        # Mostly the blue of the first line is bright enough, and the rest need not be looked at.
        dark = max(first[:: 3 * DARK_STEP]) <= self._black_level
        return "black" if dark and int(picture[::DARK_STEP, ::DARK_STEP].max()) <= self._black_level else ""

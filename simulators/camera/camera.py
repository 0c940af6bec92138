"""One camera: what stands before it, and everything that can be the matter with it.

The one rule: a fault changes what leaves the camera, never what stands before it. `next_frame` is what the stream sends next;
None = it sends nothing now.
"""

from collections.abc import Callable, Sequence

from simulators.camera import pictures
from simulators.camera.pictures import Film, Picture, View
from simulators.plant.dock import Seal

BLACK = View(("black",), pictures.black)


class CameraSim:
    """`fps` frames a second. `stalled`: the link stands and nothing comes; `frozen`: always the same picture; `black`: no light;
    `cut`: no link at all. `row_step`: its sensor has only every so manieth row.
    """

    def __init__(self, name: str, seed: int = 0, fps: float = 10.0, row_step: int = 1) -> None:
        self.name = name
        self.fps = fps
        self.stalled = False
        self.black = False
        self._frozen_at = -1
        self._cut = False
        self._film = Film(seed, row_step)
        self._number = 0
        self._view = View((), lambda: pictures.belt(()))
        self._frozen = self._view
        self.on_cut: Callable[[bool], None] = lambda cut: None
        self.on_change: Callable[[], None] = lambda: None

    # --- what stands before it ---
    def see_belt(self, labels: Sequence[tuple[str, bool]]) -> None:
        """A carton with these labels, or the bare belt."""
        self._see(("belt", tuple(labels)), lambda: pictures.belt(tuple(labels)))

    def see_door(self, seals: Sequence[Seal]) -> None:
        self._see(("door", tuple(seals)), lambda: pictures.door(seals))

    def _see(self, key: object, draw: Callable[[], Picture]) -> None:
        if key != self._view.key:
            self._view = View(key, draw)
            self.on_change()

    # --- what is the matter ---
    @property
    def frozen(self) -> bool:
        return self._frozen_at >= 0

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        self._frozen_at = self._number if frozen else -1
        self._frozen = self._view

    @property
    def cut(self) -> bool:
        return self._cut

    @cut.setter
    def cut(self, cut: bool) -> None:
        self._cut = cut
        self.on_cut(cut)

    def heal(self) -> None:
        self.stalled = self.black = self.frozen = False
        if self._cut:
            self.cut = False

    # --- what leaves it ---
    def next_frame(self) -> Picture | None:
        """(360 / row_step, 640, 3) uint8 BGR."""
        shot = self._next()
        return None if shot is None else self._film.frame(*shot)

    def next_jpeg(self) -> bytes | None:
        shot = self._next()
        return None if shot is None else self._film.jpeg(*shot)

    def _next(self) -> tuple[View, int] | None:
        if self.stalled or self._cut:
            return None
        self._number += 1
        if self.frozen:
            return self._frozen, self._frozen_at
        return BLACK if self.black else self._view, self._number

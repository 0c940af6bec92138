"""Cartons close behind each other through the tunnel, and the images that come of them, each at its own time."""

from collections.abc import Sequence
from typing import NamedTuple

from controller.line.belt import RingKind
from tests.line.line_story import s10
from tests.line.xray_story import XRAY, XrayStory, picture

NUMBERS = tuple(s10(10000001 + n) for n in range(9))
TO_BEAM_MM = XRAY.xray_beam_mm - XRAY.xray_entry_mm
TUNNEL_MM = XRAY.xray_exit_mm - XRAY.xray_entry_mm


class Came(NamedTuple):
    """An image of the carton `shows`, so long after its rear was at the beam. `claims`: its number, or whose id.

    `shows` 0: a test shot, so long after the rear of the last carton was there.
    """

    claims: int
    shows: int
    after_ms: int = 300


class Together(XrayStory):
    """Tracks 1, 2, ... go through the tunnel; `removed` are taken off by hand 0.25 s behind the entry."""

    def go(
        self,
        gaps_mm: Sequence[int],
        *came: Came,
        lengths_mm: Sequence[int] = (),
        removed: Sequence[int] = (),
        speed_mm_s: int = 500,
    ) -> "Together":
        lengths = tuple(lengths_mm) or (400,) * (len(gaps_mm) + 1)
        fronts = [0]
        for gap_mm, length_mm in zip(gaps_mm, lengths, strict=False):
            fronts.append(fronts[-1] + length_mm + gap_mm)
        self.ready(*NUMBERS)
        told: list[tuple[int, int, str, int]] = []
        for track, (front_mm, length_mm) in enumerate(zip(fronts, lengths, strict=True), start=1):
            self.before_tunnel(track, NUMBERS[track - 1])
            told.append((_ms(front_mm, speed_mm_s), front_mm, "enter", track))
            out_mm = front_mm + TUNNEL_MM + length_mm
            if track in removed:
                told.append((_ms(front_mm, speed_mm_s) + 250, 0, "removed", track))
            else:
                told.append((_ms(out_mm, speed_mm_s), out_mm, "leave", track))
        for index, one in enumerate(came):
            rear_mm = fronts[one.shows - 1] + TO_BEAM_MM + lengths[one.shows - 1]
            told.append((_ms(rear_mm, speed_mm_s) + one.after_ms, 0, "image", index))
        began_ms, began_mm = self.now_ms, self.belt_mm
        for at_ms, mm, what, which in sorted(told):
            self.wait(began_ms + at_ms - self.now_ms)
            if mm:
                self.belt_mm = began_mm + mm
            if what == "enter":
                self.enter(which)
            elif what == "leave":
                self.leave(which)
            elif what == "removed":
                self.ring(RingKind.REMOVED_BY_HAND, which, 4)
            else:
                self._image_of(came[which], lengths)
        self.wait(5000)
        return self

    def _image_of(self, one: Came, lengths: Sequence[int]) -> None:
        counts = self.state.facts.profile is not None and self.state.facts.profile.xray_join == "counting"
        scan_id, number = ("", one.claims) if counts else (f"{self.epoch}:{one.claims}", -1)
        self.image(scan_id, number, lengths[one.shows - 1] if one.shows else 400, f"shows {one.shows}", width_px=200)

    def shown(self, tracks: int) -> tuple[int, ...]:
        """Whose image each track has for good: 0 none, -1 a test shot."""
        of = {picture(f"shows {n} low").sha256: n for n in range(1, 10)} | {picture("shows 0 low").sha256: -1}
        found = (self.passage(track).inspection for track in range(1, tracks + 1))
        return tuple(of[i.image.low.sha256] if i and i.image and i.bound and not i.problem else 0 for i in found)


def _ms(mm: int, speed_mm_s: int) -> int:
    return mm * 1000 // speed_mm_s

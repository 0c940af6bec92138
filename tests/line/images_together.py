"""Cartons close behind each other through the tunnel, and the images that come of them, each at its own time."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from controller.line.belt import RingKind
from controller.line.commands import Outcome
from controller.line.events import DaemonStarted
from controller.line.plc_events import PlcLost, RingEvent, TableItem
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
    """Tracks 1, 2, ... go through the tunnel; `removed` are taken off by hand 0.25 s behind the entry.

    From `unseen[0]` to `unseen[1]` ms after the first entry the PLC's records are not read, because the link is lost or, with
    `restart`, the daemon starts again; the PLC keeps them.
    """

    restart = False
    unread: list[RingEvent] | None = None

    def ring(self, kind: int, track: int, zone: int = 0, arg1: int = 0, arg2: int = 0, belt_mm: int = 0) -> Outcome:
        if self.unread is None:
            return super().ring(kind, track, zone, arg1, arg2, belt_mm)
        self.ring_seq += 1
        self.unread.append(RingEvent(1, self.ring_seq, kind, zone, track, arg1, arg2, self.now_ms % 65536, belt_mm, self.now_ms))
        return self.outcomes[-1]

    def lose_sight(self) -> None:
        self.unread = []
        self.feed(DaemonStarted("b2", "test") if self.restart else PlcLost("timeout", "no answer"))

    def see_again(self) -> None:
        unread, self.unread = self.unread or [], None
        for event in unread:
            self.feed(replace(event, read_ms=self.now_ms, backlog=True))
        self.sync(tuple(TableItem(self.state.passages[key].track_id, 4, 0, 0) for key in self.state.facts.live))

    def go(
        self,
        gaps_mm: Sequence[int],
        *came: Came,
        removed: Sequence[int] = (),
        speed_mm_s: int = 500,
        unseen: tuple[int, int] = (-1, -1),
    ) -> "Together":
        lengths = (400,) * (len(gaps_mm) + 1)
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
        if unseen[1] >= 0:
            told += [(unseen[0], 0, "lose sight", 0), (unseen[1], 0, "see again", 0)]
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
            elif what == "lose sight":
                self.lose_sight()
            elif what == "see again":
                self.see_again()
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

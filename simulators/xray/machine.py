"""The X-ray machine over the belt: takes ids from the PLC, exposes what passes its beam, and drops the images.

The one rule: it sees cartons only while they cross its beam. An id that the PLC handed over is given to the carton that comes
to the beam where the id's carton should be; a machine that counts has its own numbers. Source: contract CIL-1, events 19 and
20; devices reference section 5.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from simulators.plant import Placed, Plant
from simulators.xray.drop import BAD_KINDS, Dropped, Exposure, drop
from simulators.xray.picture import Grey, Shown, render

FROM_ENTRY_MM = 750
ID_WINDOW_MM = 150
MERGE_GAP_MM = 40
SHOWN_KEPT = 2000
LATENCY_S = (0.25, 0.6)
LATE_S = (9.0, 14.0)
# What can go wrong with one image. `wrong_id` is the id of the image before, `repeat` its very picture.
FAULTS = ("late", "never", "twice", "wrong_id", "merged", "repeat", "incomplete", *BAD_KINDS)


class MachineSettings(msgspec.Struct, frozen=True):
    """`takes_ids` False: it numbers by itself and knows nothing of the PLC's ids."""

    pixel_mm: int = 4
    takes_ids: bool = True
    first_number: int = 1


class _Handed(msgspec.Struct):
    scan_id: str
    travel_mm: float


class _Open(msgspec.Struct):
    """An exposure under way."""

    scan_id: str
    first_front_mm: float
    shown: list[Shown]
    complete: bool = True
    merges: bool = False


class XrayMachine:
    """`look` is called as the belt moves. `faults` strike the next images in turn, `for_carton` that carton's image once."""

    def __init__(
        self, plant: Plant, folder: Path, rng: random.Random, now_ms: Callable[[], int], settings: MachineSettings | None = None
    ) -> None:  # fmt: skip
        self._plant = plant
        self._beam_mm = plant.geometry.xray_beam_mm
        self.folder = folder
        self._rng = rng
        self._now_ms = now_ms
        self._noise = np.random.default_rng(rng.getrandbits(64))
        self.settings = settings or MachineSettings()
        self.faults: deque[str] = deque(maxlen=32)
        self.for_carton: dict[int, str] = {}
        self.works = True
        self.shows: dict[str, tuple[int, ...]] = {}  # hash of a low-energy picture: the cartons that are truly in it
        self.merged: deque[tuple[int, ...]] = deque(maxlen=32)  # cartons that came out as one image by a fault
        self._number = self.settings.first_number
        self._handed: deque[_Handed] = deque(maxlen=64)
        self._open: _Open | None = None
        self._inside: dict[int, Placed] = {}
        self._last: Exposure | None = None
        self._files = 0
        self._timers: set[asyncio.TimerHandle] = set()
        folder.mkdir(parents=True, exist_ok=True)

    def hand(self, scan_id: str) -> None:
        """The PLC says whose front is at the entry photo-eye."""
        self._handed.append(_Handed(scan_id, self._plant.main.travel_mm))

    def heal(self) -> None:
        """No fault strikes any more, and an image that waits for a second carton is that of the first: none may come for long."""
        self.faults.clear()
        if self._open is not None and self._open.merges:
            self._open.merges = False
            if not self._inside:
                self._rear([])

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    # --- the beam ----------------------------------------------------------------------------------------------
    def look(self) -> None:
        inside = {p.carton.carton_no: p for p in self._plant.on_line() if p.front_mm > self._beam_mm > p.rear_mm and p.lane == 0}
        if not inside and not self._inside and self._open is None:
            return
        gone = [placed for number, placed in self._inside.items() if number not in inside]
        new = [placed for number, placed in inside.items() if number not in self._inside]
        self._inside = inside
        if self._open is not None and not self._moves():
            self._open.complete = False
        for placed in new:
            self._front(placed)
        if gone and self._open is not None and self._over(inside):
            self._rear(gone)

    def _over(self, inside: dict[int, Placed]) -> bool:
        """Whether the exposure is over: nothing is in the beam, or a machine that merges has its second carton."""
        assert self._open is not None
        return len(self._open.shown) > 1 if self._open.merges else not inside

    def _moves(self) -> bool:
        plant = self._plant
        return plant.main.motor_on and plant.powered and plant.estop_healthy and plant.guards_closed

    def _front(self, placed: Placed) -> None:
        travel_mm = self._plant.main.travel_mm
        if self._open is None:
            first_mm = travel_mm - (placed.front_mm - self._beam_mm)
            self._open = _Open(self._id_at(travel_mm), first_mm, [])
            self._open.merges = self.for_carton.get(placed.carton.carton_no) == "merged" or "merged" in list(self.faults)[:1]
        from_mm = max(travel_mm - (placed.front_mm - self._beam_mm) - self._open.first_front_mm, 0.0)
        self._open.shown.append(Shown(placed.carton, from_mm))

    def _id_at(self, travel_mm: float) -> str:
        """The id whose carton should be at the beam now; older ones have missed it."""
        while self._handed and travel_mm - self._handed[0].travel_mm > FROM_ENTRY_MM + ID_WINDOW_MM:
            self._handed.popleft()
        if self._handed and abs(travel_mm - self._handed[0].travel_mm - FROM_ENTRY_MM) <= ID_WINDOW_MM:
            return self._handed.popleft().scan_id
        return ""

    def _rear(self, gone: list[Placed]) -> None:
        exposure, self._open = self._open, None
        assert exposure is not None
        shown = tuple(exposure.shown)
        fault = self._fault_for(shown)
        length_mm = round(max(one.from_mm + one.carton.length_mm for one in shown))
        taken = any(placed.rear_mm < self._beam_mm - MERGE_GAP_MM for placed in gone)  # lifted off the belt in the beam
        complete = exposure.complete and not taken and fault != "incomplete"
        low, high = render(shown, self.settings.pixel_mm, self._noise)
        number, self._number = self._number, self._number + 1
        numbers = tuple(one.carton.carton_no for one in shown)
        if fault == "merged":
            self.merged.append(numbers)
        self._finish(self._exposure(exposure.scan_id, number, low, high, length_mm, complete, numbers), fault)

    def _exposure(
        self, scan_id: str, number: int, low: Grey, high: Grey, length_mm: int, complete: bool, numbers: tuple[int, ...]
    ) -> Exposure:  # fmt: skip
        self._files += 1
        counts = not self.settings.takes_ids
        return Exposure(
            f"{self._files:08d}", "" if counts else scan_id, number if counts else -1, low, high, length_mm,
            self.settings.pixel_mm, complete, numbers,
        )  # fmt: skip

    def _fault_for(self, shown: tuple[Shown, ...]) -> str:
        for one in shown:
            if one.carton.carton_no in self.for_carton:
                return self.for_carton.pop(one.carton.carton_no)
        return self.faults.popleft() if self.faults else ""

    # --- the folder --------------------------------------------------------------------------------------------
    def _finish(self, exposure: Exposure, fault: str) -> None:
        before, self._last = self._last, exposure
        if fault == "never" or not self.works:
            self._note(exposure, None, fault or "dead")
            return
        if fault == "wrong_id" and before is not None:
            exposure = msgspec.structs.replace(exposure, scan_id=before.scan_id, number=before.number)
        if fault == "repeat" and before is not None:
            exposure = msgspec.structs.replace(exposure, low=before.low, high=before.high)
        delay_s = self._rng.uniform(*(LATE_S if fault == "late" else LATENCY_S))
        self._later(delay_s, lambda: self._drop(exposure, fault))
        if fault == "twice":
            again = msgspec.structs.replace(exposure, name=exposure.name + "-again")
            self._later(delay_s + self._rng.uniform(0.1, 2.0), lambda: self._drop(again, fault))

    def _drop(self, exposure: Exposure, fault: str) -> None:
        if not self.works:
            return self._note(exposure, None, "dead")
        dropped = drop(self.folder, exposure, fault if fault in BAD_KINDS else "")
        self._note(exposure, dropped, fault)
        return None

    def _note(self, exposure: Exposure, dropped: Dropped | None, fault: str) -> None:
        cartons = exposure.carton_nos
        if dropped is not None:
            # A repeated picture shows what it showed first, also where that came damaged.
            cartons = self.shows.setdefault(dropped.taken_sha256, cartons)
            while len(self.shows) > SHOWN_KEPT:
                self.shows.pop(next(iter(self.shows)))
        self._plant.log.note(
            self._now_ms(), "imaged", cartons=list(cartons), low=dropped.low_sha256 if dropped is not None else "",
            high=dropped.high_sha256 if dropped is not None else "", scan_id=exposure.scan_id, number=exposure.number,
            complete=exposure.complete, fault=fault,
        )  # fmt: skip

    def _later(self, delay_s: float, act: Callable[[], None]) -> None:
        def fire() -> None:
            self._timers.discard(timer)
            act()

        timer = asyncio.get_running_loop().call_later(delay_s, fire)
        self._timers.add(timer)

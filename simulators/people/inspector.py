"""The officers who close, list by list, the inspections that customs ordered, once the carton was taken to the open-box place.

The one rule: they close what people brought them, and say so until the screen takes it. What they find is another story.
"""

import asyncio

from simulators.people.floor import Floor
from simulators.traffic.parcels import Parcel, Trouble

LOOKS_EVERY_S = (4.0, 8.0)


class Inspector:
    """`closed` are the lists whose inspection the screen has closed."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.closed: set[str] = set()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._floor.rng.uniform(*LOOKS_EVERY_S))
            for parcel in self._floor.day.parcels:
                ordered = parcel.trouble is Trouble.INSPECTION or parcel.carton_no in self._floor.recalled
                if ordered and parcel.carton_no in self._floor.settled and parcel.list_key not in self.closed:
                    await self.close(parcel)

    async def close(self, parcel: Parcel) -> bool:
        answer = await self._floor.desk.act(
            "close-inspection", "zhang", "officer", list_key=parcel.list_key, cause="opened, as declared"
        )
        done = bool(answer and answer.get("ok"))
        if done:
            self.closed.add(parcel.list_key)
        return done

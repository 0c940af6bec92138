"""What the day was in truth and how each scene must end, written for the oracle.

The one rule: expectations come from the plan and from what hands did, never from what the daemon answered.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from simulators.line_world import write_json
from simulators.traffic.parcels import Day
from simulators.traffic.things import things_in


class Expect(msgspec.Struct, frozen=True):
    """`lanes`: at least one of them on its way; `codes_any`: at least one recorded for each carton; `end`: its end."""

    lanes: tuple[str, ...]
    end: str
    codes_any: tuple[str, ...] = ()


class Scene(msgspec.Struct, frozen=True):
    name: str
    title_zh: str
    title_en: str
    expect: Expect


class Expectations:
    """Kept on disk at each change, so that a run that is cut short can still be judged."""

    def __init__(self, path: Path, day: Day) -> None:
        self._path = path
        self._day = day
        self._scenes: dict[str, tuple[Scene, tuple[int, ...]]] = {}

    def add(self, scene: Scene, cartons: Iterable[int]) -> None:
        self._scenes[scene.name] = (scene, tuple(cartons))
        self.write()

    def write(self) -> None:
        scenes = [self._told(*one) for one in self._scenes.values()]
        lists = {one.key: len(one.numbers) for load in self._day.loads for one in load.consignments}
        write_json(self._path, {"cartons": self._cartons(), "lists": lists, "scenes": scenes})

    def _cartons(self) -> dict[str, object]:
        lists = {one.key: one for load in self._day.loads for one in load.consignments}
        status = {key: one.status for key, one in lists.items()}
        return {
            str(parcel.carton_no): {
                "declared": parcel.declared,
                "list_key": parcel.list_key,
                "status": status.get(parcel.list_key, ""),
                "ordinary": parcel.ordinary,
                "label": parcel.code,
                "load_id": parcel.load_id,
                "trouble": parcel.trouble.value,
                "key": parcel.carton_key,
                "things": [thing.product for thing in things_in(parcel, lists.get(parcel.list_key))],
            }
            for parcel in self._day.parcels
        }

    def _told(self, scene: Scene, cartons: tuple[int, ...]) -> dict[str, object]:
        expect = {"lanes": scene.expect.lanes, "codes_any": scene.expect.codes_any, "finally": scene.expect.end}
        return {
            "name": scene.name,
            "title_zh": scene.title_zh,
            "title_en": scene.title_en,
            "cartons": [str(number) for number in cartons],
            "expect": expect,
        }

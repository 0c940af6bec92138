"""The injector: each fault kind strikes by itself, at times of its own seeded stream, until all are healed.

The one rule: a kind that is off draws nothing and shifts no other; healing ends every fault before it returns.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from simulators.faults import device_faults as device
from simulators.faults import machine_faults as machine
from simulators.faults import people_faults as people
from simulators.faults import plant_faults as plant
from simulators.faults import plc_faults as plc
from simulators.faults.kinds import Kind
from simulators.faults.site import Site
from simulators.scanner.faults import Fault

Strike = Callable[[Site], Coroutine[Any, Any, bool]]


def strikes(acts: people.OpenActs) -> dict[Kind, Strike]:
    return {
        Kind.KILL: machine.kill,
        Kind.HOST_POWER: machine.host_power,
        Kind.POWER_AT_WRITE: machine.power_at_write,
        Kind.HANG: machine.hang,
        Kind.TERMINATE: machine.terminate,
        Kind.WALL_CLOCK: machine.wall_clock,
        Kind.DISK_SLOW: machine.disk_slow,
        Kind.DISK_FULL: machine.disk_full,
        Kind.DISK_ERROR: machine.disk_error,
        Kind.PLC_POWER: plc.plc_power,
        Kind.PLC_FROZEN: plc.plc_frozen,
        Kind.PLC_TORN: plc.plc_torn,
        Kind.ESTOP: plc.estop,
        Kind.GUARD: plc.guard,
        Kind.STOP_BUTTON: plc.stop_button,
        Kind.DIVERTER_STUCK: plc.diverter_stuck,
        Kind.LINK_HALF_OPEN: plc.link_half_open,
        Kind.LINK_CUT: plc.link_cut,
        Kind.LINK_RESET: plc.link_reset,
        Kind.LINK_DELAY: plc.link_delay,
        Kind.LINK_LOST_REPLY: plc.link_lost_reply,
        Kind.LINK_REPEATED_REPLY: plc.link_repeated_reply,
        Kind.LINK_WRONG_REPLY: plc.link_wrong_reply,
        Kind.LINK_SHORT_REPLY: plc.link_short_reply,
        Kind.LINK_REFUSED: plc.link_refused,
        Kind.READ_DROPPED: device.FrameFault(Fault.DROP),
        Kind.READ_DOUBLE: device.FrameFault(Fault.DUPLICATE),
        Kind.READ_LATE: device.FrameFault(Fault.LATE),
        Kind.READ_BIT: device.FrameFault(Fault.FLIP_BIT),
        Kind.READ_BYTE_LOST: device.FrameFault(Fault.LOSE_BYTE),
        Kind.READ_JOINED: device.FrameFault(Fault.JOIN),
        Kind.READ_SPLIT: device.FrameFault(Fault.SPLIT),
        Kind.READ_GARBAGE: device.FrameFault(Fault.GARBAGE),
        Kind.READER_SILENT: device.reader_silent,
        Kind.READER_STUCK: device.reader_stuck,
        Kind.READER_UNPLUGGED: device.reader_unplugged,
        Kind.SCALE_SILENT: device.ScaleFault(silent=True),
        Kind.SCALE_GARBAGE: device.ScaleFault(garbage_rate=0.5),
        Kind.SCALE_HALF: device.ScaleFault(half_answer_rate=0.5),
        Kind.SCALE_NOISE: device.ScaleFault(noise_g=8.0),
        Kind.SCALE_SLOW: device.ScaleFault(slow_ms=700.0),
        Kind.SCALE_UNIT: device.ScaleFault(wrong_unit="lb"),
        Kind.SCALE_UNPLUGGED: device.scale_unplugged,
        Kind.EYE_MISSED: plant.eye_missed,
        Kind.EYE_DOUBLE: plant.eye_double,
        Kind.EYE_STUCK: plant.eye_stuck,
        Kind.SLIP: plant.slip,
        Kind.REMOVED: plant.removed,
        Kind.EXCHANGED: plant.exchanged,
        Kind.PUT_BACK: plant.put_back,
        Kind.JAM: plant.jam,
        Kind.TAILGATE: plant.tailgate,
        Kind.LANE_FULL: plant.lane_full,
        Kind.BELT_SPEED: plant.belt_speed,
        Kind.RECEIPT_TWICE: people.receipt_twice,
        Kind.RECEIPT_CONTRARY: people.receipt_contrary,
        Kind.RECEIPT_REORDERED: people.receipt_reordered,
        Kind.RECEIPT_LATE: people.receipt_late,
        Kind.GARBAGE_FILE: people.garbage_file,
        Kind.HOLD: people.Hold(acts),
        Kind.LINE_STOP: people.line_stop,
        Kind.SLOW_OPERATOR: people.slow_operator,
    }


class Injector:
    """`mean_s` names the kinds that are on, and how long it is between two strikes of each on average."""

    def __init__(self, site_of: Callable[[random.Random], Site], seed: str, mean_s: Mapping[Kind, float]) -> None:
        self._site_of = site_of
        self._seed = seed
        self._mean_s = dict(mean_s)
        self._acts = people.OpenActs()
        self._tasks: list[asyncio.Task[None]] = []
        self._people: asyncio.Task[None] | None = None
        self.struck: Counter[Kind] = Counter()

    def start(self) -> None:
        table = strikes(self._acts)
        for kind, mean_s in self._mean_s.items():
            site = self._site_of(random.Random(f"{self._seed}/fault/{kind}"))
            self._tasks.append(asyncio.create_task(self._again_and_again(kind, mean_s, table[kind], site), name=f"fault {kind}"))

        site = self._site_of(random.Random(f"{self._seed}/line people"))
        self._people = asyncio.create_task(people.LinePeople().run(site), name="line people")

    async def heal(self) -> None:
        """Every fault ends now; people lift what they held and send what they kept back."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended
        site = self._site_of(random.Random(0))
        heal_rest(site)

    async def close(self) -> None:
        if self._people is not None:
            self._people.cancel()
            await asyncio.gather(self._people, return_exceptions=True)

    async def finish(self) -> None:
        await self._acts.finish(self._site_of(random.Random(0)))

    async def _again_and_again(self, kind: Kind, mean_s: float, strike: Strike, site: Site) -> None:
        while True:
            await asyncio.sleep(site.rng.expovariate(1 / mean_s))
            site.tell(f"fault {kind}")
            self.struck[kind] += 1
            if not await strike(site):
                self.struck[kind] -= 1
                site.tell(f"fault {kind}: nothing to strike")


def heal_rest(site: Site) -> None:
    """What was planned for later and has not struck."""
    sim = site.world.sim
    for eye in (*sim.plant.eyes.values(), *sim.plant.lane_eyes.values()):
        eye.miss_next = eye.double_next = 0
    sim.program.faults.torn_reads = 0
    if sim.server is not None:
        faults = sim.server.faults
        faults.drop_replies = faults.repeat_replies = faults.wrong_transaction_ids = faults.short_replies = 0
    for reader in (site.world.induct, site.world.verify):
        reader.faults.clear()
    office = site.stage.office
    if isinstance(office, people.TroubledOffice):
        office.hold_back = 0
        office.send_kept()

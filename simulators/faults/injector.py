"""The injector: each fault kind strikes by itself, at times of its own seeded stream, until all are healed.

The one rule: a kind that is off draws nothing and shifts no other, and every strike draws from a stream of its own, so that
one strike can be repeated without the others; healing ends every fault before it returns.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

import msgspec

from simulators.faults import custody_faults as custody
from simulators.faults import departure_faults as departure
from simulators.faults import desk_faults as desk
from simulators.faults import device_faults as device
from simulators.faults import machine_faults as machine
from simulators.faults import office_faults as office_fault
from simulators.faults import paper_faults as paper
from simulators.faults import people_faults as people
from simulators.faults import plant_faults as plant
from simulators.faults import plc_faults as plc
from simulators.faults import recheck_faults as recheck
from simulators.faults import xray_faults as xray
from simulators.faults.kinds import Kind
from simulators.faults.site import Site
from simulators.people import open_box, shipping
from simulators.scanner.faults import Fault
from simulators.traffic.parcels import SealTrouble

Strike = Callable[[Site], Coroutine[Any, Any, bool]]


OF_THINGS: dict[Kind, Strike] = {
    Kind.KILL: machine.kill,
    Kind.HOST_POWER: machine.host_power,
    Kind.POWER_AT_WRITE: machine.power_at_write,
    Kind.HANG: machine.hang,
    Kind.TERMINATE: machine.terminate,
    Kind.SECOND_DAEMON: machine.second_daemon,
    Kind.KILL_AT_WORK: machine.kill_at_work,
    Kind.WALL_CLOCK: machine.wall_clock,
    Kind.DISK_SLOW: machine.disk_slow,
    Kind.DISK_FULL: machine.disk_full,
    Kind.DISK_ERROR: machine.disk_error,
    Kind.PLC_POWER: plc.plc_power,
    Kind.PLC_FROZEN: plc.plc_frozen,
    Kind.PLC_TORN: plc.plc_torn,
    Kind.RING_TORN: plc.ring_torn,
    Kind.WRITE_TORN: plc.write_torn,
    Kind.PLC_CLOCK_SET: plc.plc_clock_set,
    Kind.PLC_CLOCK_RATE: plc.plc_clock_rate,
    Kind.BUTTON_BOUNCE: plc.button_bounce,
    Kind.ESTOP: plc.estop,
    Kind.ESTOP_RACE: desk.estop_race,
    Kind.GUARD: plc.guard,
    Kind.STOP_BUTTON: plc.stop_button,
    Kind.DIVERTER_STUCK: plc.diverter_stuck,
    Kind.PANEL_PURGE: plc.panel_purge,
    Kind.OTHER_HOST: plc.other_host,
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
    Kind.READS_KEPT: device.reads_kept,
    Kind.READER_LIBRARY: device.reader_library,
    Kind.CAMERA_STALLED: device.CameraFault("stalled"),
    Kind.CAMERA_FROZEN: device.CameraFault("frozen"),
    Kind.CAMERA_BLACK: device.CameraFault("black"),
    Kind.CAMERA_CUT: device.CameraFault("cut"),
    Kind.SEAL_SCAN_LOST: device.seal_scan_lost,
    Kind.SCALE_SILENT: device.ScaleFault(silent=True),
    Kind.SCALE_GARBAGE: device.ScaleFault(garbage_rate=0.5),
    Kind.SCALE_HALF: device.ScaleFault(half_answer_rate=0.5),
    Kind.SCALE_NOISE: device.ScaleFault(noise_g=8.0),
    Kind.SCALE_SLOW: device.ScaleFault(slow_ms=700.0),
    Kind.SCALE_UNIT: device.ScaleFault(wrong_unit="lb"),
    Kind.SCALE_UNPLUGGED: device.scale_unplugged,
    Kind.STACK_LIGHT_DARK: device.stack_light_dark,
    Kind.STACK_LIGHT_MUTE: device.stack_light_mute,
    Kind.IMAGE_LATE: xray.ImageFault("late"),
    Kind.IMAGE_NEVER: xray.ImageFault("never"),
    Kind.IMAGE_TWICE: xray.ImageFault("twice"),
    Kind.IMAGE_WRONG_ID: xray.ImageFault("wrong_id"),
    Kind.IMAGE_MERGED: xray.ImageFault("merged"),
    Kind.IMAGE_REPEAT: xray.ImageFault("repeat"),
    Kind.IMAGE_CUT_OFF: xray.ImageFault("incomplete"),
    Kind.IMAGE_BAD: xray.bad_image,
    Kind.XRAY_DEAD: xray.machine_dead,
    Kind.OFFICER_SLOW: xray.officer_slow,
    Kind.OFFICER_WRONG: xray.officer_wrong,
    Kind.OFFICER_SUSPECTS: xray.officer_suspects,
    Kind.EYE_MISSED: plant.eye_missed,
    Kind.EYE_DOUBLE: plant.eye_double,
    Kind.EYE_STUCK: plant.eye_stuck,
    Kind.SLIP: plant.slip,
    Kind.REMOVED: plant.removed,
    Kind.EXCHANGED: plant.exchanged,
    Kind.EXCHANGED_LATE: plant.exchanged_late,
    Kind.PUT_BACK: plant.put_back,
    Kind.JAM: plant.jam,
    Kind.TAILGATE: plant.tailgate,
    Kind.LABEL_DAMAGED: desk.label_damaged,
    Kind.LANE_FULL: plant.lane_full,
    Kind.CARRIED_OVER: plant.carried_over,
    Kind.SEAL_SWAPPED: plant.SealFault(SealTrouble.SWAPPED),
    Kind.SEAL_CUT: plant.SealFault(SealTrouble.BROKEN),
    Kind.SEAL_AGAIN: plant.seal_again,
    Kind.BELT_SPEED: plant.belt_speed,
    Kind.BELT_CRAWLS: plant.belt_crawls,
}


def strikes(acts: people.OpenActs) -> dict[Kind, Strike]:
    """How each kind strikes; what people leave open goes into `acts`."""
    return {
        **OF_THINGS,
        Kind.RECEIPT_TWICE: people.receipt_twice,
        Kind.RECEIPT_CONTRARY: people.receipt_contrary,
        Kind.RECEIPT_REORDERED: people.receipt_reordered,
        Kind.RECEIPT_LATE: people.receipt_late,
        Kind.GARBAGE_FILE: people.garbage_file,
        Kind.LIST_LATE: paper.list_late,
        Kind.ORDER_FIRST: paper.order_first,
        Kind.NOTICE_AGAIN: paper.notice_again,
        Kind.LIST_OVER_CARTON: paper.list_over_carton,
        Kind.SECOND_CARRIER: paper.second_carrier,
        Kind.RERUN_ON_BELT: paper.rerun_on_belt,
        Kind.WORD_AFTER_LEAVING: paper.word_after_leaving,
        Kind.DECLARED_OTHERWISE: paper.declared_otherwise,
        Kind.HOLD: people.Hold(acts),
        Kind.HOLD_RACE: desk.HoldRace(acts),
        Kind.HOLD_UNHEARD: desk.HoldUnheard(acts),
        Kind.UNDONE: desk.Undone(acts),
        Kind.DOUBLE_ACT: desk.DoubleAct(acts),
        Kind.TWO_OFFICERS: desk.TwoOfficers(acts),
        Kind.WRONG_CARTON: desk.wrong_carton,
        Kind.ABSENT: desk.absent,
        Kind.LINE_STOP: people.line_stop,
        Kind.SLOW_OPERATOR: people.slow_operator,
        Kind.WRONG_ROLE: people.WrongRole(acts),
        Kind.RECHECK_CALLED: recheck.called,
        Kind.RECHECK_TAKEN_OUT: recheck.taken_out,
        Kind.RECHECK_SAME: recheck.same_officer,
        Kind.RECHECK_SLIP: recheck.slip,
        Kind.RECHECK_SLOW: recheck.slow,
        Kind.RECHECK_EARLY: recheck.early,
        Kind.RECHECK_LABEL: recheck.label,
        Kind.RECHECK_CARELESS: recheck.careless,
        Kind.RECHECK_FORGOT: recheck.forgot,
        Kind.RECHECK_TAKES_AWAY: recheck.takes_away,
        Kind.RECHECK_DOOR: recheck.door,
        Kind.CUSTODY_LEFT: custody.left,
        Kind.CUSTODY_DOOR: custody.door,
        Kind.OFFICE_DEAD: office_fault.office_dead,
        Kind.OFFICE_LATE: office_fault.office_late,
        Kind.OFFICE_ANSWERS_LOST: office_fault.office_answers_lost,
        Kind.OFFICE_REFUSES: office_fault.office_refuses,
        Kind.OFFICE_SHUFFLED: office_fault.office_shuffled,
        Kind.OFFICE_CONTRARY: office_fault.office_contrary,
        Kind.SCAN_WRONG: departure.scan_wrong,
        Kind.SCAN_DOUBLE: departure.scan_double,
        Kind.SCAN_FORGOTTEN: departure.scan_forgotten,
        Kind.GATE_SEAL: departure.gate_seal,
        Kind.GATE_PLATE: departure.gate_plate,
        Kind.GATE_UNREAD: departure.gate_unread,
        Kind.GATE_RECALL: departure.GateRecall(acts),
        Kind.GATE_CUT: departure.gate_cut,
        Kind.GATE_FRAMES: departure.gate_frames,
        Kind.BARRIER_STUCK: departure.barrier_stuck,
        Kind.PORT_DEAD: departure.port_dead,
        Kind.PORT_LATE: departure.port_late,
        Kind.PORT_ANSWERS_LOST: departure.port_answers_lost,
    }


class Struck(msgspec.Struct, frozen=True, order=True):
    """One strike: when, in line seconds, of which kind, and the how-manieth of that kind it was."""

    at_s: float
    kind: Kind
    number: int

    def __str__(self) -> str:
        return f"{self.kind}#{self.number}@{self.at_s:.6f}"


def struck_of(text: str) -> Struck:
    """The strike that `str` wrote; ValueError if it is none."""
    kind, _, rest = text.strip().partition("#")
    number, at, at_s = rest.partition("@")
    if not at:
        raise ValueError(f"{text!r} is no strike; one looks like kill#2@31.250000")
    return Struck(float(at_s), Kind(kind), int(number))


class Injector:
    """`mean_s` names the kinds that are on, and how long it is between two strikes of each on average.

    With `only` nothing is drawn: exactly these strikes come, at their times.
    """

    def __init__(
        self, site_of: Callable[[random.Random], Site], seed: str, mean_s: Mapping[Kind, float], only: Iterable[Struck] = ()
    ) -> None:
        self._site_of = site_of
        self._seed = seed
        self._mean_s = dict(mean_s)
        self._only = sorted(only)
        self._acts = people.OpenActs()
        self._table = strikes(self._acts)
        self._tasks: list[asyncio.Task[None]] = []
        self._people: asyncio.Task[None] | None = None
        self.struck: Counter[Kind] = Counter()
        self.list: list[Struck] = []

    def start(self) -> None:
        if self._only:
            for one in self._only:
                self._work(one.kind, self._once(one))
        else:
            for kind, mean_s in self._mean_s.items():
                self._work(kind, self._again_and_again(kind, mean_s))
        site = self._site_of(random.Random(f"{self._seed}/line people"))
        self._people = asyncio.create_task(people.LinePeople().run(site), name="line people")

    def _work(self, kind: Kind, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work, name=f"fault {kind}"))

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

    async def _again_and_again(self, kind: Kind, mean_s: float) -> None:
        waits, number = random.Random(f"{self._seed}/fault/{kind}"), 0
        while True:
            await asyncio.sleep(waits.expovariate(1 / mean_s))
            number += 1
            # As it is printed, so that what was made small and what the printed command runs are the same.
            await self._strike(Struck(round(asyncio.get_running_loop().time(), 6), kind, number))

    async def _once(self, one: Struck) -> None:
        await asyncio.sleep(max(0.0, one.at_s - asyncio.get_running_loop().time()))
        await self._strike(one)

    async def _strike(self, one: Struck) -> None:
        site = self._site_of(random.Random(f"{self._seed}/fault/{one.kind}/{one.number}"))
        site.tell(f"fault {one.kind}")
        self.struck[one.kind] += 1
        self.list.append(one)
        if await self._table[one.kind](site):
            site.tell(f"fault {one.kind}: over")
        else:
            self.struck[one.kind] -= 1
            self.list.remove(one)
            site.tell(f"fault {one.kind}: nothing to strike")


def heal_rest(site: Site) -> None:
    """What was planned for later and has not struck."""
    sim = site.world.sim
    site.machine.heal()
    for eye in (*sim.plant.eyes.values(), *sim.plant.lane_eyes.values()):
        eye.miss_next = eye.double_next = 0
    sim.plant.carry_over_next = False
    sim.program.faults.torn_reads = sim.program.faults.torn_writes = 0
    sim.program.memory.ring.tear_next_ms = 0
    if sim.server is not None:
        faults = sim.server.faults
        faults.drop_replies = faults.repeat_replies = faults.wrong_transaction_ids = faults.short_replies = 0
    for reader in (site.world.induct, site.world.verify, site.world.seal_scanner, site.world.bench_scanner):
        reader.heal()
    for system in (site.world.harbour, site.world.customs):
        system.mood.lost_answers = system.mood.broken_answers = 0
    site.stage.loader.forget = site.stage.loader.double = 0
    site.stage.open_box.mistakes = open_box.Mistakes()
    site.stage.shipping.mistakes = shipping.Mistakes()
    site.stage.unloader.doors.on_the_road = SealTrouble.NONE
    site.stage.unloader.doors.again = None
    site.world.xray.heal()
    site.stage.image_officer.behave()
    office = site.stage.office
    if isinstance(office, people.TroubledOffice):
        office.hold_back = 0
        office.list_back, office.order_first = None, False
        office.send_kept()
        office.ways.clear()
        office.send_shuffled()

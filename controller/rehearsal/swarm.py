"""What a seed is made of: which fault kinds are on and how often, how long the day is, what comes off the trucks.

One rule: everything is drawn here from the seed and printed with a failure; a kind that is off is fully off. Swarm testing:
a day with few kinds finds what a day with all of them hides. Each kind is drawn from a stream of its own, so a new kind in the
catalogue leaves the draws of all others as they were.
"""

import random

import msgspec

from controller.rehearsal.named_days import MOODS, STORM_SHARE, SWARM, NamedDay
from simulators.faults.injector import Struck
from simulators.faults.kinds import ALL_KINDS, GROUP_OF, Kind
from simulators.line_world import Makes
from simulators.traffic.day import LoadPlan, Slot
from simulators.traffic.parcels import SealTrouble, Trouble

FAULTS_S, HEALING_S = 120.0, 60.0
# Long enough for a truck of ordinary cartons at full flow after everything is well again.
LIVENESS_HEALING_S = 160.0
LIVENESS_CARTONS = 30
# A count of images that the last fault has lost begins anew behind a belt that was cleared and a tunnel that was empty for 20 s.
COUNT_AGAIN_S = 35.0
SOME_TROUBLES = (
    Trouble.NO_READ, Trouble.NOT_LISTED, Trouble.TWO_WAYBILLS, Trouble.WRONG_CHECK, Trouble.OVERWEIGHT,
    Trouble.UNKNOWN_STATUS, Trouble.INSPECTION, Trouble.INSPECTION_CLEARED,
)  # fmt: skip
# What hangs at the doors of the trucks of a day.
SEALS = {
    SealTrouble.NONE: 70, SealTrouble.SWAPPED: 6, SealTrouble.BROKEN: 6, SealTrouble.ABSENT: 6, SealTrouble.DIRTY: 6,
    SealTrouble.MISTYPED: 6,
}  # fmt: skip
# Where labels are read by scanners alone, a lost frame is a carton that was not read.
BELT_CAMERAS_SHARE = 0.5
STATUS = {Trouble.UNKNOWN_STATUS: "733", Trouble.INSPECTION: "500", Trouble.INSPECTION_CLEARED: "500"}


class Options(msgspec.Struct, frozen=True):
    """`retentive` False: the PLC forgets all at each power-up. `hasty`: the first truck is unloaded before it is reported.

    `mean_s`: seconds between two strikes of a kind on average; kinds that are not in it are off.

    `strikes`: exactly these come and no others are drawn. `liveness`: a truck of ordinary cartons comes after the healing.
    """

    seed: int
    mood: str
    mean_s: dict[Kind, float]
    loads: int = 3
    cartons_a_load: int = 20
    troubled_share: float = 0.1
    faults_s: float = FAULTS_S
    healing_s: float = HEALING_S
    near_wrap: bool = False
    patience_s: float = 4.0
    retentive: bool = True
    hasty: bool = False
    plc_poll_ms: int = 100
    scale_poll_ms: int = 100
    xray_join: str = "scan_id"
    image_late_ms: int = 1500
    scenario: str = SWARM.name
    liveness: bool = False
    strikes: tuple[Struck, ...] = ()
    belt_cameras: bool = True
    silence_limit_s: int = 120
    draw_permille: int = 50
    makes: Makes = Makes()
    console: bool = False
    forget_after_s: int = 43_200

    @property
    def count_again_s(self) -> float:
        """How much longer than others a line may need until all is well again."""
        return COUNT_AGAIN_S if self.xray_join == "counting" else 0.0

    def without(self, *kinds: Kind) -> "Options":
        return msgspec.structs.replace(self, mean_s={k: m for k, m in self.mean_s.items() if k not in kinds})

    def lasting(self, faults_s: float) -> "Options":
        """A longer or shorter day, with trucks to match."""
        loads = max(1, round(self.loads * faults_s / self.faults_s))
        return msgspec.structs.replace(self, faults_s=faults_s, loads=loads)

    def striking(self, *strikes: Struck) -> "Options":
        """The same day with exactly these strikes."""
        kinds = {one.kind for one in strikes}
        return msgspec.structs.replace(self.only(*kinds), strikes=tuple(sorted(strikes)))

    def only(self, *kinds: Kind) -> "Options":
        return msgspec.structs.replace(self, mean_s={k: m for k, m in self.mean_s.items() if k in kinds})


# A belt that stands shows little: these come half as often as they might.
STANDSTILLS = frozenset({
    Kind.STOP_BUTTON, Kind.ESTOP, Kind.ESTOP_RACE, Kind.GUARD, Kind.PLC_POWER, Kind.LINE_STOP, Kind.SLOW_OPERATOR, Kind.JAM,
    Kind.PANEL_PURGE, Kind.OTHER_HOST,
    Kind.HOST_POWER, Kind.DISK_FULL, Kind.DISK_ERROR, Kind.POWER_AT_WRITE, Kind.LINK_REFUSED, Kind.LANE_FULL,
})  # fmt: skip
# How long customs may be silent; 0 = the site never minds.
SILENCE_LIMITS_S = (0, 20, 20, 40, 40, 120)
# The contract allows 50 to 200 ms: fast and slow sites are both drawn, slow ones more often: polls cost most.
PLC_POLLS_MS = (50, 100, 200, 200, 200, 200)
SCALE_POLLS_MS = (100, 200)
COUNTING_SHARE = 0.3
# How late an image may come: as shipped, or so late that one of two cartons is in time.
IMAGE_LATE_MS = (1500, 1500, 1500, 3000)
HIDING_SHARE = 0.04
# Of the lists of several cartons; one of each never comes.
MISSING_SHARE = 0.3
# Of the lists, so many are of the same order as the one before; so many are declared before customs has given its numbers.
SAME_ORDER_SHARE, UNNUMBERED_SHARE = 0.15, 0.5
# How long what has left stays known: as shipped, or so short, also shorter than a site may set, that a day sees it let go of.
FORGET_AFTER_S = (43_200, 43_200, 60, 15)
# How many of a thousand an officer has to look at, whatever they are.
DRAW_PERMILLES = (50, 50, 50, 250)
# Whose readers, scales and lights a site has.
VERIFY_MAKES = ("line", "line", "dataman")
SCALE_MAKES = ("mt-sics", "mt-sics", "toledo", "toledo-check")
# On such a share of days officers sit at the console, else at the control socket.
CONSOLE_SHARE = 0.3


def drawn(seed: int, day: NamedDay = SWARM) -> Options:
    """The options of a seed."""
    rng = random.Random(f"{seed}/options")
    mood = rng.choices(tuple(day.moods), weights=tuple(day.moods.values()))[0]
    near_wrap = rng.random() < 0.25
    options = Options(
        seed, mood, _kinds(seed, day, MOODS[mood]), loads=rng.choice((2, 3, 4)), cartons_a_load=rng.choice((8, 15, 20)),
        troubled_share=rng.choice((0.0, 0.1, 0.3)), near_wrap=near_wrap if day.near_wrap is None else day.near_wrap,
        patience_s=rng.choice((2.0, 4.0, 8.0)), plc_poll_ms=rng.choice(PLC_POLLS_MS), scale_poll_ms=rng.choice(SCALE_POLLS_MS),
        retentive=rng.random() >= 0.1, hasty=rng.random() < 0.1,
        scenario=day.name, liveness=day.liveness, belt_cameras=random.Random(f"{seed}/cameras").random() < BELT_CAMERAS_SHARE,
        silence_limit_s=random.Random(f"{seed}/silence").choice(SILENCE_LIMITS_S),
        xray_join=_xray_join(seed), draw_permille=random.Random(f"{seed}/draw").choice(DRAW_PERMILLES),
        console=random.Random(f"{seed}/console").random() < CONSOLE_SHARE,
        forget_after_s=random.Random(f"{seed}/forget").choice(FORGET_AFTER_S),
        image_late_ms=random.Random(f"{seed}/image late").choice(IMAGE_LATE_MS),
    )  # fmt: skip
    options = msgspec.structs.replace(
        options, healing_s=LIVENESS_HEALING_S + options.count_again_s if day.liveness else HEALING_S
    )
    return msgspec.structs.replace(options, makes=_makes(seed, options.scale_poll_ms))


def _makes(seed: int, scale_every_ms: int) -> Makes:
    rng = random.Random(f"{seed}/makes")
    return Makes(rng.choice(VERIFY_MAKES), rng.choice(SCALE_MAKES), scale_every_ms, stack_light=rng.random() < 0.5)


def _xray_join(seed: int) -> str:
    """A machine that takes the PLC's ids, or one that numbers its images by itself."""
    return "counting" if random.Random(f"{seed}/xray").random() < COUNTING_SHARE else "scan_id"


def _kinds(seed: int, day: NamedDay, share: float) -> dict[Kind, float]:
    mean_s = {}
    for kind in ALL_KINDS:
        rng = random.Random(f"{seed}/kind/{kind}")
        storms = GROUP_OF[kind] is day.storm
        on = rng.random() < (STORM_SHARE if storms else share)
        often = rng.choice((8.0, 15.0, 30.0) if storms else (15.0, 30.0, 60.0, 90.0))
        if on:
            mean_s[kind] = often * (2 if kind in STANDSTILLS else 1)
    return mean_s


def plans(options: Options) -> tuple[LoadPlan, ...]:
    """What comes off each truck."""
    rng, at_the_doors = random.Random(f"{options.seed}/plan"), random.Random(f"{options.seed}/seals")
    hiding, missing = random.Random(f"{options.seed}/hiding"), random.Random(f"{options.seed}/missing")
    orders = random.Random(f"{options.seed}/orders")
    loads = tuple(
        msgspec.structs.replace(
            _as_declared(_with_missing(_with_hidden(_load(options, rng), hiding), missing), orders),
            seal=at_the_doors.choices(tuple(SEALS), weights=tuple(SEALS.values()))[0],
        )
        for _ in range(options.loads)
    )
    return (*loads, LoadPlan((Slot(),) * LIVENESS_CARTONS)) if options.liveness else loads


def _with_hidden(plan: LoadPlan, rng: random.Random) -> LoadPlan:
    """In some of the ordinary cartons is something that nobody declared."""
    plain = Slot()
    slots = tuple(Slot(Trouble.HIDDEN) if slot == plain and rng.random() < HIDING_SHARE else slot for slot in plan.slots)
    return msgspec.structs.replace(plan, slots=slots)


def _with_missing(plan: LoadPlan, rng: random.Random) -> LoadPlan:
    """The last carton of some lists is not on the truck."""
    slots = tuple(
        Slot(Trouble.SIBLING_MISSING, slot.cartons - 1, missing=1) if slot.cartons > 1 and rng.random() < MISSING_SHARE else slot
        for slot in plan.slots
    )
    return msgspec.structs.replace(plan, slots=slots)


def _as_declared(plan: LoadPlan, rng: random.Random) -> LoadPlan:
    """Some lists are of the order of the list before them; some bear no number of customs yet."""
    slots = tuple(
        msgspec.structs.replace(
            slot, same_order=place > 0 and rng.random() < SAME_ORDER_SHARE, numbered=rng.random() >= UNNUMBERED_SHARE
        )
        for place, slot in enumerate(plan.slots)
    )
    return msgspec.structs.replace(plan, slots=slots)


def _load(options: Options, rng: random.Random) -> LoadPlan:
    honest = random.Random(f"{options.seed}/honest")
    slots: list[Slot] = []
    while sum(slot.cartons for slot in slots) < options.cartons_a_load:
        if rng.random() < options.troubled_share:
            trouble = rng.choice(SOME_TROUBLES)
            if trouble is Trouble.OVERWEIGHT and honest.random() < 0.5:
                trouble = Trouble.WEIGHT_MISTYPED
            slots.append(Slot(trouble, status=STATUS.get(trouble, "800")))
        elif rng.random() < 0.1:
            slots.append(Slot(cartons=rng.randint(2, 3)))
        else:
            slots.append(Slot())
    if rng.random() < 2 * options.troubled_share:
        # One number on two cartons; the second may come long after the first, or right behind it.
        first = rng.randrange(len(slots))
        slots.insert(first, Slot(Trouble.DUPLICATE_FIRST))
        slots.insert(rng.randint(first + 1, len(slots)), Slot(Trouble.DUPLICATE_SECOND))
    return LoadPlan(tuple(slots), noticed=rng.random() > 0.03)

"""The days that can be asked for by name, from one without a fault to a bad one, and storms of one group of faults.

One rule: a name changes only how a seed draws; what was drawn is printed with a failure.
"""

import msgspec

from simulators.faults.kinds import Group


class NamedDay(msgspec.Struct, frozen=True):
    """`moods` with their weights; a `storm` group strikes hard beside them. None = as the seed draws it."""

    name: str
    what: str
    moods: dict[str, int]
    storm: Group | None = None
    near_wrap: bool | None = None
    liveness: bool = False


# The share of kinds that are on.
MOODS = {"calm": 0.0, "quiet": 0.03, "usual": 0.18, "bad": 0.45}
STORM_SHARE = 0.75
STORMS = {
    Group.MACHINE: "the daemon is killed, hangs, loses power, its clock jumps",
    Group.DISK: "the journal's disk is full, slow, bad",
    Group.PLC: "the PLC loses power, freezes, is stopped; safety opens; the diverter sticks",
    Group.WIRES: "the wire to the PLC is cut, half open, late, and lies",
    Group.READERS: "readers and scale: frames lost, late, wrong, cables pulled",
    Group.XRAY: "images late, never, twice, merged, with wrong ids, cut off, no images; officers slow, wrong, absent, suspicious",
    Group.PLANT: "photo-eyes miss and double, cartons slip, jam, are taken, exchanged and put back, slide over the diverter",
    Group.PAPERS: "receipts late, twice, out of order, contrary, before their lists, behind the goods; cartons on two papers; "
    "rubbish",
    Group.RECHECK: "cartons called to the open-box bench, one officer for two, slips, early and careless words, forgotten "
    "labels; cartons taken out of custody",
    Group.DEPARTURE: "wrong, double and forgotten scans, misread trucks, recalls at the gate, a stuck barrier, a dead port",
    Group.OFFICE: "customs' system dead, late, forgetful, refusing, shuffled, contrary",
    Group.PEOPLE: "holds that race with releases, double acts, undoing, absence",
}
SWARM = NamedDay("swarm", "the search: quiet, usual and bad days in turn", {"quiet": 1, "usual": 6, "bad": 3})
NAMED_DAYS = {
    day.name: day
    for day in (
        SWARM,
        NamedDay("calm", "no fault at all: nothing may go wrong", {"calm": 1}, near_wrap=False),
        NamedDay("quiet", "two or three kinds of fault", {"quiet": 1}),
        NamedDay("usual", "about ten kinds", {"usual": 1}),
        NamedDay("bad", "about half of all kinds", {"bad": 1}),
        *(NamedDay(group.value, what, {"quiet": 1}, storm=group) for group, what in STORMS.items()),
        NamedDay("near-wrap", "as usual, with every counter of the PLC shortly before it starts again at 0 or 1",
                 {"usual": 2, "bad": 1}, near_wrap=True),
        NamedDay("liveness", "faults stop, ordinary cartons go on coming: back to full flow by itself, or a person is named",
                 {"usual": 2, "bad": 1}, liveness=True),
    )
}  # fmt: skip


def named_day(name: str) -> NamedDay:
    """ValueError says which names there are."""
    if name not in NAMED_DAYS:
        raise ValueError(f"no scenario {name!r}; there are: {', '.join(NAMED_DAYS)}")
    return NAMED_DAYS[name]

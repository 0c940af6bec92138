"""For each mutant that an ordinary day seldom shows, the day that is most likely to.

One rule: an aim only chooses faults, cartons and PLC; the mutant, the program and the checkers stay what they are. Each says
what has to meet.
"""

import msgspec

from controller.rehearsal.swarm import Options, drawn
from simulators.faults.kinds import Kind


class Aim(msgspec.Struct, frozen=True):
    """`mean_s`: seconds between two strikes of each kind; no other kind strikes. None = all is as the seed draws it."""

    mean_s: dict[Kind, float] | None = None
    changes: dict[str, object] = {}

    def day(self, seed: int) -> Options:
        options = drawn(seed) if self.mean_s is None else msgspec.structs.replace(drawn(seed), mean_s=self.mean_s)
        return msgspec.structs.replace(options, **self.changes)


AS_DRAWN = Aim()


def _every(every_s: float, *kinds: Kind, **changes: object) -> Aim:
    return Aim(dict.fromkeys(kinds, every_s), changes)


AIMS: dict[str, Aim] = {
    # A decision must come too late for its divert: the wire holds it back.
    "plc_releases_late_ones": _every(6.0, Kind.LINK_DELAY, Kind.DISK_SLOW, Kind.LINK_CUT),
    # A carton must lie open at the bench, and people must make the mistake that the rule is against.
    "second_officer_by_name_only": _every(6.0, Kind.RECHECK_CALLED, Kind.RECHECK_SAME, troubled_share=0.5),
    "recheck_holds_nothing": _every(4.0, Kind.RECHECK_CALLED, Kind.RECHECK_EARLY, Kind.LABEL_DAMAGED),
    "new_seal_not_compared": _every(6.0, Kind.RECHECK_CALLED, Kind.RECHECK_LABEL, troubled_share=0.5),
    "more_than_declared_is_fine": _every(4.0, Kind.RECHECK_CARELESS, troubled_share=0.5),
    # Customs must be silent for longer than the limit while cartons come.
    "customs_silence_ignored": _every(20.0, Kind.OFFICE_DEAD, silence_limit_s=20),
    # A message must meet an office that does not answer.
    "customs_takes_it_for_sure": _every(20.0, Kind.OFFICE_DEAD),
    "customs_told_anew": _every(15.0, Kind.OFFICE_ANSWERS_LOST, Kind.OFFICE_DEAD),
}

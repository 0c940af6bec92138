"""DEADLINE, HB_LIMIT and DEFAULT_LANE: what the host wishes, and what is in force at the PLC.

One rule: the line is not ready for a PLC whose default lane in force lets out by release what nobody decided.
Source: PLC contract CIL-1, "Host block H" (words 6 to 8, DEFAULT_LANE release is refused) and block S (words 38 to 40).
"""

from drivers.plc.blocks import PlcBlocks
from drivers.plc.codec import HostLimits, Status
from drivers.plc.reports import SessionRefused
from drivers.plc.settings import Cil1Settings
from drivers.plc.vocabulary import lane_is_permissive

DEFAULT_HB_LIMIT_MS = 2000


class Limits:
    """Of one driver; `due` after each claim and each new epoch."""

    def __init__(self, settings: Cil1Settings) -> None:
        self._settings = settings
        self.due = False
        self.releasing = False
        self._told = False

    async def write(self, blocks: PlcBlocks) -> None:
        """Once, when they are due; a setting that is 0 leaves the PLC its own."""
        if not self.due:
            return
        chosen = self._settings
        if chosen.deadline_mm or chosen.hb_limit_ms or chosen.default_lane:
            await blocks.write_limits(HostLimits(chosen.deadline_mm, chosen.hb_limit_ms, chosen.default_lane or None))
        self.due = False

    def look(self, status: Status, at_s: float) -> SessionRefused | None:
        """Note in `releasing` whether an item without a decision may leave by release; says so once."""
        lane = status.default_lane
        self.releasing = default_releases(status)
        told, self._told = self._told, self.releasing
        if not self.releasing or told:
            return None
        return SessionRefused(
            at_s=at_s,
            code="default_lane_releases",
            cause=f"DEFAULT_LANE in force is {'no lane word' if lane is None else f'lane {lane}'}",
            next_step="set the default lane in the PLC's program to inspect (1), or plc.default_lane here",
        )


def default_releases(status: Status) -> bool:
    """Whether an item without a decision may leave by release: the lane in force is that one, or no lane word."""
    return status.default_lane is None or lane_is_permissive(status.default_lane)


def hb_limit_s(status: Status | None) -> float:
    """The silence after which the PLC gives a host up; its word, or the contract's default."""
    return ((status.hb_limit_ms if status else 0) or DEFAULT_HB_LIMIT_MS) / 1000

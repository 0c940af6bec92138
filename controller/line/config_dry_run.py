"""Changed rules of judgement over decisions that were made: which lane each would have been.

One rule: pure. The state is that of the recorded day, with the configuration it had; only the rules named in `Judgement` are put
in its place for one look, and nothing that follows from another lane is played on. Both looks are at the same facts: they
differ by these rules alone.
"""

import msgspec

from controller.domain.reasons import Blocker, LaneKind, lane_kind_for
from controller.line.routing import release_blockers
from controller.line.state import Draft, LineState


class Judgement(msgspec.Struct, frozen=True):
    """The rules that change, by their names in the profile; None = as it was."""

    weight_required: bool | None = None
    weight_tolerance_g: int | None = None
    weight_tolerance_permille: int | None = None
    verify_read: bool | None = None


class Otherwise(msgspec.Struct, frozen=True):
    """A carton whose last decision would have been for another lane, with what would speak against release."""

    track: str
    carton: str
    before: str
    after: str
    codes: tuple[str, ...]


class Judged(msgspec.Struct, frozen=True):
    """One decision looked at again. `unsure`: the facts that the changed rules want were still to come."""

    otherwise: Otherwise | None
    unsure: bool


def judged(state: LineState, track: str, judgement: Judgement) -> Judged:
    """The decision of this passage as it stands in `state`, under the rules of that day and under the changed ones."""
    passage = state.passages[track]
    changed = {name: value for name, value in msgspec.structs.asdict(judgement).items() if value is not None}
    before, after = Draft(state, state.facts.line_ms), Draft(state, state.facts.line_ms)
    after.set_facts(profile=msgspec.structs.replace(after.profile, **changed))
    was, becomes = release_blockers(before, passage), release_blockers(after, passage)
    new = {blocker.code for blocker in becomes} - {blocker.code for blocker in was}
    unsure = any(blocker.reason.pending for blocker in becomes if blocker.code in new)
    lanes = _lane(was), _lane(becomes)
    codes = tuple(dict.fromkeys(blocker.code for blocker in becomes))
    differs = lanes[0] is not lanes[1] and not unsure
    return Judged(Otherwise(track, passage.carton, lanes[0], lanes[1], codes) if differs else None, unsure)


def _lane(blockers: tuple[Blocker, ...]) -> LaneKind:
    return lane_kind_for(blockers) if blockers else LaneKind.RELEASE

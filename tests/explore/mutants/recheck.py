"""Mutants of the open-box bench.

One rule: each is what somebody could write and believe right.
"""

from typing import Any

import pytest
from msgspec.structs import replace

from controller.line import handlers, recheck, recheck_closing, recheck_compare, recheck_standing, routing
from controller.line.events import Stamped
from controller.line.recheck_events import RecheckConfirmed
from controller.line.state import Draft

Patch = pytest.MonkeyPatch


def second_officer_by_name_only(patch: Patch) -> None:
    """Any second press counts as a second officer."""

    def confirmed(draft: Draft, stamped: Stamped, event: RecheckConfirmed) -> None:
        recheck.on_confirmed(draft, replace(stamped, actor=f"{stamped.actor} again"), event)

    patch.setitem(handlers.ACTS, RecheckConfirmed, confirmed)


def recheck_holds_nothing(patch: Patch) -> None:
    """What is opened or detained is not in the release lane anyway: nobody asks."""
    patch.setattr(routing, "recheck_blockers", lambda draft, carton: [])


def new_seal_not_compared(patch: Patch) -> None:
    """The officers have put the label on, so it is there."""
    patch.setattr(recheck_standing, "seal_shown", lambda draft, released, read, subject: [])


def more_than_declared_is_fine(patch: Patch) -> None:
    """Everything that is declared is in it: what else is there does not matter."""
    real = recheck_compare.compare

    def compared(*args: Any, **more: Any) -> tuple[Any, ...]:
        return tuple(one for one in real(*args, **more) if one.kind not in ("over", "wrong"))

    patch.setattr(recheck_closing, "compare", compared)


def left_findings_bar_nobody(patch: Patch) -> None:
    """A recheck without an outcome is none: whoever began it may open the carton again."""
    patch.setattr(recheck_closing, "found_and_left", lambda draft, one: ())

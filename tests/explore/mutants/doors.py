"""Mutants of the seal check: what hangs at the doors of a load.

One rule: the check is still made; only what comes of it is wrong.
"""

from typing import Any

import msgspec
import pytest

from controller.daemon import camera_link
from controller.line import handlers, routing, seal_check
from controller.line.seal_events import SealSeen
from controller.line.state import Draft
from controller.vision import seals

Patch = pytest.MonkeyPatch


def seals_ignored(patch: Patch) -> None:
    """What the seal check found does not hold anything."""
    patch.setattr(routing, "seal_blockers", lambda draft, carton: ())


def first_look_lifts(patch: Patch) -> None:
    """Whoever made the first look may make the second, in any role."""
    patch.setattr(seal_check, "_look_refused", lambda *_: None)


def any_seal_matches(patch: Patch) -> None:
    """A number that was not announced does not matter."""
    real = seal_check._number_findings

    def blind(draft: Draft, load: Any, check: Any) -> list[tuple[str, str]]:
        return [found for found in real(draft, load, check) if found[0] != "seal_differs"]

    patch.setattr(seal_check, "_number_findings", blind)


def every_seal_is_whole(patch: Patch) -> None:
    """The camera sees every seal intact, and the number that it bears."""

    def whole(picture: Any, *more: Any) -> seals.SealView:
        return msgspec.structs.replace(real(picture, *more), condition=seals.Condition.INTACT)

    real = seals.judge_seal
    patch.setattr(camera_link, "judge_seal", whole)


def seal_check_over_forgets(patch: Patch) -> None:
    """A check that is done over begins from nothing, and an answer to the look before counts no more."""
    real = seal_check.on_seen

    def on_seen(draft: Draft, event: SealSeen) -> None:
        check = draft.seal_checks.get(event.load_id)
        if check is not None and any(look.work_id == event.work_id for look in check.cameras):
            real(draft, event)

    patch.setattr(seal_check, "_done_over", lambda begun, before: begun)
    patch.setitem(handlers.EVENTS, SealSeen, on_seen)

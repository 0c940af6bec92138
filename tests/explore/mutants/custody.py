"""Mutants of the custody places.

One rule: the move is still recorded; only what comes of it is wrong.
"""

import pytest

from controller.domain.reasons import Role
from controller.line import custody, rerun, routing

Patch = pytest.MonkeyPatch


def custody_holds_nothing(patch: Patch) -> None:
    """What is kept in a custody place can not be on the belt, at a door or fetched for a re-run: nobody asks."""
    for room in (routing, rerun):
        patch.setattr(room, "custody_blockers", lambda carton: [])


def anybody_ends_custody(patch: Patch) -> None:
    """Whoever has a carton in hand may take it out of custody."""
    patch.setattr(custody, "CUSTOMS_DECIDES", tuple(Role))

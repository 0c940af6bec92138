"""Mutants of the console: what an officer's press becomes.

One rule: each leaves the rest of the console as it is, so that only its own fault can be found.
"""

from typing import Any

import pytest

from controller.console.act_service import Acts
from controller.console.verdict_desk import VerdictDesk

Patch = pytest.MonkeyPatch


def picture_need_not_be_drawn(patch: Patch) -> None:
    """A verdict is taken from a page that never showed that it drew the picture."""
    patch.setattr(VerdictDesk, "unmet", lambda self, asked, session: ())


def press_acts_again(patch: Patch) -> None:
    """Two presses of one key are two acts, whatever id they bear."""

    async def repeated(self: Acts, journal_id: str, event: Any) -> None:
        return None

    patch.setattr(Acts, "_repeated", repeated)

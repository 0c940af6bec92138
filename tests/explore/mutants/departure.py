"""Mutants of loading, the gate and the port's outbox.

One rule: each is what somebody could write and believe right.
"""

from typing import Any

import pytest
from msgspec.structs import replace

from controller.daemon.outbox import NotSentError, Outbox, Receipt
from controller.line import gate, loading
from controller.line.departing import depart
from controller.line.state import Draft

Patch = pytest.MonkeyPatch


def loading_unjudged(patch: Patch) -> None:
    """Whatever has a known number and was not loaded before is taken at the door."""
    patch.setattr(loading, "loading_blockers", lambda draft, carton, read: ())


def gate_forgets_the_list(patch: Patch) -> None:
    """Closing, pass and barrier ask nothing of the cartons that are in the container."""
    patch.setattr(loading, "load_list_blockers", lambda draft, container: ())


def told_when_ordered(patch: Patch) -> None:
    """An ordered barrier counts as a departure; nobody waits for its switch."""
    real = gate._order

    def order(draft: Draft, visit: Any, codes: tuple[str, ...], waved_by: str) -> None:
        real(draft, visit, codes, waved_by)
        now = draft.visits[visit.gate]
        depart(draft, draft.containers[now.container_no], draft.passes[now.pass_id], now)

    patch.setattr(gate, "_order", order)


def barrier_after_no_is_departure(patch: Patch) -> None:
    """A barrier that opens behind a no has let its truck out: nobody asks whether it did."""
    real = gate._unsure

    def unsure(draft: Draft, visit: Any, cause: str) -> None:
        if "told no" not in cause:
            real(draft, visit, cause)
            return
        draft.visits.put(visit.gate, replace(visit, state="opened"))
        depart(draft, draft.containers[visit.container_no], draft.passes[visit.pass_id], visit)

    patch.setattr(gate, "_unsure", unsure)


def message_sent_once(patch: Patch) -> None:
    """A message that the port did not answer is not sent again."""

    async def deliver(self: Outbox, envelope: Any, _row_hash: str) -> None:
        try:
            await self._send(envelope)
        except NotSentError:
            Receipt("accepted")

    patch.setattr(Outbox, "_deliver", deliver)

"""Mutants of what customs is told and of customs' silence.

One rule: each is what somebody could write and believe right.
"""

from typing import Any

import pytest
from msgspec.structs import replace

from controller.daemon import customs_link
from controller.daemon.outbox import Envelope, NotSentError, Outbox, Receipt
from controller.line import customs_out, readiness
from controller.line.commands import Outcome
from controller.line.events import Stamped
from controller.line.list_state import ConsignmentList
from controller.line.state import Draft

Patch = pytest.MonkeyPatch


def customs_silence_ignored(patch: Patch) -> None:
    """A line that does not hear customs goes on with what it heard before."""
    patch.setattr(readiness, "is_silent", lambda draft: False)


def arrival_told_at_each_scan(patch: Patch) -> None:
    """A list is told again whenever one of its cartons comes over the belt."""
    real = customs_out.on_arrival_timer

    def told(draft: Draft, load_id: str) -> None:
        real(draft, load_id)
        for found in tuple(draft.lists.values()):
            if found.arrival_no:
                draft.lists.put(found.key, replace(found, arrival_no=""))

    from controller.line import handlers

    patch.setitem(handlers.TIMERS, customs_out.ARRIVAL_TOKEN, told)


def half_a_list_has_arrived(patch: Patch) -> None:
    """The first carton of a list tells customs that the list is here."""

    def seen(draft: Draft, found: ConsignmentList) -> int:
        return found.declared.pack_no

    patch.setattr(customs_out, "seen_count", seen)


def customs_takes_it_for_sure(patch: Patch) -> None:
    """What customs' system did not answer counts as told."""
    real = customs_link._posted

    async def posted(options: Any, kind: str, key: str, content_type: str, body: bytes) -> Receipt:
        try:
            return await real(options, kind, key, content_type, body)
        except NotSentError:
            return Receipt("accepted")

    patch.setattr(customs_link, "_posted", posted)


def part_fails_on_messages(patch: Patch) -> None:
    """A part does its work on a row with a message and fails then: nothing that leaves the line is other for it."""
    real = Outbox._look

    def look(self: Outbox, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        real(self, seq, stamped, outcome)
        if outcome.messages:
            raise KeyError("a receiver that nobody knows")

    patch.setattr(Outbox, "_look", look)


def customs_told_anew(patch: Patch) -> None:
    """Each attempt is a message of its own: another key than before."""
    real, tries = Outbox._deliver, {"count": 0}

    async def deliver(self: Outbox, envelope: Envelope, row_hash: str) -> None:
        send = self._send

        async def numbered(one: Envelope) -> Receipt:
            tries["count"] += 1
            return await send(replace(one, index=one.index + tries["count"] % 2))

        self._send = numbered
        try:
            await real(self, envelope, row_hash)
        finally:
            self._send = send

    patch.setattr(Outbox, "_deliver", deliver)

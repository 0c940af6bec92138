"""What the PLC's driver refuses is an answer like the PLC's own: the core hears why, as far as it must act on it."""

import asyncio
from typing import Any

import pytest

from controller.daemon.clock import LineClock
from controller.daemon.plc_link import PlcLink
from controller.line.belt import Result
from controller.line.commands import Decide
from controller.line.plc_events import DecisionAnswered
from drivers.plc.errors import PlcRefusalError


class Refusing:
    """A driver that takes no decision."""

    def __init__(self, code: str) -> None:
        self._code = code

    def decide(self, **_: Any) -> None:
        raise PlcRefusalError(self._code, "it is so", "wait")


@pytest.mark.parametrize(("code", "result"), [("queue_full", Result.NOT_ALLOWED), ("old_epoch", Result.OLD_EPOCH)])
async def test_a_hold_that_finds_no_place_counts_as_refused_by_the_plc(code: str, result: Result) -> None:
    """The core stops the belt for a hold that is refused while a release stands, and not for one of an epoch that is over."""
    posted: list[Any] = []
    link = PlcLink(LineClock(asyncio.get_running_loop(), 0), epoch=3)
    link.attach(lambda event, **_: posted.append(event), Refusing(code))  # type: ignore[arg-type]
    link.decide(Decide(3, 7, 1, False, 0, 600, 41))
    assert posted == [DecisionAnswered(3, 7, 41, int(result))]

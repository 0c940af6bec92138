"""The control socket's acts: a repeated act is the same act, and nobody gets another person's answer."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from controller.daemon.acts import ActError, hold_number
from controller.daemon.control import Control
from controller.line.events import HoldLifted
from tests.daemon.test_imports import Desk, desk

OPERATOR = {"actor": "li", "role": "operator"}
OFFICER = {"actor": "zhang", "role": "officer"}


async def control_with_a_held_load(on: Desk) -> Control:
    """A load with the hold H-2 on it."""
    control = Control(on.core, on.importer, "simulation", lambda: "made")
    arrived = {"act": "load-arrived", "load_id": "L1", "plate": "P1", "id": "1", **OPERATOR}
    hold = {"act": "hold", "scope": "load", "target": "L1", "cause": "look", "id": "2", **OFFICER}
    for request in (arrived, hold):
        assert (await control._act(request))["ok"]
    return control


def lifts(on: Desk) -> list[str]:
    """Who lifted, an entry for each event that reached the core."""
    return [actor for actor, event in on.heard if isinstance(event, HoldLifted)]


async def test_an_act_that_is_repeated_before_its_answer_is_carried_out_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        control = await control_with_a_held_load(on)
        lift = {"act": "lift", "hold_id": hold_number("2"), "cause": "seen", "id": "3", **OFFICER}
        twice = await asyncio.gather(control._act(lift), control._act(dict(lift)))
        later = await control._act(lift)
        assert [answer["ok"] for answer in (*twice, later)] == [True] * 3
        assert len({answer["seq"] for answer in (*twice, later)}) == 1
        assert lifts(on) == ["zhang"]


async def test_a_lift_says_which_hold_it_means(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        control = await control_with_a_held_load(on)
        lift = {"act": "lift", "hold_id": hold_number("2"), "cause": "seen", **OFFICER}
        assert (await control._act({**lift, "target": "L2", "id": "3"}))["code"] == "hold_is_another"
        assert (await control._act({**lift, "id": "4"}))["ok"]
        meant = [(event.scope, event.target, event.code) for _, event in on.heard if isinstance(event, HoldLifted)]
        assert meant == [("load", "L2", "officer_hold"), ("load", "L1", "officer_hold")]


async def test_an_act_goes_on_when_who_asked_hangs_up(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        control = await control_with_a_held_load(on)
        lift = {"act": "lift", "hold_id": hold_number("2"), "cause": "seen", "id": "3", **OFFICER}
        asking = asyncio.create_task(control._act(lift))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert (await control._act(lift))["ok"]
        assert lifts(on) == ["zhang"]


async def test_the_same_id_of_another_person_is_another_act(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        control = await control_with_a_held_load(on)
        lift: dict[str, Any] = {"act": "lift", "hold_id": hold_number("2"), "cause": "seen", "id": "3"}
        refused = await control._act({**lift, **OPERATOR})
        assert (refused["ok"], refused["code"]) == (False, "role_not_allowed")
        assert (await control._act({**lift, **OFFICER}))["ok"]
        assert lifts(on) == ["li", "zhang"]


async def test_a_malformed_act_may_be_asked_again_under_its_id(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        control = await control_with_a_held_load(on)
        lift = {"act": "lift", "hold_id": hold_number("2"), "id": "3", **OFFICER}
        with pytest.raises(ActError):
            await control._act(lift)
        assert (await control._act({**lift, "cause": "seen"}))["ok"]

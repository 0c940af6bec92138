"""Customs' leaders: a dry run over a recorded day, the sample of second looks, an emergency release that two people enter."""

import json
from pathlib import Path
from typing import Any

import pytest

from controller.daemon.image_work import drawn
from controller.domain.reasons import Role
from controller.line.afterwards_events import EmergencyReleaseEntered, SampleReviewed
from controller.line.inspection_events import Rule, Rules, RulesActivated, RulesProposed
from tests.console.bench import Bench, Page, bench
from tests.console.past_day import past_day

SECRET = b"a secret of thirty-two bytes, no!"
IN_FORCE = Rules("1", 0, (Rule("SHOES", "shoes", ("64",)),), 1000)
WAITING = Rules("2", 0, (Rule("SHOES", "boots", ("6402",)), Rule("TOYS", "toys", ("95",))), 1000)


@pytest.fixture
def lived(tmp_path: Path) -> Path:
    home = tmp_path / "d"
    past_day(home)
    return home


async def led(on: Bench) -> None:
    """The rules in force, others that wait, and the secret of the draw."""
    for event in (RulesActivated(IN_FORCE, "aa" * 32, "rules.toml"), RulesProposed(WAITING, "bb" * 32, "rules.toml")):
        await on.core.submit(event, actor="customs", role=Role.LINE)
    secret = on.home / "selection.secret"
    secret.write_bytes(SECRET)
    secret.chmod(0o600)
    on.boards.chief._secret_file = str(secret)
    await on.counted()


async def got(page: Page, path: str) -> dict[str, object]:
    answer = await page.ask("GET", path)
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


async def test_changed_rules_are_shown_field_by_field_and_run_over_the_recorded_day(lived: Path) -> None:
    async with bench(lived) as on:
        await led(on)
        chief = await on.signed_in("ke")
        fields = await got(chief, "/api/rules/difference")
        assert {"what": "SHOES", "field": "hs_prefixes", "before": ["64"], "after": ["6402"]} in fields["fields"]  # type: ignore[operator]
        assert {"what": "TOYS", "field": "text", "before": None, "after": "toys"} in fields["fields"]  # type: ignore[operator]
        told = await got(chief, "/api/rules/dry-run")
        # 16 cartons of four kinds of goods in turn: shoes, cosmetics, boots, toys.
        assert (told["cartons"], told["n_more"], told["n_fewer"], told["undrawn"]) == (16, 4, 4, 0)
        assert told["more"][0]["after"] == ["TOYS"]  # type: ignore[index]
        for account in ("ban", "ji", "li"):
            page = await on.signed_in(account)
            for path in ("/api/rules/difference", "/api/rules/dry-run", "/api/samples"):
                assert (await page.ask("GET", path)).status_code == 403, (account, path)


async def test_a_second_look_is_blind_drawn_and_never_ones_own(lived: Path) -> None:
    async with bench(lived) as on:
        await led(on)
        zhao = await on.signed_in("zhao")
        told = await got(zhao, "/api/samples")
        waiting: list[dict[str, str]] = told["waiting"]  # type: ignore[assignment]
        assert told["drawn"] == len(waiting) > 0
        assert not {"officer-", "clear"} & set(json.dumps(waiting).split('"')), "who judged first, and what, is not told"
        one = waiting[0]
        status, answer = await zhao.act("sample-review", track=one["track"], image="ff" * 32, verdict="open", reason="x")
        assert (status, answer["unmet"][0]["code"]) == (423, "not_in_sample")
        status, answer = await zhao.act("sample-review", track=one["track"], image=one["image"], verdict="open", reason="a knife")
        assert status == 200, answer
        (done,) = on.events(SampleReviewed)
        assert done.event.first.startswith("officer-")  # type: ignore[union-attr]
        await on.counted()
        told = await got(await on.signed_in("ke"), "/api/samples")
        assert (told["looked"], len(told["waiting"])) == (1, len(waiting) - 1)  # type: ignore[arg-type]
        assert [(row["second"], row["cause"]) for row in told["disagree"]] == [("zhao", "a knife")]  # type: ignore[attr-defined]


async def test_the_sample_is_the_same_for_whoever_has_the_secret(lived: Path) -> None:
    async with bench(lived) as on:
        await led(on)
        some = Rules("1", 0, IN_FORCE.rules, 400)
        everything = {one["image"] for one in (await got(await on.signed_in("zhao"), "/api/samples"))["waiting"]}  # type: ignore[attr-defined]
        await on.core.submit(RulesActivated(some, "cc" * 32, "rules.toml"), actor="customs", role=Role.LINE)
        told = await got(await on.signed_in("zhao"), "/api/samples")
        images = {one["image"] for one in told["waiting"]}  # type: ignore[attr-defined]
        assert images == {one for one in everything if drawn(SECRET, f"review:{one}", 400)}


async def test_an_emergency_release_is_entered_by_two_of_customs_and_stands_in_every_count(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        officer, chief, lead = await on.signed_in("zhang"), await on.signed_in("ke"), await on.signed_in("ban")
        when = {"began": "2026-11-25T20:00:00Z", "ended": "2026-11-25T21:30:00Z"}
        times: dict[str, Any] = {**when, "count": 7, "reason": "power cut"}
        slip = times | {"began": when["ended"], "ended": when["began"]}
        assert (await officer.act("emergency-enter", **slip))[0] == 422, "it would stand for ever"
        status, answer = await officer.act("emergency-enter", **times)
        assert (status, answer["waits_for"]) == (202, "second_person")
        assert (await lead.sign(answer["proposal"]))[1]["code"] == "role_not_allowed"
        assert (await officer.sign(answer["proposal"]))[1]["code"] == "same_person"
        assert on.events(EmergencyReleaseEntered) == []
        assert (await chief.sign(answer["proposal"]))[0] == 200
        (done,) = on.events(EmergencyReleaseEntered)
        assert (done.actor, done.event.second) == ("zhang", "ke")  # type: ignore[union-attr]
        await on.counted()
        for page in (lead, chief):
            assert (await got(page, "/api/statistics"))["totals"]["emergency_released"] == 7  # type: ignore[index]
            assert (await got(page, "/api/board"))["totals"]["emergency_released"] == 7  # type: ignore[index]
            state = (await page.ask("GET", "/api/state")).json()
            assert state["values"]["counts"]["emergency_released"] == 7
            assert state["values"]["counts"]["lanes"]["release"] == 0, "no release of the line"

"""Handing over a shift and changing rules over the API: two people, each of them fresh, and a screen that shows it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from controller.console.people import Person
from controller.daemon.line_profile import rules_event_over
from controller.domain.reasons import Role
from controller.line.explain import View
from controller.line.inspection_events import Rule, Rules, RulesActivated, RulesProposed
from controller.line.people_events import ActRefused, ActSigned
from controller.line.shift_events import RulesSigned, ShiftHandedOver
from controller.settings.targeting_rules import LoadedRules, RuleFile, RuleRow
from tests.console.bench import OPEN_HASH, Bench, bench

OLD, NEW = (
    Rules("1", 10, (Rule("R1", "shoes", ("6403",)),)),
    Rules("2", 0, (Rule("R1", "shoes", ("64",)), Rule("R2", "x", ("1",)))),
)


def shown(on: Bench, name: str, view: View = View.COMPANY) -> Any:
    return on.watched.values(view).get(name)


async def test_the_shift_goes_to_whoever_signs_for_it(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator, lead, officer = await on.signed_in("li"), await on.signed_in("ban"), await on.signed_in("zhang")
        assert shown(on, "shift")["lead"] == ""
        status, answer = await operator.act("shift-handover", "press-0001", notes="belt 2 squeaks")
        assert (status, answer["waits_for"]) == (202, "second_person")
        assert (await operator.sign(answer["proposal"]))[1]["code"] == "same_person"
        assert (await officer.sign(answer["proposal"]))[1]["code"] == "role_not_allowed"
        assert (await lead.sign(answer["proposal"]))[0] == 200
        shift = shown(on, "shift")
        assert (shift["lead"], shift["taken_from"], shift["notes"]) == ("ban", "li", "belt 2 squeaks")
        assert shown(on, "counts")["since_ms"] == shift["since_ms"]
        (done,) = on.events(ShiftHandedOver)
        assert (done.actor, done.event.second) == ("li", "ban")  # type: ignore[union-attr]
        assert [one.actor for one in on.events(ActSigned)] == ["ban"]
        assert (await operator.act("shift-handover", "press-0001", notes="belt 2 squeaks"))[0] == 200, "the same press again"
        assert (await operator.act("shift-handover", "press-0001", notes="another"))[1]["code"] == "id_used"
        assert len(on.events(ShiftHandedOver)) == 1


async def test_a_named_taker_alone_may_sign_and_an_old_proof_is_none(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator, lead = await on.signed_in("li"), await on.signed_in("ban")
        _, answer = await operator.act("shift-handover", to_account="wang")
        assert (await lead.sign(answer["proposal"]))[1]["code"] == "not_the_taker"
        _, answer = await operator.act("shift-handover", to_account="ban")
        on.clock.now_s += 121
        assert (await lead.sign(answer["proposal"]))[1]["code"] == "proof_wanted"
        assert (await operator.act("shift-handover"))[1]["code"] == "proof_wanted"
        assert on.events(ShiftHandedOver) == []


async def waiting(on: Bench) -> None:
    await on.core.submit(RulesActivated(OLD, "aa" * 32, "rules.toml"), actor="customs", role=Role.LINE)
    await on.core.submit(RulesProposed(NEW, "bb" * 32, "rules.toml"), actor="customs", role=Role.LINE)


async def test_rules_are_changed_by_two_of_customs_of_whom_one_is_a_section_chief(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        await waiting(on)
        zhang, zhao, chief = await on.signed_in("zhang"), await on.signed_in("zhao"), await on.signed_in("ke")
        told = shown(on, "rules", View.CUSTOMS)
        assert (told["in_force"]["version"], told["waiting"]["version"]) == ("1", "2")
        assert (told["waiting"]["added"], told["waiting"]["removed"], told["waiting"]["changed"]) == (["R2"], [], ["R1"])
        assert shown(on, "rules") is None
        assert "rules_unsigned" not in json.dumps(on.watched.values(View.COMPANY))
        _, answer = await zhang.act("rules-propose", sha256="bb" * 32, reason="fewer draws")
        assert (await zhao.sign(answer["proposal"]))[1]["code"] == "section_chief_wanted"
        assert (await chief.sign(answer["proposal"]))[0] == 200
        assert on.core.state.facts.rules == NEW
        (done,) = on.events(RulesSigned)
        assert (done.actor, done.event.second) == ("zhang", "ke")  # type: ignore[union-attr]
        assert shown(on, "rules", View.CUSTOMS)["waiting"] is None
        lead = await on.signed_in("ban")
        assert (await lead.act("rules-propose", sha256="bb" * 32, reason="x"))[1]["code"] == "role_not_allowed"


@pytest.mark.parametrize("slow", [True, False])
async def test_of_two_who_sign_in_one_moment_one_counts_and_the_other_is_told_what_to_do(tmp_path: Path, slow: bool) -> None:
    async with bench(tmp_path / "d") as on:
        await waiting(on)
        on.people.add(Person("gao", "Gao", Role.SECTION_CHIEF, "B-gao", True, 1), by="test", utc="2026-11-25")
        with on.people._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE people SET password_hash=? WHERE account='gao'", (OPEN_HASH,))
        zhang, chiefs = await on.signed_in("zhang"), [await on.signed_in(who) for who in ("ke", "gao")]
        proposal = (await zhang.act("rules-propose", sha256="bb" * 32, reason="fewer draws"))[1]["proposal"]
        store = on.identity.store

        async def after_the_other(work: Any, *given: object, **named: object) -> Any:
            """Whom the database took comes back from it behind the one that it did not take."""
            done = await store(work, *given, **named)
            if work == on.people.sign and done and slow:
                await asyncio.sleep(0.2)
            return done

        on.identity.store = after_the_other  # type: ignore[method-assign]
        said = await asyncio.gather(*(one.sign(proposal) for one in chiefs))
        assert sorted(status for status, _ in said) == [200, 409], said
        won, lost = sorted(range(2), key=lambda n: said[n][0])
        assert said[lost][1]["code"] == "signed_already"
        assert said[lost][1]["zh"]["next_step"] == "无需再签; 查看结果"
        assert on.core.state.facts.rules == NEW
        (done,) = on.events(RulesSigned)
        with on.people._engine.connect() as connection:
            (kept,) = connection.exec_driver_sql("SELECT second FROM two_people").scalars()
        assert kept == done.event.second == ("ke", "gao")[won]  # type: ignore[union-attr]
        await on.settled()
        (refused,) = on.events(ActRefused)
        assert (refused.actor, refused.event.code) == (("ke", "gao")[lost], "signed_already")  # type: ignore[union-attr]
        assert await chiefs[won].sign(proposal) == said[won], "repeated, the same answer"


def loaded(sha256: str) -> LoadedRules:
    return LoadedRules(RuleFile("2", 0, (RuleRow("R1", "shoes", ("64",)),)), sha256, "rules.toml")


def test_a_start_puts_changed_rules_in_force_only_where_nobody_can_sign() -> None:
    changed, same = loaded("bb"), loaded("aa")
    assert isinstance(rules_event_over(changed, "aa", signed_by_two=True), RulesProposed)
    assert isinstance(rules_event_over(same, "aa", signed_by_two=True), RulesActivated)
    assert isinstance(rules_event_over(changed, "", signed_by_two=True), RulesActivated), "the first rules weaken nothing"
    assert isinstance(rules_event_over(changed, "aa", signed_by_two=False), RulesActivated)

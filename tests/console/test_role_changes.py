"""Who gives rights does not do it alone where another leader is there."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from controller.console import role_changes
from controller.console.people import Person
from controller.domain.reasons import Role
from tests.console.bench import OPEN_HASH, Bench, Page, bench


async def second_chief(on: Bench) -> Page:
    on.people.add(Person("gao", "Gao", Role.SECTION_CHIEF, "B-gao", True, 1), by="test", utc="2026-11-25")
    with on.people._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE people SET password_hash=? WHERE account='gao'", (OPEN_HASH,))
    return await on.signed_in("gao")


async def change(page: Page, account: str, **body: object) -> tuple[int, dict[str, Any]]:
    answer = await page.ask("POST", f"/api/accounts/{account}", body)
    return answer.status_code, answer.json()


async def sign(page: Page, proposal: str) -> tuple[int, dict[str, Any]]:
    answer = await page.ask("POST", "/api/account-signatures", {"proposal": proposal})
    return answer.status_code, answer.json()


async def test_with_two_leaders_a_changed_role_waits_for_the_other_and_then_counts(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        chief, other, officer, lead = (
            await on.signed_in("ke"),
            await second_chief(on),
            await on.signed_in("zhao"),
            await on.signed_in("ban"),
        )
        status, answer = await change(chief, "zhang", role="section_chief")
        assert (status, answer["waits_for"]) == (202, "second_person")
        assert on.people.person("zhang").role is Role.OFFICER  # type: ignore[union-attr]
        number = answer["proposal"]
        assert [one["account"] for one in (await other.ask("GET", "/api/account-signatures")).json()["waiting"]] == ["zhang"]
        assert (await officer.ask("GET", "/api/account-signatures")).json()["waiting"] == []
        assert (await sign(chief, number))[1]["code"] == "same_person"
        assert (await sign(officer, number))[1]["code"] == "role_not_allowed"
        assert (await sign(lead, number))[1]["code"] == "proposal_unknown"
        assert (await sign(other, number))[0] == 200
        assert on.people.person("zhang").role is Role.SECTION_CHIEF  # type: ignore[union-attr]
        assert (await sign(other, number))[1]["code"] == "signed_already"
        assert (await sign(lead, number))[1]["code"] == "proposal_unknown", "of the other organisation"


async def test_of_two_leaders_who_sign_in_one_moment_one_counts_and_the_other_is_told(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        chief, other = await on.signed_in("ke"), await second_chief(on)
        on.people.change("zhao", by="test", utc="u", role=Role.SECTION_CHIEF)
        third = await on.signed_in("zhao")
        number = (await change(chief, "zhang", renew_secrets=True))[1]["proposal"]
        store = on.identity.store

        async def after_the_other(work: Any, *given: object, **named: object) -> Any:
            done = await store(work, *given, **named)
            if work == on.people.sign and done:
                await asyncio.sleep(0.2)
            return done

        on.identity.store = after_the_other  # type: ignore[method-assign]
        said = sorted([one[0], one[1].get("code"), bool(one[1].get("token"))] for one in await asyncio.gather(
            sign(other, number), sign(third, number)))  # fmt: skip
        assert said == [[200, None, True], [409, "signed_already", False]]


async def test_nobody_signs_for_the_own_account_and_a_leader_who_is_none_any_more_has_asked_for_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        chief, other = await on.signed_in("ke"), await second_chief(on)
        _, answer = await change(chief, "zhang", role="section_chief")
        on.people.change("ke", by="test", utc="u", role=Role.OFFICER)
        assert (await sign(other, answer["proposal"]))[1]["code"] == "first_not_authorised"
        assert on.people.person("zhang").role is Role.OFFICER  # type: ignore[union-attr]
        _, answer = await change(other, "zhang", role="customs_auditor")
        assert "proposal" not in answer, "one leader is left: nobody could sign"
        assert on.people.person("zhang").role is Role.CUSTOMS_AUDITOR  # type: ignore[union-attr]


async def test_rights_are_taken_away_at_once_and_given_back_by_two(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        chief, other = await on.signed_in("ke"), await second_chief(on)
        assert (await change(chief, "zhang", active=False))[0] == 200
        assert not on.people.person("zhang").active  # type: ignore[union-attr]
        status, answer = await change(chief, "zhang", active=True)
        assert status == 202
        on.clock.now_s += 121
        assert (await sign(other, answer["proposal"]))[1]["code"] == "proof_wanted"
        on.clock.now_s += 600
        assert (await sign(other, answer["proposal"]))[1]["code"] in ("proposal_unknown", "session_locked")
        assert not on.people.person("zhang").active  # type: ignore[union-attr]


async def test_a_leader_makes_no_second_self_to_sign_with(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        chief = await on.signed_in("ke")
        new = {"account": "mao", "name": "Mao", "role": "section_chief"}
        await second_chief(on)
        answer = (await chief.ask("POST", "/api/accounts", new)).json()
        assert answer["code"] == "account_refused"
        answer = (await chief.ask("POST", "/api/accounts", new | {"role": "officer"})).json()
        assert answer["code"] == "account_refused", "an officer signs as a second person, too"
        assert (await chief.ask("POST", "/api/accounts", new | {"role": "customs_auditor"})).status_code == 200


async def test_one_leader_alone_takes_over_nobody_who_could_sign_with_him(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        chief, other = await on.signed_in("ke"), await second_chief(on)
        status, answer = await change(chief, "gao", renew_secrets=True)
        assert (status, answer["code"]) == (409, "account_refused"), "nobody is left who could sign"
        status, answer = await change(chief, "zhang", renew_secrets=True)
        assert (status, answer.get("token")) == (202, None), "a token would be that person"
        status, answer = await sign(other, answer["proposal"])
        assert status == 200
        assert answer["token"], "whoever signed hands it to its person"
        assert (await change(chief, "shen", renew_secrets=True))[1]["token"], "an auditor signs nothing"
        assert (await change(chief, "ke", renew_secrets=True))[1]["token"], "the own secrets give nobody anything"


async def test_the_only_leader_renews_alone(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        assert (await change(await on.signed_in("ke"), "zhang", renew_secrets=True))[1]["token"]


async def test_what_waits_in_one_organisation_is_not_pushed_out_by_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(role_changes, "WAITING_MOST", 2)
    async with bench(tmp_path / "d") as on:
        chief, other = await on.signed_in("ke"), await second_chief(on)
        on.people.add(Person("tian", "Tian", Role.SHIFT_LEAD, "B-tian", True, 1), by="test", utc="2026-11-25")
        lead = await on.signed_in("ban")
        _, answer = await change(chief, "zhang", role="section_chief")
        for _ in range(3):
            assert (await change(lead, "li", role="integrator"))[0] == 202
        assert (await sign(other, answer["proposal"]))[0] == 200
        waiting = (await lead.ask("GET", "/api/account-signatures")).json()["waiting"]
        assert len(waiting) == 2

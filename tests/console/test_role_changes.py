"""Who gives rights does not do it alone where another leader is there."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from controller.console import role_changes
from controller.console.people import MACHINE, Person
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
        on.people.change("ke", by="ke", utc="u", role=Role.OFFICER)
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


async def test_who_switches_the_other_leader_off_is_not_alone_for_a_day_and_switches_nobody_of_them_on(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        chief, other = await on.signed_in("ke"), await second_chief(on)
        new = {"account": "mao", "name": "Mao", "role": "officer"}
        assert (await change(chief, "gao", active=False))[0] == 200, "what takes rights away waits for nobody"
        for made in (new, {"account": "bai", "name": "Bai", "role": "section_chief"}):
            answer = (await chief.ask("POST", "/api/accounts", made)).json()
            assert answer["code"] == "account_refused", "the one who would sign is away by his word"
            assert "gao" in answer["cause"]
        asked: tuple[tuple[str, dict[str, object]], ...] = (
            ("shen", {"role": "officer"}), ("zhang", {"renew_secrets": True}), ("zhang", {"role": "section_chief"}),
            ("gao", {"active": True}), ("gao", {"role": "officer"}), ("gao", {"role": "officer", "active": True}),
            ("gao", {"renew_secrets": True}),
        )  # fmt: skip
        for account, body in asked:
            assert (await change(chief, account, **body))[1].get("code") == "account_refused", (account, body)
        assert (await chief.ask("POST", "/api/accounts", new | {"role": "customs_auditor"})).status_code == 200
        on.clock.now_s += 24 * 3600 + 1
        chief = await on.signed_in("ke")
        assert (await change(chief, "zhang", role="section_chief"))[0] == 200, "gone for a day: the only leader does it alone"
        other = await on.signed_in("zhang")
        number = (await change(chief, "gao", active=True))[1]["proposal"]
        assert (await sign(other, number))[0] == 200
        assert on.people.person("gao").active  # type: ignore[union-attr]


async def test_the_other_leader_is_never_switched_on_by_one(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        chief, _ = await on.signed_in("ke"), await second_chief(on)
        await change(chief, "gao", active=False)
        on.clock.now_s += 40 * 24 * 3600
        answer = (await change(await on.signed_in("ke"), "gao", active=True))[1]
        assert (answer["code"], "xiyong account on gao" in answer["cause"]) == ("account_refused", True)


async def test_a_leader_made_an_officer_is_not_taken_over_within_the_day(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        chief, _ = await on.signed_in("ke"), await second_chief(on)
        assert (await change(chief, "gao", role="officer"))[0] == 200
        for body in ({"renew_secrets": True}, {"role": "section_chief"}):
            assert (await change(chief, "gao", **body))[1].get("code") == "account_refused", body


async def test_a_leader_switched_off_at_the_machine_or_by_himself_does_not_count(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        chief, _ = await on.signed_in("ke"), await second_chief(on)
        on.people.change("gao", by=MACHINE, utc=on.identity.utc(), active=False)
        assert (await change(chief, "zhang", renew_secrets=True))[1]["token"]


async def test_a_token_or_secrets_of_before_do_not_outlive_the_role_that_two_signed(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        chief, other = await on.signed_in("ke"), await second_chief(on)
        new = {"account": "mao", "name": "Mao", "role": "customs_auditor"}
        before = [(await chief.ask("POST", "/api/accounts", new)).json()["token"],
                  (await change(chief, "mao", renew_secrets=True))[1]["token"]]  # fmt: skip
        set_up = {"token": before[0], "password": "another long enough one"}
        assert (await chief.ask("POST", "/api/set-up", set_up)).status_code == 200, "one leader alone set the secrets"
        number = (await change(chief, "mao", role="officer"))[1]["proposal"]
        status, answer = await sign(other, number)
        assert status == 200
        refused = await chief.ask("POST", "/api/set-up", set_up | {"token": before[1]})
        assert refused.json()["code"] == "invitation_refused"
        assert (await Page(on, "10.9.9.9").sign_in("mao", set_up["password"]))[0] == 401, "secrets of before sign nobody in"
        made = await other.ask("POST", "/api/set-up", {"token": answer["token"], "password": "yet another long one"})
        assert made.status_code == 200, "its own person sets new ones"


async def test_a_token_does_not_outlive_being_switched_off(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        chief = await on.signed_in("ke")
        token = (await change(chief, "zhang", renew_secrets=True))[1]["token"]
        await change(chief, "zhang", active=False)
        answer = await chief.ask("POST", "/api/set-up", {"token": token, "password": "another long enough one"})
        assert answer.json()["code"] == "invitation_refused"

"""The made-up people of a simulation: one click, no secret, and nowhere else."""

from pathlib import Path

import pytest

from controller.console.demo_people import MADE_UP, demo_routes, make_people
from controller.console.people import People, Person, open_people
from controller.domain.reasons import Role
from controller.records.errors import RecordsError
from controller.settings import check, load, parse_override
from tests.console.bench import Bench, bench

REPO = Path(__file__).parents[2]
SIMULATION, DELIVERED = REPO / "config" / "simulation.toml", REPO / "config" / "xiyong.toml"


def with_made_up_people(on: Bench) -> None:
    make_people(on.people, "2026-11-25")
    demo_routes(on.view._app, on.identity, tls=False)  # type: ignore[arg-type]


async def test_one_click_signs_in_and_the_acts_are_those_of_the_role(tmp_path: Path) -> None:
    async with bench(tmp_path) as on:
        with_made_up_people(on)
        page = on.page()
        offered = (await page.ask("GET", "/api/demo/people")).json()["people"]
        assert {one["role"] for one in offered} == {str(role) for role in Role if role is not Role.LINE}
        answer = (await page.ask("POST", "/api/demo/session", {"account": "li.ming"})).json()
        page.csrf = answer["csrf"]
        assert (answer["role"], answer["proven"]) == ("operator", True)
        assert (await page.act("load-arrived", load_id="L1", plate="P1"))[0] == 200
        assert (await page.act("void-pass", pass_id="P1", reason="look"))[0] == 403
        on.clock.now_s += 200
        assert (await page.ask("POST", "/api/demo/proof")).json()["proven"]


async def test_somebody_real_is_not_opened_by_a_click_and_no_secret_opens_the_made_up(tmp_path: Path) -> None:
    async with bench(tmp_path) as on:
        with_made_up_people(on)
        page = on.page()
        assert (await page.ask("POST", "/api/demo/session", {"account": "zhang"})).status_code == 401
        real = await on.signed_in("zhang")
        assert (await real.ask("POST", "/api/demo/proof")).status_code == 403
        for password in ("", "a long enough one"):
            status, _ = await page.sign_in("li.ming", password)
            assert status == 401


async def test_without_the_setting_there_is_no_such_path(tmp_path: Path) -> None:
    async with bench(tmp_path) as on:
        page = on.page()
        assert (await page.ask("GET", "/api/demo/people")).status_code == 404
        assert (await page.ask("POST", "/api/demo/session", {"account": "zhang"})).status_code == 404


def test_an_account_of_the_same_name_with_secrets_keeps_the_console_shut(tmp_path: Path) -> None:
    people = People(open_people(tmp_path / "p.sqlite"))
    people.add(Person("li.ming", "Li", Role.OPERATOR, "", True, 1), by="test", utc="t")
    with people._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE people SET password_hash='x'")
    with pytest.raises(RecordsError, match="demo_people_taken"):
        make_people(people, "t")
    people.close()


def test_made_again_they_are_the_same(tmp_path: Path) -> None:
    people = People(open_people(tmp_path / "p.sqlite"))
    make_people(people, "t")
    make_people(people, "t")
    assert {one.account for one in people.everyone()} == {one.account for one in MADE_UP}
    people.close()


@pytest.mark.parametrize(
    ("path", "sets", "problem"),
    [
        (DELIVERED, ("console.host=127.0.0.1",), "demo_people_for_real"),
        (SIMULATION, ("console.host=0.0.0.0", "console.tls_cert_file=c", "console.tls_key_file=k"), "demo_people_for_all"),
    ],
)
def test_the_configuration_refuses_them_for_real_work_and_beyond_this_machine(
    path: Path, sets: tuple[str, ...], problem: str
) -> None:
    overrides = dict(parse_override(text) for text in (*sets, "console.demo_people=true"))
    assert problem in [one.code for one in check(path, overrides)]


def test_a_simulation_on_this_machine_may_have_them() -> None:
    overrides = dict(parse_override(text) for text in ("console.host=127.0.0.1", "console.demo_people=true"))
    assert load(SIMULATION, overrides).console.demo_people

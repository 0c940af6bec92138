"""The open-box bench as customs sees it, and a second person who signs at the first one's screen."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from controller.console.acts_app import acts_app
from controller.console.bench import BenchDesk
from controller.console.rework import Rework
from controller.console.web import Guard
from controller.domain.reasons import Role
from controller.line.commands import Outcome
from controller.line.custody_events import CustodyMoved, StockTaken
from controller.line.events import AnyEvent
from controller.line.explain import View
from controller.line.recheck_events import RecheckConfirmed, RecheckOpened, SecondOfficerCalled, WitnessSigned
from tests.browser.bench_story import BenchTold, opened_shown
from tests.console.bench import PIN, Bench, Page, bench
from tests.line.line_story import CARRIER, declared, s10
from tests.line.recheck_story import CUP, LAMP, SEAL_NO, STRANGE, ZHOU
from tests.line.recheck_story import Bench as Story

A, B = s10(10000001), s10(10000002)


class Shown(Story):
    """A story whose rows the desk hears."""

    def __init__(self) -> None:
        super().__init__()
        self.rework = Rework(self.state)
        self.desk = BenchDesk(self.state, self.rework)

    def feed(self, event: AnyEvent, role: Role = Role.LINE, actor: str = "test") -> Outcome:
        outcome = super().feed(event, role, actor)
        for part in (self.rework, self.desk) if hasattr(self, "desk") else ():
            part.take(len(self.outcomes), self.stamped[-1], outcome)
        return outcome

    @property
    def opened(self) -> dict[str, Any]:
        return self.desk.values(View.CUSTOMS)["bench"]["open"][0]  # type: ignore[index,no-any-return]

    @property
    def lists(self) -> dict[str, Any]:
        return self.desk.values(View.CUSTOMS)["bench_lists"]


@pytest.fixture
def shown() -> Shown:
    story = Shown()
    story.benched(A, B)
    story.to_inspect(1, A)
    return story


def test_the_company_gets_nothing_of_the_bench(shown: Shown) -> None:
    shown.opens(A)
    assert shown.desk.values(View.COMPANY) == {}


def test_what_waits_stands_there_until_it_is_opened(shown: Shown) -> None:
    assert [(row["carton"], row["codes"]) for row in shown.lists["waits"]] == [(A, ["weight_differs"])]
    shown.opens(A)
    assert shown.lists["waits"] == []


def test_declared_against_found_line_by_line(shown: Shown) -> None:
    shown.opens(A)
    assert [line["state"] for line in shown.opened["lines"]] == ["open", "open"]
    shown.things(CUP)
    assert [line["state"] for line in shown.opened["lines"]] == ["short", "open"]
    shown.read(CUP)
    assert shown.opened["waiting"]["name"] == "goods 1"
    assert not shown.opened["matched"]
    shown.read("T2")
    shown.things(LAMP)
    assert [line["state"] for line in shown.opened["lines"]] == ["match", "match"]
    assert shown.opened["matched"]
    assert shown.opened["against_release"]["code"] == "new_seal_missing"
    shown.seals(A)
    assert shown.opened["against_release"] is None
    assert shown.opened["last"]["kind"] == "seal"


def test_what_is_wrong_with_a_thing_stands_on_that_thing(shown: Shown) -> None:
    shown.opens(A)
    shown.things(CUP, STRANGE)
    shown.read(CUP)
    shown.read("TRACE00000001")
    shown.read("ALONE1")
    shown.wait(20_000)
    shown.read("ALONE2")
    assert [one["fault"] for one in shown.opened["things"]] == ["trace_twice", "wrong", "trace_twice", "no_code"]
    assert {one["kind"] for one in shown.opened["differences"]} == {"short", "wrong", "trace_twice", "no_code"}
    assert shown.opened["last"] == {
        "kind": "code",
        "product": "",
        "trace": "ALONE2",
        "name": None,
        "at_ms": shown.now_ms,
        "fault": "",
    }


def test_scans_without_an_open_carton_name_the_carton(shown: Shown) -> None:
    shown.read(A)
    shown.read("CAGE-1")
    scans: Any = shown.desk.values(View.CUSTOMS)["bench"]["scans"]
    assert [(one["codes"], one["carton"]) for one in scans] == [([A], A), (["CAGE-1"], "")]


def test_custody_the_oldest_first_and_what_a_stock_take_found(shown: Shown) -> None:
    for number, place in ((B, "cage"), (A, "shelf")):
        shown.wait(1000)
        shown.feed(CustodyMoved(number, place), Role.OPERATOR, "li")
    assert [(row["carton"], row["place"]) for row in shown.lists["kept"]] == [(B, "cage"), (A, "shelf")]
    shown.feed(StockTaken("cage", (A,)), Role.OPERATOR, "li")
    assert list(shown.lists["stock"][0]["missing"]) == [B]
    assert [one.code for one in shown.opens(B).refusals] == ["in_custody"]


def test_a_number_of_two_carriers_stands_there_by_its_full_key(shown: Shown) -> None:
    """Every act of the page sends what stands there: by the number alone the core would not know which of the two is meant."""
    key = f"{CARRIER}/{A}"
    shown.manifest(declared(A, logistics_code="SF0001", cop_no="CX", order_no="OX"))
    assert [row["carton"] for row in shown.lists["waits"]] == [key]
    shown.opens(key)
    assert shown.opened["carton"] == key
    shown.feed(SecondOfficerCalled(shown.opened["carton"]), Role.OFFICER, ZHOU)
    assert [row["carton"] for row in shown.lists["kept"]] == [key]


def test_a_closed_recheck_wants_its_record_and_earlier_officers_are_named(shown: Shown) -> None:
    shown.matched(A)
    (row,) = shown.lists["records"]
    assert (row["carton"], row["stage"], row["matched"], row["officers"]) == (A, "none", True, ["zhou", "wu"])
    shown.opens(A, "zheng")
    assert shown.opened["earlier"] == ["zhou", "wu"]


def test_a_record_of_what_has_left_comes_before_all_others(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.console.bench.RECORDS_SHOWN", 1)
    shown.to_inspect(2, B)
    shown.matched(A)
    key = f"{CARRIER}/{A}"
    shown.state.cartons[key] = replace(shown.state.cartons[key], place="departed")
    shown.matched(B, seal_no="XYR0000002")
    (row,) = shown.lists["records"]
    assert row["carton"] == A, "behind the newest forty nobody could write it any more"


def test_a_called_second_officer_is_seen(shown: Shown) -> None:
    shown.opens(A)
    shown.feed(SecondOfficerCalled(A), Role.OFFICER, ZHOU)
    assert shown.opened["called_ms"] == shown.now_ms
    assert shown.lists["kept"][0]["place"] == "bench bench"


# --- the second person at the first one's screen -------------------------------------------------------------------


async def ready(on: Bench) -> Page:
    """Zhang has opened A, everything is found and sealed, and Zhang has said released."""
    told = BenchTold(on)
    await told.waits_for_the_bench(A)
    by = await on.signed_in("zhang")
    status, answer = await by.act("recheck-open", code=A, bench="bench")
    assert status == 200, answer
    await told.finds(CUP, CUP, LAMP)
    await told.scans(SEAL_NO)
    await told.takes_stills()
    status, answer = await by.act("recheck-decide", code=A, outcome="released", way="belt", reason="as declared")
    assert status == 200, answer
    return by


async def cosign(by: Page, act: str = "recheck-confirm", **more: object) -> tuple[int, dict[str, Any]]:
    told = {"outcome": "released", "way": "belt", "shown": opened_shown(by.bench, A)} if act == "recheck-confirm" else {}
    body = {"id": "press-cosign-1", "act": act, "code": A} | told | more
    answer = await by.ask("POST", "/api/cosign", body, acts=True)
    return answer.status_code, answer.json()


async def test_another_officer_closes_it_with_badge_and_pin_and_the_first_stays_signed_in(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await ready(on)
        status, answer = await cosign(by, badge="B-zhao", pin=PIN)
        assert (status, answer["by"]) == (200, "zhao")
        assert [(one.actor, one.role) for one in on.events(RecheckConfirmed)] == [("zhao", Role.OFFICER)]
        assert (await by.ask("GET", "/api/session")).json()["account"] == "zhang"
        assert len(on.sessions._open) == 1, "the second person's session ended with the answer"


@pytest.mark.parametrize(
    ("account", "pin", "code"),
    [
        ("zhang", PIN, "same_officer"), ("zhao", "00000000", "sign_in_refused"), ("li", PIN, "role_not_allowed"),
        ("shen", PIN, "role_not_allowed"),
    ],
)  # fmt: skip
async def test_nobody_else_closes_it(tmp_path: Path, account: str, pin: str, code: str) -> None:
    async with bench(tmp_path / "d") as on:
        by = await ready(on)
        status, answer = await cosign(by, badge=f"B-{account}", pin=pin)
        assert (status, answer["code"]) in ((403, code), (401, code))
        assert next(iter(on.core.state.rechecks.values())).is_open
        assert len(on.sessions._open) == 1


@pytest.mark.parametrize("code", [A, f"{CARRIER}/{A}"])
@pytest.mark.parametrize("change", [{"role": Role.CUSTOMS_AUDITOR}, {"active": False}])
async def test_a_first_officer_who_is_none_any_more_has_released_nothing(
    tmp_path: Path, change: dict[str, object], code: str
) -> None:
    async with bench(tmp_path / "d") as on:
        await ready(on)
        second = await on.signed_in("zhao")
        on.people.change("zhang", by="test", utc="u", **change)
        told = {"outcome": "released", "way": "belt", "shown": opened_shown(on, A)}
        status, answer = await second.act("recheck-confirm", code=code, **told)
        assert (status, answer["code"]) == (403, "first_not_authorised")
        assert next(iter(on.core.state.rechecks.values())).is_open
        on.people.change("zhang", by="test", utc="u", role=Role.OFFICER, active=True)
        assert (await second.act("recheck-confirm", code=A, **told))[0] == 200
        with on.people._engine.connect() as connection:
            signed = connection.exec_driver_sql("SELECT act, first, second FROM two_people WHERE second IS NOT NULL").fetchall()
        assert [tuple(row) for row in signed] == [("recheck-confirm", "zhang", "zhao")], "the database has both"


async def test_the_second_officer_signs_what_was_shown_and_nothing_else(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await ready(on)
        told = opened_shown(on, A)
        status, answer = await cosign(by, badge="B-zhao", pin=PIN, way="hand")
        assert (status, answer["code"]) == (409, "changed_since"), "it was decided to go over the belt"
        assert answer["zh"]["cause"].startswith("情况已变, 现为: 放行 (上线)")
        await BenchTold(on).finds(LAMP)
        await by.act("recheck-decide", code=A, outcome="detained", way="belt", place="CAGE-1", reason="one lamp more")
        word = {"outcome": "detained", "badge": "B-zhao", "pin": PIN}
        assert (await cosign(by, **word, id="press-cosign-2", place="CAGE-1", shown=told))[1]["code"] == "changed_since"
        assert (await cosign(by, **word, id="press-cosign-3", place="CAGE-2"))[1]["code"] == "changed_since"
        assert not on.core.state.cartons[f"{CARRIER}/{A}"].custody
        assert (await cosign(by, **word, id="press-cosign-4", place="CAGE-1"))[0] == 200


async def test_a_witness_of_the_company_signs_at_the_officers_screen(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await ready(on)
        assert (await cosign(by, "recheck-witness", badge="B-zhao", pin=PIN))[1]["code"] == "role_not_allowed"
        assert (await cosign(by, "recheck-witness", badge="B-ban", pin=PIN))[0] == 200
        assert [one.actor for one in on.events(WitnessSigned)] == ["ban"]


async def test_no_name_without_a_secret_and_none_of_the_company_begins_it(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await ready(on)
        assert (await cosign(by, account="zhao"))[0] == 422
        of_the_company = await on.signed_in("ban")
        assert (await cosign(of_the_company, badge="B-zhao", pin=PIN))[1]["code"] == "role_not_allowed"
        assert on.events(RecheckOpened)


async def test_made_up_people_sign_without_a_secret_and_nobody_else_does(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        on.acting = Guard(acts_app(on.acts, on.identity, on.place, "test", frozenset({"zhao", "nobody"})), on.place)
        by = await ready(on)
        assert (await cosign(by, account="ke"))[0] == 422
        assert (await cosign(by, account="nobody"))[1]["code"] == "sign_in_refused"
        assert (await cosign(by, account="zhao"))[0] == 200
        assert [one.actor for one in on.events(RecheckConfirmed)] == ["zhao"]
        assert len(on.sessions._open) == 1


async def test_the_alarm_of_a_stock_take_names_the_place_in_both_languages(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        assert on.watched.alarms.where("place:cage 1") == {"zh": "货位 cage 1", "en": "custody place cage 1", "station": ""}

"""Requirement rows of the reliability reference, section 7, that concern people and sessions."""

import asyncio
import logging
import sqlite3
import threading
from itertools import count
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from controller.console.people import People, Person, Secrets, open_people
from controller.console.proofs import Proofs, password_weak, pin_weak, token_hash
from controller.console.refusals import WORDS
from controller.console.sessions import Limits, Sessions
from controller.domain.reasons import Role
from controller.records.errors import RecordsError
from tests.console.bench import PASSWORD, PIN, bench

# --- each person has an own account; no shared, no default accounts -------------------------------------------------


def test_there_is_no_account_and_no_secret_before_somebody_makes_one(tmp_path: Path) -> None:
    people = People(open_people(tmp_path / "p.sqlite"))
    assert people.everyone() == ()
    assert people.without_lead() == ("customs", "company")
    people.close()


@pytest.mark.parametrize("name", ["admin", "operator", "officer", "kiosk", "Zhang", "x", "a b", "", "zhang;--"])
def test_a_name_that_several_people_would_share_or_that_is_none_makes_no_account(tmp_path: Path, name: str) -> None:
    people = People(open_people(tmp_path / "p.sqlite"))
    with pytest.raises(RecordsError, match="account_refused"):
        people.add(Person(name, "Somebody", Role.OPERATOR, "", True, 1), by="test", utc="t")
    people.close()


def test_one_badge_names_one_account_and_a_role_is_one_of_six(tmp_path: Path) -> None:
    people = People(open_people(tmp_path / "p.sqlite"))
    people.add(Person("zhang", "Zhang", Role.OFFICER, "B1", True, 1), by="test", utc="t")
    for other in (Person("zhao", "Zhao", Role.OFFICER, "B1", True, 1), Person("line-x", "X", Role.LINE, "", True, 1)):
        with pytest.raises(RecordsError, match="account_refused"):
            people.add(other, by="test", utc="t")
    people.close()


def test_a_database_of_another_version_is_refused_not_dropped(tmp_path: Path) -> None:
    path = tmp_path / "p.sqlite"
    open_people(path).dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(RecordsError, match="people_schema"):
        open_people(path)


# --- passwords, PINs, badges ---------------------------------------------------------------------------------------


def test_secrets_are_argon2id_hashes_with_the_parameters_of_rfc_9106(tmp_path: Path) -> None:
    kept = Proofs().kept("correct horse battery")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PasswordHasher().verify(kept, "correct horse battery")
    assert "hash" not in repr(Secrets(kept, kept))


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaaaa", "zhang1234567", "x" * 200])
def test_a_weak_password_is_refused(password: str) -> None:
    assert password_weak(password, "zhang")


@pytest.mark.parametrize("pin", ["1234567", "12345678", "87654321", "00000000", "2718281a", "٢٧١٨٢٨١٨"])
def test_a_weak_pin_is_refused(pin: str) -> None:
    assert pin_weak(pin)
    assert not pin_weak(PIN)


async def test_a_badge_alone_is_a_name_and_a_pin_counts_only_with_its_badge(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = on.page()
        tries = ({"badge": "B-zhang"}, {"pin": PIN}, {"account": "zhang", "pin": PIN}, {"badge": "B-zhang", "password": PASSWORD})
        for body in tries:
            assert (await page.ask("POST", "/api/session", body)).status_code == 422
        assert (await page.sign_in("", badge="B-zhao", pin="27182818"))[0] == 401
        status, answer = await page.sign_in("", badge="B-zhang", pin=PIN)
        assert (status, answer["account"], answer["role"]) == (200, "zhang", "officer")


async def test_unknown_wrong_and_switched_off_get_the_same_answer_after_the_same_work(tmp_path: Path) -> None:
    class Counting(Proofs):
        def __init__(self) -> None:
            super().__init__(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
            self.verified: list[str] = []
            inner = self._hasher

            class Counted:
                def verify(_, kept: str, secret: str) -> bool:  # noqa: N805
                    self.verified.append(kept.rsplit("$", 2)[0])
                    return inner.verify(kept, secret)

            self._hasher = Counted()  # type: ignore[assignment]

    async with bench(tmp_path / "d") as on:
        counting = Counting()
        on.identity._proofs = counting
        on.people.change("ban", by="test", utc="t", active=False)
        answers = [await on.page(f"10.0.1.{n}").sign_in(who, word) for n, (who, word) in enumerate(
            (("nobody-here", PASSWORD), ("zhang", "not the right one"), ("ban", PASSWORD)))]  # fmt: skip
        assert answers[0] == answers[1] == answers[2]
        assert answers[0][0] == 401
        assert len(counting.verified) == 3
        assert len(set(counting.verified)) == 1, "the same parameters each time"


async def test_five_wrong_ones_delay_that_account_at_that_terminal_alone(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        for account in ("zhang", "no-such-one"):
            page = on.page("10.0.0.66")
            for _ in range(5):
                assert (await page.sign_in(account, "wrong wrong wrong"))[0] == 401
            status, answer = await page.sign_in(account)
            assert (status, answer["code"]) == (429, "guessing_delayed")
            assert answer["retry_after_s"] > 890
        assert (await on.page("10.0.0.1").sign_in("zhang"))[0] == 200, "an outsider locks nobody out"
        assert (await on.page("10.0.0.66").sign_in("zhao"))[0] == 200
        on.clock.now_s += 15 * 60 + 1
        assert (await on.page("10.0.0.66").sign_in("zhang"))[0] == 200


async def test_many_accounts_tried_from_one_terminal_delay_the_terminal(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = on.page("10.0.0.66")
        codes = [(await page.sign_in(f"guess{n}", "wrong wrong wrong"))[0] for n in range(31)]
        assert codes == [401] * 30 + [429]


# --- sessions ------------------------------------------------------------------------------------------------------


async def test_a_session_is_a_strict_http_only_cookie_with_a_new_token_at_each_sign_in(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = on.page()
        answer = await page.ask("POST", "/api/session", {"account": "zhang", "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        first = page.cookies["xiyong_session"]
        assert len(first) >= 43, "256 bits"
        await page.sign_in("zhang")
        assert page.cookies["xiyong_session"] != first
        assert on.sessions.find(first) is None, "the one before has ended"
        assert on.sessions.find(page.cookies["xiyong_session"]) is not None


async def test_an_act_without_the_sessions_token_or_from_another_page_is_refused(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in("li")
        body = {"id": "press-0001", "load_id": "L1", "plate": "P1"}
        for headers, code in (({"X-CSRF-Token": ""}, "csrf_missing"), ({"X-CSRF-Token": "other"}, "csrf_missing"),
                              ({"Origin": "http://evil.test"}, "origin_foreign")):  # fmt: skip
            answer = await page.ask("POST", "/api/acts/load-arrived", body, acts=True, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, code)
        assert "L1" not in on.core.state.loads


async def test_only_the_first_ports_page_may_use_the_second_port(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = on.page()
        wish = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-csrf-token"}
        ours = await page.ask("OPTIONS", "/api/acts/hold", acts=True, headers=wish)
        assert ours.headers["access-control-allow-origin"] == "http://line.test:8600"
        assert ours.headers["access-control-allow-credentials"] == "true"
        for origin in ("http://evil.test", "http://line.test", "http://line.test:8602", "null"):
            theirs = await page.ask("OPTIONS", "/api/acts/hold", acts=True, headers=wish | {"Origin": origin})
            assert "access-control-allow-origin" not in theirs.headers
        policy = (await page.ask("GET", "/api/session")).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "connect-src 'self' http://line.test:8601;" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize(("account", "idle_s", "readable"), [("zhang", 600, False), ("li", 900, True)])
async def test_an_idle_session_locks_and_the_companys_view_stays_readable(
    tmp_path: Path, account: str, idle_s: int, readable: bool
) -> None:
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in(account)
        on.clock.now_s += idle_s - 1
        assert (await page.act("load-arrived", load_id="L1", plate="P1"))[0] == 200
        on.clock.now_s += idle_s
        assert (await page.ask("GET", "/api/state")).status_code == (200 if readable else 401)
        status, answer = await page.act("load-arrived", load_id="L2", plate="P2")
        assert (status, answer["code"]) == (401, "session_locked")
        assert (await page.stop())[0] == 200
        assert (await page.ask("POST", "/api/session/proof", {"secret": "wrong wrong"})).status_code == 401
        assert (await page.ask("POST", "/api/session/proof", {"secret": PASSWORD})).status_code == 200
        assert (await page.act("load-arrived", load_id="L2", plate="P2"))[0] == 200


async def test_taking_the_badge_away_locks_and_twelve_hours_end_everything(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in("zhang")
        assert (await page.ask("POST", "/api/session/lock")).status_code == 200
        assert (await page.act("hold", target="x", reason="look"))[1]["code"] == "session_locked"
        on.clock.now_s += 12 * 3600
        assert (await page.ask("GET", "/api/session")).json()["code"] == "not_signed_in"


async def test_signing_out_ends_the_session(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in("zhang")
        token = page.cookies["xiyong_session"]
        assert (await page.ask("DELETE", "/api/session")).status_code == 200
        assert on.sessions.find(token) is None


async def test_whoever_signs_in_again_and_again_ends_own_sessions_alone(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        others = [await on.signed_in(who) for who in ("zhang", "ban")]
        first = await on.signed_in("li")
        own = [await on.signed_in("li") for _ in range(11)]
        for one in (*others, first, *own):
            assert (await one.ask("GET", "/api/session")).status_code == 200
        last = await on.signed_in("li")
        assert (await first.ask("GET", "/api/session")).status_code == 401
        for one in (*others, *own, last):
            assert (await one.ask("GET", "/api/session")).status_code == 200


def test_an_organisation_has_its_own_room_for_sessions() -> None:
    numbers = count()
    sessions = Sessions(Limits(), lambda: 0.0, lambda: f"token {next(numbers)}")

    def begun(account: str, role: Role) -> str:
        return sessions.begin(Person(account, account, role, "", True, 1), "10.0.0.1", by_badge=False)[0]

    officer, chief = begun("zhang", Role.OFFICER), begun("ke", Role.SECTION_CHIEF)
    company = [begun(f"operator{n}", Role.OPERATOR) for n in range(260)]
    assert [sessions.find(token) is not None for token in company] == [False] * 10 + [True] * 250
    assert sessions.find(officer) is not None
    assert sessions.find(chief) is not None
    assert sessions.find(begun("zhao", Role.OFFICER)) is not None, "however many of the other side there are"


async def test_a_changed_role_ends_every_session_of_the_account_at_the_next_look(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        pages = [await on.signed_in("zhang"), await on.signed_in("zhang"), await on.signed_in("zhao")]
        on.people.change("zhang", by="another process", utc="t", role=Role.CUSTOMS_AUDITOR)
        await on.identity.end_changed()  # the live stream's task asks each second
        found = [on.sessions.find(page.cookies["xiyong_session"]) for page in pages]
        assert [one is not None for one in found] == [False, False, True]


# --- set-up and looking after accounts -------------------------------------------------------------------------------


async def test_a_one_time_token_sets_up_the_first_person_once_and_not_after_a_day(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        on.people.change("ban", by="test", utc="u", active=False)
        on.people.change("ke", by="test", utc="u", active=False)
        token, other = [await on.identity.invite("company", "", "console") for _ in range(2)]
        body = {"token": token, "account": "wang", "name": "Wang", "password": "four different words"}
        page = on.page()
        weak = await page.ask("POST", "/api/set-up", body | {"password": "wangwang12"})
        assert weak.json()["code"] == "secret_too_weak"
        shared = await page.ask("POST", "/api/set-up", body | {"account": "admin"})
        assert shared.json()["code"] == "account_refused"
        assert (await page.ask("POST", "/api/set-up", body)).status_code == 200
        assert (await page.ask("POST", "/api/set-up", body | {"account": "wang2"})).json()["code"] == "invitation_refused"
        assert (await page.sign_in("wang", "four different words"))[1]["role"] == "shift_lead"
        again = await page.ask("POST", "/api/set-up", body | {"token": other, "account": "wang2"})
        assert again.json()["code"] == "invitation_refused", "of the tokens that starts had printed the first counts"
        late = await on.identity.invite("customs", "", "console")
        on.clock.now_s += 24 * 3600 + 1
        answer = await on.page().ask("POST", "/api/set-up", body | {"token": late, "account": "late"})
        assert answer.json()["code"] == "invitation_refused"


async def test_each_organisation_looks_after_its_own_accounts_and_nobody_elses(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        chief, lead, officer = [await on.signed_in(who) for who in ("ke", "ban", "zhang")]
        new = {"account": "qian", "name": "Qian", "role": "officer"}
        assert (await officer.ask("POST", "/api/accounts", new)).status_code == 403
        assert (await lead.ask("POST", "/api/accounts", new)).status_code == 403
        made = (await chief.ask("POST", "/api/accounts", new)).json()
        assert (await chief.ask("POST", "/api/accounts", new)).json()["code"] == "account_refused"
        secret = {"token": made["token"], "password": "another long one"}
        assert (await on.page().ask("POST", "/api/set-up", secret)).status_code == 200
        assert (await on.page().sign_in("qian", "another long one"))[0] == 200
        assert (await lead.ask("POST", "/api/accounts/qian", {"active": False})).status_code == 404
        assert (await chief.ask("POST", "/api/accounts/qian", {"role": "operator"})).status_code == 403
        assert (await chief.ask("POST", "/api/accounts/qian", {"active": False})).status_code == 200
        assert (await on.page().sign_in("qian", "another long one"))[0] == 401
        seen = (await lead.ask("GET", "/api/accounts")).json()["accounts"]
        assert {one["account"] for one in seen} == {"ban", "ji", "li"}


# --- what is recorded, and what never is ---------------------------------------------------------------------------


async def test_sign_ins_refusals_and_changes_are_recorded_and_no_secret_is_anywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in("zhang")
        await on.page().sign_in("zhang", "wrong but telling")
        await on.page().sign_in("my-password-in-the-wrong-box", "wrong but telling")
        invited = await on.identity.invite("customs", "zhao", "ke")
        await page.act("hold", target="nothing", reason="look")
        bad = await page.ask("POST", "/api/session", {"account": "zhang", "password": 5, "extra": "wrong but telling"})
        assert bad.status_code == 422
        assert "telling" not in bad.text
        await page.ask("DELETE", "/api/session")
        kinds = [(row["kind"], row["account"]) for row in on.people.history()]
        assert {("signed_in", "zhang"), ("sign_in_refused", "zhang"), ("sign_in_refused", "unknown"), ("invited", "zhao"),
                ("signed_out", "zhang"), ("account_added", "ke")} <= set(kinds)  # fmt: skip
        tokens = [invited, page.csrf, page.cookies.get("xiyong_session") or "none at all"]
        assert invited not in str(on.people.history())
    kept = b"".join(path.read_bytes() for path in (tmp_path / "d").rglob("*") if path.is_file())
    for secret in (PASSWORD, PIN, "telling", "wrong-box", *tokens):
        assert secret.encode() not in kept
        assert secret not in caplog.text
    assert token_hash(invited).encode() in kept


def test_every_no_of_the_console_speaks_both_languages() -> None:
    for code, word in WORDS.items():
        assert all((word.zh, word.en, word.next_zh, word.next_en)), code
        assert 400 <= word.status < 600


async def test_without_the_database_of_accounts_no_act_goes_through_and_a_stop_works(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in("li")
        with on.people._engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE people RENAME TO away")
        await on.identity.end_changed()  # each second, in the task that serves the console
        assert (await page.act("load-arrived", load_id="L1", plate="P1"))[1]["code"] == "identity_down"
        assert (await page.stop())[1]["recorded"]


async def test_evidence_on_a_disk_that_hangs_holds_no_act_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = threading.Event()

    def read(*given: object) -> bytes:
        hangs.wait(20)
        return b""

    monkeypatch.setattr("controller.console.view_app.evidence_file", read)
    async with bench(tmp_path / "d") as on:
        officer, operator = await on.signed_in("zhang"), await on.signed_in("li")
        asking = [asyncio.create_task(officer.ask("GET", f"/api/evidence/{'0' * 64}")) for _ in range(3)]
        await asyncio.sleep(0.1)
        try:
            async with asyncio.timeout(5):
                assert (await operator.act("load-arrived", load_id="L1", plate="P1"))[0] == 200
        finally:
            hangs.set()
            await asyncio.gather(*asking)

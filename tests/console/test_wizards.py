"""Who has which recovery in hand: one person at a time, taken over in the open, and forgotten when nobody renews it."""

from pathlib import Path
from typing import Any

from controller.console.wizards import FREE_AFTER_S
from controller.line.explain import View
from tests.console.bench import Bench, Page, bench

DONE = {"track": "1:7", "code": "RR100000011CN", "outcome": "rerun"}


async def take(by: Page, screen: str, kind: str = "jam", **more: Any) -> tuple[int, dict[str, Any]]:
    answer = await by.ask("POST", f"/api/wizards/{kind}", {"screen": screen, **more})
    return answer.status_code, answer.json()


def shown(on: Bench, view: View = View.COMPANY) -> Any:
    return on.live.snapshot(view)["values"]["wizards"]["list"]  # type: ignore[index]


async def test_a_second_screen_sees_who_has_it_and_may_take_over_with_what_was_done(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        first, second = await on.signed_in("li"), await on.signed_in("ban")
        assert (await take(first, "operator-1", handled=[DONE]))[0] == 200
        status, answer = await take(second, "operator-2")
        assert (status, answer["code"]) == (409, "wizard_taken")
        assert (answer["wizard"]["name"], answer["wizard"]["screen"]) == ("Li", "operator-1")
        assert (await take(first, "operator-1"))[0] == 200, "it stays in the first hands"
        status, answer = await take(second, "operator-2", over=True)
        assert status == 200
        (one,) = shown(on)
        assert (one["account"], one["taken_from"]["account"], one["taken_from"]["screen"]) == ("ban", "li", "operator-1")
        assert one["handled"] == [DONE], "what was done goes along"
        assert (await take(first, "operator-1", handled=[]))[0] == 409, "a page that does not know yet changes nothing"
        await first.ask("DELETE", "/api/wizards/jam?screen=operator-1")
        assert shown(on), "nor does it end what is in other hands"
        await second.ask("DELETE", "/api/wizards/jam?screen=operator-2")
        assert shown(on) == []


async def test_two_screens_of_one_person_are_two(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("li")
        assert (await take(by, "operator-1"))[0] == 200
        assert (await take(by, "operator-2"))[0] == 409


async def test_it_is_free_when_nobody_renews_it_and_no_renewal_keeps_a_session_awake(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("li")
        await take(by, "operator-1")
        for _ in range(40):
            on.clock.now_s += FREE_AFTER_S - 1
            status, answer = await take(by, "operator-1")
        assert (status, answer["code"]) == (401, "session_locked"), "15 minutes without an act"
        on.clock.now_s += 2
        assert shown(on) == []


async def test_only_hands_may_and_the_company_does_not_learn_who_of_customs_has_it(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        for account in ("shen", "ji"):
            status, answer = await take(await on.signed_in(account), "desk")
            assert (status, answer["code"]) == (403, "role_not_allowed"), account
        assert (await take(on.page(), "desk"))[0] == 401
        await take(await on.signed_in("zhang"), "desk", kind="seal")
        assert shown(on)[0]["account"] == "customs"
        assert "hang" not in str(shown(on))
        assert shown(on, View.CUSTOMS)[0]["name"] == "Zhang"


async def test_what_is_no_wizard_is_refused(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        by = await on.signed_in("li")
        assert (await take(by, "x", kind="door"))[0] == 422
        assert (await take(by, "x", handled=[DONE] * 41))[0] == 422

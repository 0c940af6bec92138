"""What leaves as a file is a row of the journal in somebody's name: whoever is there asks for it, and no address alone."""

from pathlib import Path

import pytest

from controller.line.people_events import Exported
from tests.console.bench import PASSWORD, bench
from tests.line.line_story import s10

STORY = f"/api/story/{s10(10000001)}/export"
TAKEN = (
    ("ban", "/api/statistics.csv?by=hour"),
    ("ban", "/api/diagnostics"),
    ("ban", STORY),
    ("zhang", "/api/recheck/EMS001%2FRR1%231/record.pdf"),
)
WHY = {"reason": "a passer-by"}


@pytest.mark.parametrize(("account", "path"), TAKEN)
async def test_nothing_is_taken_from_a_locked_screen_nor_with_the_cookie_alone(tmp_path: Path, account: str, path: str) -> None:
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in(account)
        asked = f"{path}{'&' if '?' in path else '?'}reason=a%20link"
        assert (await page.ask("GET", asked)).json()["code"] == "not_found", "a link of any page can ask so"
        foreign = await page.ask("POST", path, WHY, headers={"Origin": "http://evil.example"})
        assert (foreign.status_code, foreign.json()["code"]) == (403, "origin_foreign")
        token, page.csrf = page.csrf, ""
        bare = await page.ask("POST", path, WHY)
        assert (bare.status_code, bare.json()["code"]) == (403, "csrf_missing")
        page.csrf = token
        await page.ask("POST", "/api/session/lock")
        locked = await page.ask("POST", path, WHY)
        assert (locked.status_code, locked.json()["code"]) == (401, "session_locked")
        await on.settled()
        assert on.events(Exported) == []


async def test_once_it_is_unlocked_it_is_given_and_stands_in_that_name(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in("ban")
        await page.ask("POST", "/api/session/lock")
        await page.ask("POST", "/api/session/proof", {"secret": PASSWORD})
        await on.counted()
        for path in ("/api/statistics.csv?by=hour", "/api/diagnostics"):
            answer = await page.ask("POST", path, WHY)
            assert answer.status_code == 200, answer.text
            assert 'filename="xiyong-' in answer.headers["content-disposition"]
        assert [row.actor for row in on.events(Exported)] == ["ban", "ban"]

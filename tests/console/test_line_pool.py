"""What other lines of the site are told, and that nobody else is: no role, no stranger, nobody who asks too often."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from controller.console.line_credential import LineCredential
from controller.console.line_pool import WAITING_MOST, line_pool
from controller.console.line_pool_app import BURST, NOTED_EACH_S, NOTED_MOST, TERMINALS_MOST, Knocks
from controller.console.pictures import pool
from tests.console.bench import PEOPLE, Bench, Hand, Page, bench
from tests.console.picture_bench import METAL, A, B, PictureStory
from tests.line.xray_story import XRAY

PATH = "/api/lines/pool"
SECRET = b"the secret of this very site"
SITE = LineCredential(SECRET)


def at_site(home: Path, mode: int = 0o600) -> dict[str, object]:
    """Settings of a line that other lines may ask."""
    home.mkdir(exist_ok=True)
    path = home / "lines.secret"
    path.write_bytes(SECRET)
    path.chmod(mode)
    return {"console.lines_secret_file": "lines.secret", "line.name": "XY-1"}


async def asked(page: Page, line: str = "XY-1", credential: LineCredential = SITE, scheme: str = "Bearer") -> httpx.Response:
    return await page.ask("GET", PATH, headers={"Authorization": f"{scheme} {credential.for_line(line)}"})


def refusals(on: Bench) -> list[tuple[Any, ...]]:
    rows = [one for one in on.people.history() if one["kind"] == "line_refused"]
    return [(one["account"], one["terminal"], one["code"]) for one in rows]


async def test_another_line_is_told_what_waits_for_how_long_and_who_looks_at_it(tmp_path: Path) -> None:
    async with bench(tmp_path / "d", more=at_site(tmp_path / "d")) as on:
        story = PictureStory(on)
        story.papers(A, B)
        story.to_judge(1, A, METAL)
        story.to_judge(2, B)
        officer = await on.signed_in("zhang")
        assert (await officer.ask("POST", "/api/pictures/1:1/claim")).status_code == 200
        told = (await asked(on.page("10.0.0.2"))).json()
        assert (told["line"], told["more"]) == ("XY-1", 0)
        one, other = told["waiting"]
        assert (one["track"], one["carton"], one["last4"]) == ("1:1", A, A[-6:-2])
        assert (one["claimed_by"], one["claimed_name"], other["claimed_by"]) == ("zhang", "Zhang", None)
        assert one["must"] == ["analyser_finding", "rule_hit"]
        assert {"low", "high", "image"} & set(one) == set(), "no other line needs the picture"
        story.verdict(1, "clear")
        story.show()
        told = (await asked(on.page("10.0.0.2"))).json()
        assert [one["track"] for one in told["waiting"]] == ["1:2"], "what was judged waits no longer"


async def test_the_time_that_is_left_stands_still_with_the_belt_and_the_most_urgent_are_told(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = PictureStory(on)
        story.papers(A)
        story.to_judge(1, A)
        (picture,) = pool(on.core.state)
        claims, now_ms = on.desk.verdicts.claims, picture.last_call_ms - 2000
        (running,) = line_pool("XY-1", (picture,), claims, XRAY, now_ms, running=True).waiting
        (later,) = line_pool("XY-1", (picture,), claims, XRAY, now_ms + 5000, running=True).waiting
        assert (running.left_ms, later.left_ms) == (2000, 0)
        assert later.waits_ms - running.waits_ms == 5000
        (stands,) = line_pool("XY-1", (picture,), claims, XRAY, now_ms + 5000, running=False).waiting
        assert stands.left_ms == (picture.last_call_mm - picture.front_mm) * 1000 // XRAY.speed_mm_s
        assert line_pool("XY-1", (picture,), claims, None, now_ms, running=None).waiting == ()
        many = [replace(picture, track=f"1:{n}", last_call_ms=picture.last_call_ms - n) for n in range(WAITING_MOST + 5)]
        told = line_pool("XY-1", many, claims, XRAY, picture.last_call_ms - 9000, running=True)
        assert (told.waiting[0].track, len(told.waiting), told.more) == (f"1:{WAITING_MOST + 4}", WAITING_MOST, 5)


async def test_no_person_and_no_stranger_is_answered_and_it_is_written_down_once_with_its_count(tmp_path: Path) -> None:
    async with bench(tmp_path / "d", more=at_site(tmp_path / "d")) as on:
        for account in PEOPLE:
            page = await on.signed_in(account)
            answer = await page.ask("GET", PATH)
            assert (answer.status_code, answer.json()["code"]) == (401, "line_not_proven"), account
        nobody = on.page()
        for answer in (
            await nobody.ask("GET", PATH), await asked(nobody, "XY-2"), await asked(nobody, credential=LineCredential(b"x" * 32)),
            await asked(nobody, scheme="Basic"), await nobody.ask("GET", PATH, headers={"Authorization": "Bearer "}),
            await nobody.ask("GET", PATH, headers={"Authorization": f"Bearer {SECRET.decode()}"}),
        ):  # fmt: skip
            assert (answer.status_code, answer.json()["code"]) == (401, "line_not_proven")
        assert refusals(on) == [("unknown", "10.0.0.1", "line_not_proven 1x")]
        on.clock.now_s += NOTED_EACH_S
        await nobody.ask("GET", PATH)
        assert refusals(on)[0] == ("unknown", "10.0.0.1", f"line_not_proven {len(PEOPLE) + 6}x")
        assert (await asked(nobody)).status_code == 200, "and the right one is answered, at the same terminal too"


async def test_the_credential_of_a_line_opens_nothing_else(tmp_path: Path) -> None:
    async with bench(tmp_path / "d", more=at_site(tmp_path / "d")) as on:
        page, headers = on.page(), {"Authorization": f"Bearer {SITE.for_line('XY-1')}", "X-CSRF-Token": SITE.for_line("XY-1")}
        for path in ("/api/state", "/api/stream", "/api/accounts", "/api/pictures/1:1", "/api/session"):
            answer = await page.ask("GET", path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), path
        answer = await page.ask("POST", "/api/pictures/1:1/claim", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_a_secret_of_blanks_alone_is_none_and_the_line_answers_nobody(tmp_path: Path) -> None:
    more = at_site(tmp_path / "d")
    (tmp_path / "d" / "lines.secret").write_bytes(b" \n" * 20)
    async with bench(tmp_path / "d", more=more) as on:
        for credential in (SITE, LineCredential(b""), LineCredential(b" \n" * 20)):
            assert (await asked(on.page(), credential=credential)).status_code == 401


@pytest.mark.parametrize("mode", [0o640, 0o604, None])
async def test_a_line_whose_secret_others_may_read_or_that_has_none_answers_nobody(tmp_path: Path, mode: int | None) -> None:
    more = at_site(tmp_path / "d", mode) if mode is not None else {"line.name": "XY-1"}
    async with bench(tmp_path / "d", more=more) as on:
        for credential in (SITE, LineCredential(b"")):
            assert (await asked(on.page(), credential=credential)).status_code == 401


async def test_whoever_asks_too_often_waits_and_nobody_else_does(tmp_path: Path) -> None:
    async with bench(tmp_path / "d", more=at_site(tmp_path / "d")) as on:
        page = on.page("10.0.0.9")
        answers = [await asked(page) for _ in range(int(BURST) + 1)]
        assert [one.status_code for one in answers] == [200] * int(BURST) + [429]
        assert (answers[-1].json()["code"], answers[-1].headers["retry-after"]) == ("line_too_often", "1")
        assert refusals(on) == [("unknown", "10.0.0.9", "line_too_often 1x")]
        assert (await asked(on.page("10.0.0.8"))).status_code == 200
        for _ in range(10):
            on.clock.now_s += 1
            assert (await asked(page)).status_code == 200, "once a second is never too often"


def test_however_many_terminals_knock_rows_and_memory_are_bounded() -> None:
    clock = Hand()
    knocks = Knocks(clock)
    noted = [knocks.refused(f"10.{n >> 8 & 255}.{n & 255}.1") for n in range(3 * TERMINALS_MOST)]
    assert sum(times > 0 for times in noted) == NOTED_MOST
    assert len(knocks._terminals) == TERMINALS_MOST


async def test_the_contract_says_that_it_is_for_machines(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        schema = on.view._app.openapi()  # type: ignore[attr-defined]
        assert schema["paths"][PATH]["get"]["security"] == [{"line": []}]
        assert schema["components"]["securitySchemes"]["line"]["scheme"] == "bearer"
        users = [path for path, one in schema["paths"].items() if "'line'" in repr([op.get("security") for op in one.values()])]
        assert users == [PATH]

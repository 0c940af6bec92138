"""Statistics and the wall board over the API: each organisation's own view, with cut-off, gaps and refusals."""

import csv
import hashlib
import io
import json
from pathlib import Path

from controller.domain.reasons import Role
from controller.domain.sentences import in_chinese
from controller.line.belt import RingKind
from controller.line.events import DeviceDown
from controller.line.people_events import Exported
from tests.browser.told import A, B, Told
from tests.console.bench import Bench, Page, bench

EVERY = ("hour", "shift", "lane", "chapter", "shipper", "stop", "alarm", "loss")


async def a_morning(on: Bench) -> None:
    """Two cartons on their lanes, and a scale that is gone."""
    story = Told(on)
    story.on_belt(A, B)
    for track, lane in ((1, 3), (2, 1)):
        story.ring(RingKind.DIVERTED, track, 7, lane)
    await story.tell()
    await on.core.submit(DeviceDown("scale", "unplugged", "no answer"), actor="scale", role=Role.LINE)
    await on.counted()


async def asked(page: Page, by: str, **more: str) -> dict[str, object]:
    answer = await page.ask("GET", "/api/statistics", params={"by": by, **more})
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


async def test_each_view_is_counted_and_says_up_to_when(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        await a_morning(on)
        for account in ("ban", "ke", "shen", "ji"):
            page = await on.signed_in(account)
            for by in EVERY:
                told = await asked(page, by)
                assert told["totals"]["n"] == 2, (account, by)  # type: ignore[index]
                assert told["cut_off"]["seq"] == on.core.journal_seq  # type: ignore[index]
                assert told["gaps"], "the line was not there twelve hours ago"
                assert told["rows"], (account, by)
            board = (await page.ask("GET", "/api/board")).json()
            assert (board["totals"]["release"], board["totals"]["inspect"]) == (1, 1)
            assert ("decisions" in board) is (account in ("ke", "shen")), "how fast pictures are judged tells that some are"


async def test_who_judged_is_for_customs_and_an_officer_sees_only_himself(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        lead = await on.signed_in("ban")
        assert (await lead.ask("GET", "/api/statistics", params={"by": "officer"})).status_code == 403
        for account in ("ke", "shen", "zhang"):
            assert (await asked(await on.signed_in(account), "officer"))["rows"] == []


async def test_a_window_that_can_not_be_counted_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        lead = await on.signed_in("ban")
        for window in (
            {"from": "yesterday"}, {"from": "2026-11-20T08:00:00"},
            {"from": "2026-11-20T08:00:00Z", "to": "2026-11-19T08:00:00Z"},
            {"from": "2026-11-01T00:00:00Z", "to": "2026-11-20T00:00:00Z"},
        ):  # fmt: skip
            answer = await lead.ask("GET", "/api/statistics", params=window)
            assert (answer.status_code, answer.json()["code"]) == (422, "not_as_asked"), window
        assert (await on.page().ask("GET", "/api/statistics")).status_code == 401


async def test_the_company_hears_no_word_of_customs_own(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        await a_morning(on)
        page = await on.signed_in("ban")
        told = json.dumps([await asked(page, by) for by in EVERY])
        for secret in ("rule_hit", "selected", "verdict", "asked", "not_released"):
            assert secret not in told


async def test_the_file_has_the_rows_of_the_answer_and_each_says_up_to_when(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        await a_morning(on)
        for account in ("ban", "ke"):
            page = await on.signed_in(account)
            for by in EVERY:
                rows = (await asked(page, by))["rows"]
                answer = await page.ask("POST", "/api/statistics.csv", params={"by": by})
                assert answer.status_code == 200, answer.text
                assert answer.headers["content-disposition"].startswith(f'attachment; filename="xiyong-{by}-')
                lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
                assert len(lines) == len(rows), (account, by)  # type: ignore[arg-type]
                taken, outcome = [(stamped, outcome) for _, stamped, outcome in on.heard if isinstance(stamped.event, Exported)][
                    -1
                ]
                assert isinstance(taken.event, Exported)
                assert (taken.actor, taken.event.what) == (account, "statistics")
                assert taken.event.sha256 == hashlib.sha256(answer.content).hexdigest()
                assert taken.event.about.startswith(f"{by}, {len(lines)} rows, 2026-")
                assert [one.text.startswith("customs look: ") for one in outcome.findings] == [account == "ke"]
                assert in_chinese(outcome.findings[0].text.removeprefix("customs look: ")).startswith(
                    f"{account} 取统计表: {by}, "
                )
                assert all(line["cut_off_utc"].endswith("Z") for line in lines)
                if by == "hour":
                    assert sum(int(line["n"]) for line in lines if line["n"]) == 2
                    assert lines[0]["from_utc"].endswith("Z")
        lead = await on.signed_in("ban")
        assert (await lead.ask("POST", "/api/statistics.csv", params={"by": "officer"})).status_code == 403
        assert (await lead.ask("POST", "/api/statistics.csv", params={"from": "yesterday"})).json()["code"] == "not_as_asked"
        assert (await on.page().ask("POST", "/api/statistics.csv")).status_code == 401

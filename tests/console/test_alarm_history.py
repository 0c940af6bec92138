"""What became of alarms, from the journal: begun, gone, who did what; each organisation its own view; a page at a time."""

from pathlib import Path
from typing import Any

import pytest

from controller.console import alarm_history
from controller.domain.reasons import Role
from controller.line.belt import PlcFlag
from controller.line.events import DeviceDown, DeviceUp
from controller.line.plc_events import PlcStatus, PlcStatusChanged
from tests.console.bench import Bench, Page, bench
from tests.console.test_alarm_acts import drawn

FINE = int(PlcFlag.E_STOP_HEALTHY | PlcFlag.HOST_LINK_OK | PlcFlag.GUARDS_CLOSED | PlcFlag.AIR_OK | PlcFlag.XRAY_READY)
SCALE = "device_down:scale"


async def history(page: Page, **query: int) -> dict[str, Any]:
    answer = await page.ask("GET", "/api/alarms/history", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def told(on: Bench, event: Any, actor: str = "plc") -> None:
    await on.core.submit(event, actor=actor, role=Role.LINE)


def status(flags: int, lane_full: int = 0) -> PlcStatusChanged:
    return PlcStatusChanged(PlcStatus(6, flags, 0, 0, lane_full, 0xFFFF, 500))


async def test_the_life_of_an_alarm_is_there_with_who_did_what_and_each_organisation_reads_its_own(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator, lead, officer = await on.signed_in("li"), await on.signed_in("ban"), await on.signed_in("zhang")
        assert (await on.page().ask("GET", "/api/alarms/history")).status_code == 401
        await told(on, DeviceUp("scale"), "scale")  # there from the start: nothing became of it
        await told(on, DeviceDown("scale", "unplugged", "no answer"), "scale")
        await operator.act("alarm-acknowledge", alarm=SCALE, shown=drawn(on, SCALE))
        await lead.act("alarm-shelve", alarm=SCALE, minutes=30, reason="parts ordered")
        await lead.act("alarm-shelve", alarm="jam:line", minutes=30, reason="there is none")
        await told(on, DeviceUp("scale"), "scale")
        await told(on, status(FINE))
        await told(on, status(FINE & ~PlcFlag.GUARDS_CLOSED))
        await told(on, status(FINE, lane_full=1))
        await operator.act("line-mute")
        await officer.act("alarm-out-of-service", alarm="selection_failed:carton:1", reason="no secret yet")
        await officer.act("alarm-acknowledge", alarm="guards_open:line", shown=drawn(on, "guards_open:line"))
        rows = (await history(officer))["rows"]
        seen = [(one["what"], one["code"], one["by"]) for one in reversed(rows)]
        for wanted in (
            ("begun", "device_down", ""), ("acknowledged", "device_down", "li"), ("shelved", "device_down", "ban"),
            ("gone", "device_down", ""), ("begun", "guards_open", ""), ("gone", "guards_open", ""), ("begun", "lane_full", ""),
            ("silenced", "", "li"), ("taken_out", "selection_failed", "zhang"), ("acknowledged", "guards_open", "zhang"),
        ):  # fmt: skip
            assert wanted in seen, (wanted, seen)
        assert seen.count(("gone", "device_down", "")) == 1, "a device that is there from the start has not come back"
        assert not [one for one in rows if one["what"] == "shelved" and one["code"] == "jam"], "what was refused was not done"
        (shelved,) = [one for one in rows if one["what"] == "shelved"]
        assert (shelved["cause"], shelved["where"]["en"], shelved["priority"]) == ("parts ordered", "scale", 3)
        company = (await history(operator))["rows"]
        assert not [one for one in company if one["code"] == "selection_failed"]
        assert [one["by"] for one in company if one["code"] == "guards_open" and one["what"] == "acknowledged"] == ["customs"]
        assert "zhang" not in str(company)
        assert "no secret" not in str(company)


async def test_pages_follow_each_other_without_a_gap_or_a_repeat(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in("li")
        for n in range(12):
            await told(on, DeviceDown("scale", "unplugged", f"no answer {n}"), "scale")
            await told(on, DeviceUp("scale"), "scale")
        everything = (await history(page, limit=100))["rows"]
        assert len(everything) == 24
        found: list[Any] = []
        before = 0
        for _ in range(20):
            answer = await history(page, limit=5, before=before)
            found += answer["rows"]
            if answer["before"] is None:
                break
            before = answer["before"]
        assert found == everything
        assert (await page.ask("GET", "/api/alarms/history", params={"limit": 5000})).status_code == 422


async def test_no_page_ends_at_an_alarm_that_is_customs_own(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator, officer = await on.signed_in("li"), await on.signed_in("zhang")
        for n in range(3):
            await told(on, DeviceDown("scale", "unplugged", f"no answer {n}"), "scale")
            await told(on, DeviceUp("scale"), "scale")
            for alarm in ("selection_failed", "picture_unanswered"):
                await officer.act("alarm-out-of-service", alarm=f"{alarm}:carton:{n}", reason="no secret yet")
        seen = {
            one["seq"] for one in (await history(officer))["rows"] if one["code"] in ("selection_failed", "picture_unanswered")
        }
        assert len(seen) == 6
        everything = (await history(operator, limit=100))["rows"]
        assert len(everything) == 6
        assert seen.isdisjoint(one["seq"] for one in everything)
        for limit in (1, 2, 5):
            found: list[Any] = []
            answer = await history(operator, limit=limit)
            while answer["rows"]:
                found += answer["rows"]
                assert answer["before"] in (answer["rows"][-1]["seq"], None), "as far as is shown"
                answer = await history(operator, limit=limit, before=answer["before"] or 1)
            assert found == everything, limit
            assert answer["before"] is None


async def test_rows_without_an_alarm_neither_fill_a_page_nor_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm_history, "CONTEXT_ROWS", 4)
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in("li")
        for flags in (FINE, FINE & ~PlcFlag.GUARDS_CLOSED, FINE):
            for _ in range(12):
                await told(on, status(flags))
        rows = (await history(page, limit=2))["rows"]
        assert [(one["what"], one["code"]) for one in rows] == [("gone", "guards_open"), ("begun", "guards_open")]

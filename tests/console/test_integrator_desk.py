"""The integrator's page: settings with origins, live values with age, the log, and a bundle that may leave the house."""

import asyncio
import hashlib
import io
import json
import logging
import os
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from controller.console import story_work
from controller.daemon.diagnostics import config_rows, without_people
from controller.domain.reasons import Role
from controller.line.events import DeviceDown
from controller.line.people_events import Exported
from controller.records.errors import RecordsError
from controller.records.story_process import Check
from controller.settings.loading import load
from controller.settings.provenance import origins_of
from tests.console.bench import Bench, bench
from tests.daemon.virtual_line import ROOT

ROUTES = ("/api/config", "/api/live-values", "/api/log")
BUNDLE, A_LOOK = "/api/diagnostics", {"reason": "a look"}


def logged(on: Bench, level: int, message: str, **because: object) -> None:
    record = logging.LogRecord("xiyong.line", level, "x.py", 1, message, (), None)
    record.because = because
    on.log.handle(record)


async def test_who_may_read_it(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        for account, status in (("ji", 200), ("ban", 200), ("ke", 200), ("shen", 200), ("li", 403), ("zhang", 403)):
            page = await on.signed_in(account)
            for route in ROUTES:
                assert (await page.ask("GET", route)).status_code == status, (account, route)
            assert (await page.ask("POST", BUNDLE, A_LOOK)).status_code == status, account


async def test_every_setting_says_where_it_came_from_and_no_secret_is_shown(tmp_path: Path) -> None:
    path = ROOT / "config" / "simulation.toml"
    overrides = {"plc.port": 1502, "site.data_dir": str(tmp_path), "records.url": "postgresql://line:hunter2@db.test/xiyong"}
    settings = load(path, overrides)
    rows = {row["key"]: row for row in config_rows(settings, origins_of(path, overrides, ("site.data_dir",)))}
    assert (rows["plc.port"]["value"], rows["plc.port"]["from"]) == (1502, "command line")
    assert rows["site.data_dir"]["from"] == "environment"
    assert rows["line.name"]["from"] == "file"
    assert rows["console.idle_customs_s"]["from"] == "default"
    assert rows["scanners.1.name"]["from"] == "file", "a device by its place"
    assert rows["customs.selection_secret_file"]["value"] in ("(set)", "(not set)")
    assert "hunter2" not in json.dumps(rows)
    assert {row["from"] for row in rows.values()} == {"file", "command line", "environment", "default"}


async def test_live_values_have_source_and_age_and_the_log_is_filtered(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        await on.core.submit(DeviceDown("scale", "unplugged", "no answer"), actor="scale", role=Role.LINE)
        page = await on.signed_in("ji")
        values = (await page.ask("GET", "/api/live-values")).json()["values"]
        (scale,) = [row for row in values if row["source"] == "scale"]
        assert (scale["name"], scale["value"]) == ("DeviceDown", "unplugged: no answer")
        assert 0 <= scale["age_ms"] < 60_000
        logged(on, logging.INFO, "line is up")
        logged(on, logging.WARNING, "alarm device_down scale")
        lines = (await page.ask("GET", "/api/log", params={"level": "warning"})).json()["lines"]
        assert [line["message"] for line in lines] == ["alarm device_down scale"]
        lines = (await page.ask("GET", "/api/log", params={"contains": "IS UP"})).json()["lines"]
        assert [line["message"] for line in lines] == ["line is up"]


async def test_the_bundle_has_no_person_no_number_and_no_secret_and_says_whether_the_journal_proves_true(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        await on.core.submit(DeviceDown("scale", "unplugged", "no answer"), actor="scale", role=Role.LINE)
        logged(on, logging.INFO, "refused RR123456785CN: asked by ban", actor="ban", act_id="ban.press-1", journal_seq=4)
        page = await on.signed_in("ji")
        assert (await page.ask("POST", BUNDLE, {"reason": ""})).status_code == 422, "whoever takes it says why"
        rows = on.core.journal_seq
        answer = await page.ask("POST", BUNDLE, {"reason": "the scale is away"})
        (taken,) = on.events(Exported)
        assert taken.event == Exported("diagnostics", "", "", "the scale is away", hashlib.sha256(answer.content).hexdigest())
        assert (taken.actor, taken.role) == ("ji", Role.INTEGRATOR)
        assert answer.headers["content-type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            files = {name.rpartition("/")[2]: archive.read(name).decode() for name in archive.namelist()}
        assert set(files) == {"README.txt", "config.json", "versions.json", "devices.json", "journal.json", "log.jsonl"}
        journal = json.loads(files["journal.json"])
        assert (journal["ok"], journal["rows"]) == (True, rows)
        assert json.loads(files["log.jsonl"])["message"] == "refused …85CN: asked by (person)"
        assert next(row for row in json.loads(files["devices.json"]) if row["name"] == "scale")["up"] is False
        assert json.loads(files["versions.json"])["packages"]["fastapi"]
        for secret in ("ban", "press-1", "RR123456785CN", "selection.secret"):
            assert secret not in files["log.jsonl"] + files["devices.json"] + files["journal.json"], secret


async def test_one_bundle_is_made_at_a_time_also_when_who_asked_has_gone_and_an_end_ends_it(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        begun: list[Check] = []
        ended: list[str] = []

        async def proving(wanted: Check) -> tuple[dict[str, Any], bytes]:
            begun.append(wanted)
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                ended.append("killed")
                raise
            raise AssertionError

        on.boards.integrator.work, whole = proving, on.boards.integrator.work
        page, other = await on.signed_in("ji"), await on.signed_in("ban")
        first = asyncio.create_task(page.ask("POST", BUNDLE, A_LOOK))
        while not begun:
            await asyncio.sleep(0.01)
        answer = await other.ask("POST", BUNDLE, A_LOOK)
        assert (answer.status_code, answer.json()["code"]) == (429, "diagnostics_busy")
        assert len(begun) == 1
        first.cancel()  # as the server does when it ends
        await asyncio.gather(first, return_exceptions=True)
        assert ended == ["killed"]
        assert "diagnostics" not in " ".join(one.name for one in threading.enumerate()), "the daemon's own process proves nothing"
        on.boards.integrator.work = whole
        assert (await other.ask("POST", BUNDLE, A_LOOK)).status_code == 200


async def test_a_proof_that_did_not_come_to_an_end_costs_the_bundle_nothing_else(tmp_path: Path) -> None:
    async def late(wanted: Check) -> tuple[dict[str, Any], bytes]:
        raise RecordsError("took_too_long", "it was not done within 600 s", "use the command line")

    async with bench(tmp_path / "d") as on:
        on.boards.integrator.work = late
        answer = await (await on.signed_in("ji")).ask("POST", BUNDLE, A_LOOK)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            told = json.loads(archive.read("xiyong-diagnostics/journal.json"))
        assert told == {"ok": None, "cause": "not proven: took_too_long: it was not done within 600 s"}


async def test_the_process_that_proves_ends_with_whoever_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "slow_proof.py"
    slow.write_text("import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(3600)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(story_work, "MODULE", "slow_proof")
    waiting = asyncio.create_task(story_work.in_process(Check("j", "a")))
    async with asyncio.timeout(20):
        while not ((tmp_path / "pid").is_file() and (tmp_path / "pid").read_text()):
            await asyncio.sleep(0.02)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("message", "kept"),
    [("lane release for track 1:12: release", "lane release for track 1:12: release"),
     ("carton EMS001/RR123456785CN held", "carton EMS001/…85CN held"), ("waybill 7730001234567", "waybill …4567"),
     ("truck 渝A12345 at 渝AD12345, seal:CQ778370号", "truck …2345 at …2345, seal:…8370号"),
     ("no answer of rtsp://admin:p@ss@10.0.0.9/live?token=abc", "no answer of rtsp://(hidden)@10.0.0.9/live?token=(hidden)")],
)  # fmt: skip
def test_numbers_of_parcels_are_cut(message: str, kept: str) -> None:
    assert without_people({"message": message})["message"] == kept

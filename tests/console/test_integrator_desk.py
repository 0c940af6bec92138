"""The integrator's page: settings with origins, live values with age, the log, and a bundle that may leave the house."""

import hashlib
import io
import json
import logging
import zipfile
from pathlib import Path

import pytest

from controller.daemon.diagnostics import config_rows, without_people
from controller.domain.reasons import Role
from controller.line.events import DeviceDown
from controller.line.people_events import Exported
from controller.settings.loading import load
from controller.settings.provenance import origins_of
from tests.console.bench import Bench, bench
from tests.daemon.virtual_line import ROOT

ROUTES = ("/api/config", "/api/live-values", "/api/log", "/api/diagnostics?reason=a%20look")


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
        assert (await page.ask("GET", "/api/diagnostics")).status_code == 422, "whoever takes it says why"
        rows = on.core.journal_seq
        answer = await page.ask("GET", "/api/diagnostics?reason=the%20scale%20is%20away")
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


@pytest.mark.parametrize(
    ("message", "kept"),
    [("lane release for track 1:12: release", "lane release for track 1:12: release"),
     ("carton EMS001/RR123456785CN held", "carton EMS001/…85CN held"), ("waybill 7730001234567", "waybill …4567"),
     ("truck 渝A12345 at 渝AD12345, seal:CQ778370号", "truck …2345 at …2345, seal:…8370号"),
     ("no answer of rtsp://admin:p@ss@10.0.0.9/live?token=abc", "no answer of rtsp://(hidden)@10.0.0.9/live?token=(hidden)")],
)  # fmt: skip
def test_numbers_of_parcels_are_cut(message: str, kept: str) -> None:
    assert without_people({"message": message})["message"] == kept

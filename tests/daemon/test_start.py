"""What a start of the daemon leaves: the configuration in evidence, and nothing half written."""

import json
from pathlib import Path

import pytest

from controller.daemon.line_profile import config_event, config_text
from controller.settings.loading import load
from controller.settings.model import Settings
from tests.daemon.virtual_line import ROOT, virtual_line

pytestmark = pytest.mark.virtual


async def test_the_configuration_in_force_lies_in_evidence_under_the_hash_that_the_journal_names(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await line.until(lambda: line.daemon and line.daemon.core and line.state.facts.config_sha256)
        named = line.state.facts.config_sha256
    kept = json.loads((tmp_path / "evidence" / named[:2] / named).read_bytes())
    assert kept["line"]["name"] == "XY-SIM"
    assert kept["rules"]["list_incomplete"]


async def test_what_a_crash_left_half_written_in_evidence_goes_at_the_next_start(tmp_path: Path) -> None:
    half = tmp_path / "evidence" / "ab" / ".abcd.1.0"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"hal")
    async with virtual_line(tmp_path) as line:
        await line.until(lambda: line.daemon and line.daemon.core and line.state.facts.plc_synced)
    assert not half.exists()


def test_a_password_of_the_records_database_is_in_no_evidence() -> None:
    def settings(password: str) -> Settings:
        url = f"postgresql://line:{password}@db/site"
        return load(ROOT / "config" / "simulation.toml", {"records.url": url})

    one, other = settings("hush-one"), settings("hush-two")
    assert b"hush" not in config_text(one)
    assert b"postgresql://line:***@db/site" in config_text(one)
    assert config_event(one, "x").sha256 == config_event(other, "x").sha256

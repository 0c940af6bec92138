"""What leaves by the command line stands in the journal before it is given, with the account that the kernel names."""

import asyncio
import hashlib
import json
import os
import pwd
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from controller.cli import app
from controller.daemon.control import Control
from controller.daemon.service import paths_of
from controller.daemon.taken import ask, exported_of, person_of
from controller.line.events import HoldPlaced
from controller.line.people_events import Exported
from controller.records.evidence import EvidenceStore
from controller.records.site_keys import make_key
from controller.records.verify_export import MANIFEST, unpack
from controller.settings.loading import load
from tests.console.story_bench import CARTON, a_day, anchors_of, journaled, recorded
from tests.daemon.test_imports import Desk, desk
from tests.daemon.virtual_line import ROOT

CONFIG = ROOT / "config" / "simulation.toml"
ME = f"command:{pwd.getpwuid(os.getuid()).pw_name}"


class Site:
    """A line's folder with a day in it, and the commands that take something from there."""

    def __init__(self, home: Path) -> None:
        self.data, self.out, self.key = home / "data", home / "e.zip", home / "site.key"
        for folder in ("journal", "anchor"):
            (self.data / folder).mkdir(parents=True)
        journal = journaled(a_day(EvidenceStore(self.data / "evidence")), self.data / "journal")
        anchors_of(journal).rename(self.data / "anchor" / "anchors.jsonl")
        recorded(journal, self.data).dispose()
        make_key(self.key)

    async def run(self, *arguments: str) -> dict[str, Any]:
        of_this = ("--config", str(CONFIG), "--data", str(self.data), "--set", f"export.key_file={self.key}", "--json")
        result = await asyncio.to_thread(CliRunner().invoke, app, [*arguments, *of_this])
        found: dict[str, Any] = json.loads(result.stdout)
        assert (result.exit_code == 0) is found["ok"], result.stderr
        return found

    async def export(self, *more: str) -> dict[str, Any]:
        return await self.run("export", CARTON.partition("/")[2], "--out", str(self.out), *more)

    def made_by(self) -> str:
        return str(json.loads(unpack(self.out.read_bytes())[MANIFEST])["made_by"])


@asynccontextmanager
async def daemon_of(site: Site, home: Path, mode: str = "production") -> AsyncIterator[Desk]:
    """A core that listens at the site's control socket."""
    async with desk(home / "core") as on:
        control = paths_of(load(CONFIG, {"site.data_dir": str(site.data)})).control
        serving = asyncio.create_task(Control(on.core, on.importer, mode, lambda: "made").serve(control))
        while not control.exists():
            await asyncio.sleep(0.01)
        try:
            yield on
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


def taken(on: Desk) -> list[tuple[str, Exported]]:
    return [(actor, event) for actor, event in on.heard if isinstance(event, Exported)]


async def test_a_running_daemon_records_who_takes_a_story_and_nothing_is_given_before(tmp_path: Path) -> None:
    site = Site(tmp_path)
    async with daemon_of(site, tmp_path) as on:
        assert (await site.export())["code"] == "reason_missing"
        assert not site.out.exists()
        told = await site.export("--reason", "a claim of the trader")
        hashed = hashlib.sha256(site.out.read_bytes()).hexdigest()
        assert taken(on) == [(ME, Exported("story", "company", CARTON, "a claim of the trader", hashed))]
        assert (told["recorded"], told["seq"]) == (True, on.core.journal_seq)
        assert site.made_by() == ME
        assert (await site.export("--reason", "again"))["code"] == "not_written"
        assert len(taken(on)) == 1, "what was not given is not said to be taken"


async def test_customs_version_is_customs_own_also_where_a_command_took_it(tmp_path: Path) -> None:
    site = Site(tmp_path)
    notes: list[str] = []
    async with daemon_of(site, tmp_path) as on:
        on.core.on_outcome.append(lambda seq, stamped, outcome: notes.extend(one.text for one in outcome.findings))
        await site.export("--customs", "--reason", "an appeal")
        assert notes == [f"customs look: story exported by {ME}: an appeal"]


async def test_a_daemon_that_can_not_record_gives_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path)
    async with daemon_of(site, tmp_path) as on:
        told = await site.export("--reason", "x" * 300)
        assert (told["code"], taken(on), site.out.exists()) == ("request_malformed", [], False)


async def test_without_a_daemon_it_is_given_to_whoever_says_that_it_is_not_recorded_and_says_so_itself(tmp_path: Path) -> None:
    site = Site(tmp_path)
    told = await site.export("--reason", "a claim")
    assert told["code"] == "export_not_recorded"
    assert "--unrecorded" in told["next_step"]
    assert not site.out.exists()
    told = await site.export("--unrecorded")
    assert (told["recorded"], told["seq"]) == (False, None)
    assert site.made_by() == f"{ME}, not recorded"


async def test_diagnostics_are_recorded_where_a_daemon_runs_and_given_all_the_same(tmp_path: Path) -> None:
    site, out = Site(tmp_path), tmp_path / "d.zip"
    told = await site.run("diagnostics", str(out))
    assert (told["recorded"], told["seq"]) == (False, None)
    async with daemon_of(site, tmp_path) as on:
        told = await site.run("diagnostics", str(out), "--reason", "the scale is away")
        hashed = hashlib.sha256(out.read_bytes()).hexdigest()
        assert taken(on) == [(ME, Exported("diagnostics", "", "", "the scale is away", hashed))]
        assert told["seq"] == on.core.journal_seq


async def test_who_it_was_is_no_text_of_the_request_and_the_socket_records_nothing_else(tmp_path: Path) -> None:
    site = Site(tmp_path)
    async with daemon_of(site, tmp_path) as on:
        control = paths_of(load(CONFIG, {"site.data_dir": str(site.data)})).control
        row = {"about": "", "carton": CARTON, "reason": "x", "sha256": "ab" * 32, "actor": "zhang", "role": "officer"}
        assert (await asyncio.to_thread(ask, control, row | {"record": "story"}))["by"] == ME
        for wrong in ({"record": "verdict"}, {"record": "story", "sha256": "ab"}, {"record": "story", "reason": " "}):
            assert not (await asyncio.to_thread(ask, control, row | wrong))["ok"]
        hold = {"act": "hold", "target": CARTON, "cause": "x", "actor": "zhang", "role": "officer"}
        assert (await asyncio.to_thread(ask, control, hold))["code"] == "act_not_allowed"
        assert [actor for actor, _ in taken(on)] == [ME]
        assert not any(isinstance(event, HoldPlaced) for _, event in on.heard)


def test_what_the_command_says_of_itself_stands_beside_the_reason_and_is_not_who_it_was() -> None:
    row = {"record": "story", "carton": CARTON, "reason": "a claim", "sha256": "ab" * 32}
    assert exported_of(row | {"by": "command:wang"}, "command:xiyong").reason == "a claim (command:wang)"
    assert exported_of(row | {"by": "command:xiyong"}, "command:xiyong").reason == "a claim"


def test_an_account_that_the_machine_does_not_know_is_its_number() -> None:
    assert person_of(2**22 + 1, 4_000_000) == "command:4000000"


def test_the_command_says_in_words_that_it_is_not_recorded(tmp_path: Path) -> None:
    site = Site(tmp_path)
    arguments = ["export", CARTON.partition("/")[2], "-o", str(site.out), "--unrecorded", "--config", str(CONFIG),
                 "--data", str(site.data), "--set", f"export.key_file={site.key}"]  # fmt: skip
    assert "NOT RECORDED: no row of the journal says who took it" in CliRunner().invoke(app, arguments).stdout

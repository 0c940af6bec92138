"""Changed settings at the console: checked, shown as a diff, run over a recorded day, signed, and put in place by a person."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from controller.cli import app
from controller.daemon.line_profile import config_event
from controller.domain.reasons import Role
from controller.line.config_events import ConfigProposed, ConfigSigned
from controller.settings.loading import load
from tests.console.bench import PEOPLE, Bench, Page, bench
from tests.console.past_day import past_day
from tests.records.recorded_day import Day


class Heavy(Day):
    """Every second carton weighs 40 g more than declared, which the tolerance of that day allows."""

    def before_tunnel(self, track: int, code: str, weight_g: int = 2000) -> None:
        super().before_tunnel(track, code, weight_g + 40 * (track % 2))


async def started(on: Bench) -> None:
    """A start of the daemon with the bench's settings file, under signature."""
    settings = load(on.config, on.overrides)
    event = replace(config_event(settings, str(on.config)), under_signature=True)
    await on.core.submit(event, actor="daemon", role=Role.LINE)


async def checked(page: Page, values: dict[str, str] | None = None, text: str = "") -> dict[str, Any]:
    answer = await page.ask("POST", "/api/config/check", {"text": text, "values": values or {}})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def standing(page: Page) -> dict[str, Any]:
    answer = await page.ask("GET", "/api/config/changes")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def proposed(page: Page, values: dict[str, str]) -> dict[str, Any]:
    told = await checked(page, values)
    assert told["usable"], told
    status, answer = await page.act("config-propose", sha256=told["sha256"], reason="measured anew")
    assert status == 200, answer
    return told


async def waits(on: Bench) -> dict[str, Any]:
    """A proposal of the integrator that customs must sign."""
    await started(on)
    values = {"rules.weight_tolerance_g": "0", "rules.weight_tolerance_permille": "10", "scanners.verify.port": '"/dev/ttyUSB9"'}
    return await proposed(await on.signed_in("ji"), values)


def take(on: Bench) -> tuple[int, dict[str, Any]]:
    """What whoever looks after the machine types."""
    folder = on.home / "journal"
    if not folder.exists():
        folder.symlink_to(on.home)
    sets = [word for key, value in on.overrides.items() for word in ("--set", f"{key}={value}")]
    found = CliRunner().invoke(app, ["config-take", "--config", str(on.config), *sets, "--json"])
    return found.exit_code, json.loads(found.output)


async def test_a_change_of_customs_settings_goes_from_the_diff_over_two_signatures_into_the_file(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        await started(on)
        ji, zhang, ke = await on.signed_in("ji"), await on.signed_in("zhang"), await on.signed_in("ke")
        values = {"rules.weight_tolerance_g": "80", "scanners.verify.port": '"/dev/ttyUSB9"', "plc.poll_ms": "100"}
        told = await checked(ji, values)
        assert [(row["key"], row["before"], row["after"], row["from_before"], row["from_after"], row["signs"], row["touches"])
                for row in told["changes"]] == [
            ("rules.weight_tolerance_g", "50", "80", "default", "file", "customs", "release"),
            ("scanners.verify.port", '"dev/scanner-verify"', '"/dev/ttyUSB9"', "file", "file", "company", "wiring"),
        ], "poll_ms is written down at its default: nothing changes"  # fmt: skip
        assert told["customs"] is True
        status, answer = await ji.act("config-propose", sha256="ff" * 32, reason="x")
        assert (status, answer["unmet"][0]["code"]) == (423, "config_not_checked")
        await proposed(ji, values)
        (row,) = on.events(ConfigProposed)
        assert (row.actor, row.event.sha256) == ("ji", told["sha256"])  # type: ignore[union-attr]
        for page in (ji, zhang):
            waiting = (await standing(page))["waiting"]
            assert (waiting["by"], waiting["customs"], len(waiting["changes"])) == ("ji", True, 2)
        status, answer = await ji.act("config-accept", sha256=told["sha256"], reason="ours")
        assert (status, answer["code"]) == (403, "role_not_allowed"), answer
        status, answer = await zhang.act("config-sign", sha256=told["sha256"], reason="compared")
        assert (status, answer["waits_for"]) == (202, "second_person")
        assert (await zhang.sign(answer["proposal"]))[1]["code"] == "same_person"
        assert (await (await on.signed_in("zhao")).sign(answer["proposal"]))[1]["code"] == "section_chief_wanted"
        assert [one.actor for one in on.events(ConfigSigned)] == ["ji"], "only the one that the core refused"
        assert (await ke.sign(answer["proposal"]))[0] == 200
        assert (await standing(ji))["approved"]["sha256"] == told["sha256"]
        before = on.config.read_text("utf-8")
        code, took = take(on)
        assert (code, took["changes"]) == (0, 2)
        assert on.config.with_name("line.toml.before").read_text("utf-8") == before
        assert load(on.config).rules.weight_tolerance_g == 80
        await started(on)
        told = await standing(zhang)
        assert (told["signed"], told["approved"], told["unsigned"]) == (True, None, None)
        assert take(on)[1]["code"] == "config_nothing_agreed"


async def test_the_company_agrees_to_its_own_settings_alone_and_a_changed_text_is_not_taken(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        await started(on)
        ji = await on.signed_in("ji")
        told = await proposed(ji, {"scanners.verify.port": '"/dev/ttyUSB9"'})
        assert told["customs"] is False
        assert (await ji.act("config-accept", sha256=told["sha256"], reason="new port"))[0] == 200
        staged = on.home / "settings" / f"{told['sha256']}.toml"
        assert staged.stat().st_mode & 0o077 == 0
        text = staged.read_bytes()
        staged.write_bytes(text + b"\n[rules]\nweight_required = false\n")
        assert take(on)[1]["code"] == "config_text_changed"
        staged.write_bytes(text)
        on.config.with_name("line.toml").chmod(0o640)
        assert take(on)[0] == 0
        assert on.config.stat().st_mode & 0o777 == 0o640
        assert load(on.config).scanners[1].port == "/dev/ttyUSB9"


async def test_a_file_that_somebody_changed_by_hand_is_shown_as_a_diff_and_signed_or_put_back(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        first = config_event(on.settings, "x").sha256
        from controller.daemon.line_profile import config_text

        on.evidence.put(config_text(on.settings), "application/json")  # as a start does
        await started(on)
        assert on.core.state.facts.config.signed_whole == first
        on.config.write_text(on.config.read_text("utf-8").replace("[rules]\n", "[rules]\nweight_required = false\n"), "utf-8")
        on.boards.config._whole["rules"]["weight_required"] = False  # the console of that next start
        await started(on)
        zhang, ke = await on.signed_in("zhang"), await on.signed_in("ke")
        told = await standing(zhang)
        assert not told["signed"]
        assert [(row["key"], row["before"], row["after"], row["from_before"]) for row in told["unsigned"]["changes"]] == [
            ("rules.weight_required", "true", "false", "")
        ], "where the signed value came from is not known any more"
        state = (await zhang.ask("GET", "/api/state")).json()["values"]
        assert "config_unsigned" in [one["code"] for one in state["line"]["blockers"]]
        status, answer = await zhang.act("config-sign", sha256=told["unsigned"]["sha256"], reason="the scale is away")
        assert (status, answer["waits_for"]) == (202, "second_person")
        assert (await ke.sign(answer["proposal"]))[0] == 200
        assert (await standing(ke))["signed"]


async def test_what_check_config_would_say_is_said_and_no_secret_leaves(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        await started(on)
        ji = await on.signed_in("ji")
        told = await checked(ji, {"rules.weight_tolerance_g": "9999", "scales.scale.profile": '"no-such"'})
        assert [one["code"] for one in told["problems"]] == ["value_wrong"]
        assert (await checked(ji, {"scales.scale.profile": '"no-such"'}))["problems"][0]["code"] == "profile_unknown"
        assert (await checked(ji, text="[site\n"))["problems"][0]["code"] == "not_toml"
        assert (await checked(ji, {"scanners.nobody.port": '"x"'}))["problems"][0]["code"] == "value_not_editable"
        secret = {
            "records.url": '"postgresql://line:hunter2@db.test/xiyong"', "export.key_file": '"/etc/xiyong/a-file-name"',
            "customs.selection_secret_file": '"/etc/xiyong/another-file"',
        }  # fmt: skip
        told = await proposed(ji, secret)
        assert {row["key"] for row in told["changes"]} == set(secret)
        kept = json.dumps([told, await standing(ji)]) + str(on.events(ConfigProposed))
        for text in ("hunter2", "a-file-name", "another-file"):
            assert text not in kept


async def test_a_file_that_the_daemon_sends_to_the_companys_broker_is_named_and_signed_by_customs(tmp_path: Path) -> None:
    """The daemon may read what is customs' alone: its rules, the secret of the draw."""
    async with bench(tmp_path / "d") as on:
        await started(on)
        ji, ban = await on.signed_in("ji"), await on.signed_in("ban")
        told = await proposed(ji, {"mqtt.host": '"192.0.2.9"', "mqtt.password_file": '"/etc/xiyong/rules.toml"'})
        assert told["customs"]
        rows = {row["key"]: (row["after"], row["signs"]) for row in told["changes"]}
        assert rows == {"mqtt.host": ('"192.0.2.9"', "company"), "mqtt.password_file": ('"/etc/xiyong/rules.toml"', "customs")}
        for by in (ji, ban):
            assert (await by.act("config-accept", sha256=told["sha256"], reason="dashboard"))[1]["code"] == "role_not_allowed"
        assert (await standing(ji))["approved"] is None


async def test_who_may_look_propose_and_sign(tmp_path: Path) -> None:
    reads = {"ji", "ban", "zhang", "zhao", "ke", "shen"}
    proposes = reads - {"shen"}
    async with bench(tmp_path / "d") as on:
        await started(on)
        for account in PEOPLE:
            page = await on.signed_in(account)
            assert (await page.ask("GET", "/api/config/changes")).status_code == (200 if account in reads else 403), account
            check = await page.ask("POST", "/api/config/check", {"values": {"trace.port": "8701"}})
            assert check.status_code == (200 if account in proposes else 403), account
            dry = (await page.ask("GET", "/api/config/dry-run")).status_code
            assert dry == (404 if account in {"zhang", "zhao", "ke", "shen"} else 403), account


@pytest.mark.parametrize(
    ("values", "run", "never", "not_predicted"),
    [({"rules.weight_tolerance_g": "0", "rules.weight_tolerance_permille": "10"}, 2, 0, 0), ({"mqtt.port": "1884"}, 0, 1, 0),
     ({"rules.weight_tolerance_g": "80", "line.geometry.deadline_mm": "600", "scales.scale.port": '"x"'}, 1, 0, 2)],
)  # fmt: skip
async def test_a_dry_run_says_which_cartons_would_have_gone_elsewhere_and_what_nobody_can_say(
    tmp_path: Path, values: dict[str, str], run: int, never: int, not_predicted: int
) -> None:
    day = past_day(tmp_path / "d", Heavy)
    async with bench(tmp_path / "d") as on:
        await started(on)
        await on.counted()
        ji, zhang = await on.signed_in("ji"), await on.signed_in("zhang")
        await proposed(ji, values)
        answer = await zhang.ask("GET", "/api/config/dry-run")
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert [len(told[name]) for name in ("run", "never", "not_predicted")] == [run, never, not_predicted]
        if not run:
            assert told["cartons"] is None
        else:
            assert told["cartons"] == 16
            last = {one.track: one.lane for outcome in day.outcomes for one in outcome.decisions}
            heavy = {track for track, lane in last.items() if lane == "release" and int(track.partition(":")[2]) % 2}
            assert len(heavy) > 1, "a day on which it makes a difference"
            assert {one["track"] for one in told["differ"]} == (heavy if run == 2 else set())
            assert all((one["before"], one["after"], one["codes"]) == ("release", "inspect", ["weight_differs"])
                       for one in told["differ"])  # fmt: skip


@pytest.mark.parametrize("text", ["a = = 3", f"a = {'[' * 5000}", "a = 1\n\x00"])
async def test_a_text_that_is_none_is_told_with_and_without_single_values(tmp_path: Path, text: str) -> None:
    async with bench(tmp_path / "d") as on:
        page = await on.signed_in("ji")
        for values in ({}, {"rules.weight_tolerance_g": "1"}):
            answer = await page.ask("POST", "/api/config/check", {"text": text, "values": values})
            assert answer.status_code in (200, 422), answer.text
            assert answer.status_code == 422 or (answer.json()["usable"], len(answer.json()["problems"])) == (False, 1)

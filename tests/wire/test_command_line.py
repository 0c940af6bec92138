"""The `xiyong` command as people and programs meet it: exit code, one JSON object, cause and next step.

Nothing is simulated here but the line's absence: the daemon runs without any device, as it must.
"""

import asyncio
import json
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from typer.main import get_group
from typer.testing import CliRunner

from controller.cli import app
from controller.daemon.acts import ACTS
from controller.daemon.answers import ACT_ARGUMENTS

pytestmark = pytest.mark.wire


@pytest.fixture(autouse=True)
def _in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
CARTON = "EE100000017CN"


async def xiyong(*arguments: object) -> tuple[int, str, str]:
    """The command inside this process: starting Python anew costs a second each time. The daemon is another process."""
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    return result.exit_code, result.stdout, result.stderr


async def xiyong_process(*arguments: object) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "controller", *(str(a) for a in arguments), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def ask(*arguments: object) -> tuple[int, dict[str, Any]]:
    """With --json: one object on standard output whatever happens, and the next step wherever something is wrong."""
    code, out, err = await xiyong(*arguments, "--json")
    answer: dict[str, Any] = json.loads(out)
    assert "Traceback" not in err
    if not answer["ok"] and "files" not in answer:
        assert answer["cause"]
        assert answer["next_step"] not in ("", "-")
    return code, answer


@pytest_asyncio.fixture
async def line(tmp_path: Path) -> AsyncIterator[Path]:
    """The data directory of a running daemon in simulation mode, with no device there."""
    async for home in running(tmp_path, "simulation"):
        yield home


@pytest_asyncio.fixture
async def production(tmp_path: Path) -> AsyncIterator[Path]:
    async for home in running(tmp_path, "production"):
        yield home


async def running(tmp_path: Path, mode: str) -> AsyncIterator[Path]:
    home = tmp_path / "data"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "controller", "run", "--config", str(ROOT / "config" / "simulation.toml"), "--data", str(home),
        "--set", f"site.mode={mode}", "--set", "plc.port=1", "--log-level", "error",
    )  # fmt: skip
    try:
        async with asyncio.timeout(120):
            while not (home / "control.sock").exists():
                await asyncio.sleep(0.05)
        yield home
    finally:
        process.terminate()
        await process.wait()


# --- without a daemon ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", sorted(get_group(app).commands.keys() - {"sim"}))
async def test_every_command_has_help(command: str) -> None:
    code, out, _ = await xiyong(command, "--help")
    assert code == 0
    assert "usage" in out.lower()


async def test_the_simulators_show_their_own_options() -> None:
    code, out, _ = await xiyong_process("sim", "--help")
    assert code == 0
    assert "--scenario" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--plc-port", "99999"), "a port is 0 to 65535"),
        (("--rate", "0"), "1 is real time"),
        (("--scenario", "steady", "--cartons", "0", "--daemon-dir", "no/such"), "at least 1 carton"),
        (("--dir", "README.md"), "next step: choose another --dir or --plc-port"),
    ],
)
async def test_simulators_that_can_not_start_say_why(arguments: tuple[str, ...], said: str) -> None:
    code, out, err = await xiyong_process("sim", *arguments)
    assert code in (2, 3)
    assert (out, "Traceback" in err) == ("", False)
    assert said in err


@pytest.mark.parametrize(("data", "cause"), [("README.md", "File exists"), ("x" * 90, "at most 107")])
async def test_a_data_directory_that_can_not_be_used_ends_the_daemon_with_a_next_step(
    tmp_path: Path, data: str, cause: str
) -> None:
    home = ROOT / data if data == "README.md" else tmp_path / data / data
    code, _, err = await xiyong_process("run", "--data", home, "--log-level", "error")
    assert code == 2
    assert "Traceback" not in err
    assert "data_dir_unusable" in err
    assert cause in err


async def test_a_directory_that_can_not_be_made_ends_the_demo_with_a_next_step() -> None:
    code, out, err = await xiyong_process("demo", "--keep", "README.md/run", "--json")
    assert (code, json.loads(out)["code"], "Traceback" in err) == (2, "keep_unusable", False)


async def test_a_process_gives_the_exit_code_and_keeps_errors_off_standard_output() -> None:
    code, out, err = await xiyong_process("lanes", "--data", "no/such")
    assert (code, out) == (2, "")
    assert "no_journal" in err
    assert "next step: " in err


async def test_a_wrong_key_is_named_with_the_nearest_known_one(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text((ROOT / "config" / "simulation.toml").read_text().replace("speed_mm_s", "speed_mms"))
    code, answer = await ask("check-config", wrong)
    (problem,) = answer["files"][str(wrong)]
    assert code == 1
    assert problem["code"] == "key_unknown"
    assert "speed_mm_s" in problem["next_step"]
    assert "[line] speed_mms" in problem["where"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check-config", "config/simulation.toml", "--set", "nonsense"), "override_malformed"),
        (("lanes", "--set", "nonsense"), "override_malformed"),
        (("lanes", "--config", "no/such.toml"), "config_wrong"),
        (("lanes", "--data", "no/such"), "no_journal"),
        (("verify", "no/such.sqlite"), "no_journal"),
        (("verify", "--data", "no/such"), "no_journal"),
        (("verify", "docs"), "no_journal"),
        (("act", "unload", "load_id=L1", "--data", "no/such"), "daemon_not_reached"),
        (("import", "README.md", "--data", "no/such"), "daemon_not_reached"),
        (("act", "hodl", "target=x"), "act_unknown"),
        (("act", "import", "path=x"), "act_unknown"),
        (("act", "hold", "target"), "argument_malformed"),
        (("act", "hold", "target=x"), "argument_missing"),
        (("act", "hold", "target=x", "cause=y", "scpoe=list"), "argument_unknown"),
        (("demo", "--planted", "nothing"), "planted_unknown"),
        (("demo", "--keep", "docs"), "keep_not_empty"),
    ],
)
async def test_what_can_not_be_done_exits_2_and_says_why(arguments: tuple[str, ...], code: str) -> None:
    exit_code, answer = await ask(*arguments)
    assert (exit_code, answer["ok"], answer["code"]) == (2, False, code)


async def test_a_level_that_is_none_is_refused_before_the_daemon_starts(tmp_path: Path) -> None:
    code, _, err = await xiyong("run", "--data", tmp_path, "--log-level", "loud")
    assert code == 2
    assert "loud" in err
    assert not list(tmp_path.iterdir())


def test_the_acts_of_the_command_are_those_of_the_daemon() -> None:
    assert list(ACT_ARGUMENTS) == list(ACTS)


# --- with a daemon -------------------------------------------------------------------------------------------------


async def test_the_examples_of_the_customs_page_import_as_it_says(line: Path) -> None:
    page = (ROOT / "docs" / "customs.md").read_text()
    commands = re.findall(r"^xiyong (.+)$", page, flags=re.MULTILINE)
    assert len(commands) == 6
    for command in commands:
        code, answer = await ask(*command.split(), "--data", line)
        assert (code, answer["ok"], answer.get("warnings", []), answer.get("refused", [])) == (0, True, [], []), (command, answer)
    _, answer = await ask("why", CARTON, "--data", line)
    (why,) = answer["answers"]
    assert why["subject"] == f"carton 50010001/{CARTON}"
    assert not [row for row in why["blockers"] if row[0] in ("not_declared", "customs_status_missing", "load_notice_missing")]


async def test_a_refused_file_says_what_and_a_partly_taken_one_exits_1(line: Path, tmp_path: Path) -> None:
    junk, half = tmp_path / "junk.csv", tmp_path / "half.csv"
    junk.write_text("hello\n")
    half.write_text("load_id,plate,seals,logistics_code,logistics_no\nL1,P1,S1,5001,EE100000017CN\nL2,P1,S1,5001,\n")
    code, answer = await ask("import", junk, "--data", line)
    assert (code, answer["code"]) == (2, "import_refused")
    assert "load_id" in answer["cause"]
    code, answer = await ask("import", tmp_path / "none.xml", "--data", line)
    assert (code, answer["code"]) == (2, "import_refused")
    code, out, _ = await xiyong("import", half, "--data", line)
    assert code == 1
    assert "refused: " in out
    assert "next step: " in out


async def test_a_person_without_the_right_is_told_whom_to_ask(line: Path) -> None:
    code, answer = await ask("act", "hold", f"target={CARTON}", "cause=look", "--role", "operator", "--data", line)
    assert (code, answer["code"]) == (2, "role_not_allowed")
    assert "officer" in answer["next_step"]
    code, answer = await ask("act", "hold", f"target={CARTON}", "cause=look", "--role", "boss", "--data", line)
    assert (code, answer["code"]) == (2, "role_unknown")


async def test_in_production_only_a_stop_goes_by_command(production: Path) -> None:
    for arguments in (("act", "line", "command=start"), ("act", "unload", "load_id=L1"), ("import", "README.md")):
        code, answer = await ask(*arguments, "--data", production)
        assert (code, answer["code"]) == (2, "act_not_allowed")
    code, answer = await ask("act", "line", "command=stop", "--data", production)
    assert (code, answer["ok"]) == (0, True)


async def test_answers_for_people_end_with_a_step_in_both_languages(line: Path) -> None:
    await ask("import", EXAMPLES / "load-notice.csv", "--data", line)
    code, out, _ = await xiyong("why", CARTON, "--data", line)
    assert code == 0
    assert "[not_declared 不在任何清单]" in out
    assert "next step: a person checks it at the anomaly bench 送异常台人工核对" in out
    code, out, _ = await xiyong("lanes", "--data", line)
    assert code == 0
    assert re.search(r"^release +放行道 +0$", out, flags=re.MULTILINE)
    code, answer = await ask("why", "EE999999999CN", "--data", line)
    assert (code, answer["code"], answer["answers"]) == (1, "carton_unknown", [])


# --- the journal ---------------------------------------------------------------------------------------------------


async def test_a_changed_record_of_a_copy_is_named(line: Path, tmp_path: Path) -> None:
    for name in ("list.ceb603.xml", "load-notice.csv"):
        await ask("import", EXAMPLES / name, "--data", line)
    copy = tmp_path / "copy.sqlite"
    journal = f"file:{line}/journal/journal.sqlite?mode=ro"
    with closing(sqlite3.connect(journal, uri=True)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    code, answer = await ask("verify", copy)
    assert (code, answer["ok"]) == (0, True)
    code, out, _ = await xiyong("verify", copy)
    assert "--anchors" in out  # a bare copy may have been cut short, and the answer says so
    with closing(sqlite3.connect(copy)) as target:
        target.execute("UPDATE journal SET line_ms = line_ms + 1 WHERE seq = 2")
        target.commit()
    code, answer = await ask("verify", copy)
    assert (code, answer["fault"], answer["first_bad_seq"]) == (1, "changed", 2)
    code, out, _ = await xiyong("verify", copy)
    assert code == 1
    assert "record 2" in out
    assert "next step: " in out

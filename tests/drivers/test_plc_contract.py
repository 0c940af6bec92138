"""The contract's data file, its page, the driver's numbers and the simulator's numbers are the same."""

import importlib
import re
import tomllib
from enum import IntEnum, IntFlag
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from drivers.plc import registers, vocabulary
from drivers.plc.contract_page import render
from drivers.plc.settings import Cil1Settings

CONTRACT = Path(__file__).parents[2] / "docs" / "contract"
DATA: dict[str, Any] = tomllib.loads((CONTRACT / "cil1.toml").read_text("utf-8"))
BLOCKS: dict[str, dict[str, Any]] = DATA["block"]


def test_the_page_is_the_one_made_from_the_data_file() -> None:
    assert (CONTRACT / "cil1.md").read_text("utf-8") == render(DATA)


@pytest.mark.parametrize("key", list(BLOCKS))
def test_every_word_of_a_block_has_one_meaning(key: str) -> None:
    rows = BLOCKS[key]["words_of_record"]
    taken = [row["offset"] + n for row in rows for n in range(row["words"])]
    assert sorted(taken) == list(range(BLOCKS[key]["words"]))
    assert len({row["name"] for row in rows}) == len(rows)


@pytest.mark.parametrize("key", list(BLOCKS))
def test_the_driver_has_the_offsets_of_the_data_file(key: str) -> None:
    expected = {f"{key}_{row['name']}": row["offset"] for row in BLOCKS[key]["words_of_record"]}
    mine = {name: value for name, value in vars(registers).items() if name.startswith(f"{key}_")}
    sizes = {f"{key}_WORDS", "H_LIVE_WORDS"}
    assert {name: value for name, value in mine.items() if name not in sizes} == expected
    assert mine[f"{key}_WORDS"] == BLOCKS[key]["words"]


def test_the_driver_has_the_sizes_and_bases_of_the_data_file() -> None:
    settings = Cil1Settings(host="plc")
    assert BLOCKS["R"]["records"] == registers.RING_RECORDS
    assert BLOCKS["T"]["records"] == registers.TABLE_ROWS
    assert DATA["max_registers"] == registers.MAX_REGISTERS
    assert DATA["version"] == registers.VERSION
    assert registers.RING_READ_MAX * registers.R_WORDS <= registers.MAX_REGISTERS
    bases = {"S": settings.status_base, "R": settings.ring_base, "T": settings.table_base, "H": settings.host_base}
    assert bases == {key: BLOCKS[key]["default_base"] for key in bases}


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("lanes", vocabulary.Lane),
        ("results", vocabulary.Result),
        ("events", vocabulary.EventKind),
        ("divert_reasons", vocabulary.DivertReason),
        ("commands", vocabulary.Command),
    ],
)
def test_the_driver_names_the_codes_of_the_data_file(table: str, names: type[IntEnum]) -> None:
    expected = {row["name"]: row["number"] for row in DATA[table]}
    assert {code.name: code.value for code in names if code.name != "NOT_IN_CONTRACT"} == expected


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("plc_flags", vocabulary.PlcFlag),
        ("host_flags", vocabulary.HostFlag),
        ("decision_flags", vocabulary.DecisionFlag),
    ],
)
def test_the_driver_names_the_bits_of_the_data_file(table: str, names: type[IntFlag]) -> None:
    assert {bit.name: bit.value for bit in names} == {row["name"]: 1 << row["number"] for row in DATA[table]}


def test_the_driver_withholds_what_the_data_file_calls_permissive() -> None:
    for row in DATA["lanes"]:
        assert vocabulary.lane_is_permissive(row["number"]) == (row["direction"] == "permissive")
    for row in DATA["commands"]:
        assert vocabulary.command_is_permissive(row["number"]) == (row["direction"] == "permissive")
        assert (row["number"] in vocabulary.STOP_COMMANDS) == (row["always_taken"] == "yes")


def test_a_lane_or_command_nobody_has_described_counts_as_permissive() -> None:
    assert vocabulary.lane_is_permissive(4)
    assert vocabulary.command_is_permissive(99)


def test_no_writable_register_is_a_safety_output() -> None:
    writable = [block for block in BLOCKS.values() if block["access"] != "plc"]
    assert [block["name"] for block in writable] == ["Host"]
    rows = writable[0]["words_of_record"]
    assert {row["role"] for row in rows} <= {"handshake", "indication", "setting", "request"}
    safety = re.compile(r"safety|e.?stop|emergency|guard|interlock|curtain|mute|mask.*safety", re.IGNORECASE)
    written = [*rows, *DATA["host_flags"], *DATA["commands"], *DATA["decision_flags"]]
    assert not [row["name"] for row in written if safety.search(row["name"]) or safety.search(row["meaning"])]


def _simulator() -> ModuleType | None:
    try:
        return importlib.import_module("simulators.plc.registers")
    except ImportError:
        return None


@pytest.mark.skipif(_simulator() is None, reason="no PLC simulator here")
def test_the_simulator_has_the_numbers_of_the_data_file_too() -> None:
    """It shares no code with the driver; this is where the two meet."""
    simulator = _simulator()
    checked = 0
    for key, block in BLOCKS.items():
        for row in block["words_of_record"]:
            name = f"{key}_{row['name']}"
            if hasattr(simulator, name):
                assert getattr(simulator, name) == row["offset"], name
                checked += 1
        assert getattr(simulator, f"BASE_{key}", block["default_base"]) == block["default_base"]
    assert getattr(simulator, "RING_RECORDS", None) == BLOCKS["R"]["records"]
    assert getattr(simulator, "TABLE_ROWS", None) == BLOCKS["T"]["records"]
    assert checked > len(BLOCKS["S"]["words_of_record"])

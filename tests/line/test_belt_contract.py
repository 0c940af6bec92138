"""The numbers that the core reads are those of the contract's data file, name by name."""

import tomllib
from enum import IntEnum
from pathlib import Path

import pytest

from controller.line.belt import PlcFlag, Result, RingKind, Why
from controller.line.commands import CommandCode

CONTRACT = tomllib.loads((Path(__file__).resolve().parents[2] / "docs" / "contract" / "cil1.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("numbers", "table"),
    [(RingKind, "events"), (Result, "results"), (Why, "divert_reasons"), (CommandCode, "commands")],
)
def test_the_core_and_the_contract_agree(numbers: type[IntEnum], table: str) -> None:
    written = {row["name"]: row["number"] for row in CONTRACT[table]}
    assert {member.name: member.value for member in numbers}.items() <= written.items()


def test_the_flags_agree_bit_by_bit() -> None:
    written = {row["name"]: 1 << row["number"] for row in CONTRACT["plc_flags"]}
    assert {flag.name: flag.value for flag in PlcFlag}.items() <= written.items()

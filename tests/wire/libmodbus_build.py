"""Builds the C programs that speak to us through libmodbus: a Modbus library that nobody of this project wrote.

One rule: gcc and libmodbus-dev are all it needs, because that is all that the set-up installs (`.ci/setup.sh`).
"""

import shutil
import subprocess
from pathlib import Path

import pytest

INCLUDES = Path("/usr/include/modbus")
FLAGS = ("-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{INCLUDES}")

needs_libmodbus = pytest.mark.skipif(
    shutil.which("gcc") is None or not (INCLUDES / "modbus.h").exists(), reason="gcc or libmodbus-dev is missing"
)


def build(source: Path, folder: Path) -> Path:
    """The program made from one C file."""
    program = folder / source.stem
    subprocess.run(["gcc", *FLAGS, "-o", program, source, "-lmodbus"], check=True)
    return program

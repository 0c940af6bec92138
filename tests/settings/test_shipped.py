"""The shipped configurations are found in a checkout and in an installed package, where no `config/` lies beside it."""

import tomllib
from pathlib import Path

import pytest

from controller.settings import shipped as module
from controller.settings.shipped import INSIDE, shipped

REPO = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["simulation.toml", "xiyong.toml", "targeting/example.toml"])
def test_a_checkout_gives_the_file_that_people_edit(name: str) -> None:
    assert shipped(name) == REPO / "config" / name
    assert shipped(name).is_file()


def test_an_installed_package_has_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "controller"
    monkeypatch.setattr(module, "PACKAGE", package)
    assert shipped("simulation.toml") == package / INSIDE / "simulation.toml"
    build = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert build["force-include"] == {"config": f"controller/{INSIDE}"}

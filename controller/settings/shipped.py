"""Where the configurations that come with the program lie: beside it in a checkout, inside it once it is installed."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
# Where pyproject.toml puts `config/` in a wheel.
INSIDE = "shipped_config"


def shipped(name: str) -> Path:
    """The file of that name, as shipped. It is there in a checkout and in an installed package."""
    beside = PACKAGE.parent / "config" / name
    return beside if beside.is_file() else PACKAGE / INSIDE / name

"""The marker of these tests: `pytest -m explore` runs them, `-m "not explore"` leaves them out."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "explore: whole days of faults in virtual time, a minute or two")

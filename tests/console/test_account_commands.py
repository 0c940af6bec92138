"""`xiyong account`: from no account to one that can sign in, and off again; tokens go to the terminal alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.console import account_commands
from controller.console.account_commands import run_account
from controller.console.people import People, open_people
from controller.console.proofs import Proofs
from controller.settings.loading import load
from controller.settings.model import Settings
from tests.console.bench import CHEAP, PASSWORD, PIN
from tests.daemon.virtual_line import ROOT


def typing(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    """What a person types, in order."""
    said: Iterator[str] = iter(words)
    monkeypatch.setattr(account_commands, "getpass", lambda prompt: next(said))
    monkeypatch.setattr("builtins.input", lambda prompt: next(said))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(account_commands, "Proofs", lambda: CHEAP)
    return load(ROOT / "config" / "simulation.toml", {"site.data_dir": str(tmp_path)})


def test_the_first_account_is_made_with_a_one_time_token(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_account(settings, "invite", "customs") == 0
    token = capsys.readouterr().out.splitlines()[0].rpartition(" ")[2]
    typing(monkeypatch, token, "ke", "Ke", "B-1", PASSWORD, PIN, "another one")
    assert run_account(settings, "accept", "") == 2, "the two passwords differ"
    typing(monkeypatch, token, "ke", "Ke", "B-1", PASSWORD, PIN, PASSWORD)
    assert run_account(settings, "accept", "") == 0
    typing(monkeypatch, token)
    assert run_account(settings, "accept", "") == 2, "used"
    assert run_account(settings, "invite", "customs") == 2, "somebody looks after the accounts now"
    capsys.readouterr()
    assert run_account(settings, "list", "") == 0
    assert "section_chief" in capsys.readouterr().out
    assert run_account(settings, "off", "ke") == 0
    assert run_account(settings, "off", "nobody-known") == 2
    assert run_account(settings, "on", "nobody-known") == 2
    assert run_account(settings, "on", "ke") == 0, "at the machine a leader is switched on again"
    assert "active" in (run_account(settings, "list", "ke"), capsys.readouterr().out)[1]
    assert run_account(settings, "off", "ke") == 0
    people = People(open_people(Path(settings.site.data_dir) / "people.sqlite"))
    person = people.person("ke")
    assert person is not None
    assert not person.active
    assert Proofs.matches(CHEAP, people.secrets("ke").password_hash, PASSWORD)
    assert {row["by"] for row in people.history() if row["kind"] in ("invited", "account_changed")} == {"command line"}
    people.close()


@pytest.mark.parametrize("name", ["admin", "operator", "X", ""])
def test_a_first_account_is_a_persons_own(name: str, settings: Settings, monkeypatch: pytest.MonkeyPatch,
                                          capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    run_account(settings, "invite", "company")
    token = capsys.readouterr().out.splitlines()[0].rpartition(" ")[2]
    typing(monkeypatch, token, name, "Somebody", "", PASSWORD, "", PASSWORD)
    assert run_account(settings, "accept", "") == 2

"""Changed settings: who must agree, and a start under a configuration that nobody of customs signed."""

import pytest
from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.commands import Outcome
from controller.line.config_events import ConfigProposed, ConfigRejected, ConfigSigned, SettingChange
from controller.line.events import ConfigLoaded
from controller.line.readiness import line_blockers
from controller.line.state import Draft
from tests.line.test_alarms import Alarming
from tests.line.test_shifts import codes

OURS = SettingChange("scanners.induct.port", '"a"', '"b"', "file", "file", "company", "wiring")


def loaded(line: Alarming, whole: str, customs: str, *, signing: bool = True) -> Outcome:
    profile = line.state.facts.profile
    assert profile is not None
    return line.feed(ConfigLoaded(profile, whole, "line.toml", customs, signing))


def proposal(line: Alarming, text: str, whole: str, customs: str) -> ConfigProposed:
    return ConfigProposed(text, whole, customs, line.state.facts.config_sha256, (OURS,), "a new reader")


def propose(line: Alarming, one: ConfigProposed, role: Role = Role.INTEGRATOR, actor: str = "ji") -> Outcome:
    return line.feed(one, role=role, actor=actor)


def sign(
    line: Alarming, sha256: str, *, role: Role = Role.OFFICER, by: str = "zhang", second: str = "ke", as_: str = "section_chief"
) -> Outcome:
    return line.feed(ConfigSigned(sha256, "compared", second, as_ if second else ""), role=role, actor=by)


def stands(line: Alarming) -> bool:
    return "config_unsigned:line" in line.state.facts.alarming.standing


def agreed(line: Alarming) -> str:
    approved = line.state.facts.config.approved
    return approved.sha256 if approved is not None else ""


@pytest.fixture
def line() -> Alarming:
    """A line that was started under signature: whole w1, customs' part c1."""
    one = Alarming()
    one.ready("X1")
    loaded(one, "w1", "c1")
    one.wait(20_000)
    assert not stands(one)
    return one


def test_a_start_with_other_customs_settings_releases_nothing_until_two_of_customs_have_signed_them(line: Alarming) -> None:
    outcome = loaded(line, "w2", "c2")
    assert any("c2 runs, c1 is signed" in one.text for one in outcome.findings), "the row has both hashes"
    assert stands(line)
    assert line.state.alarms["config_unsigned:line"].acked_by == ""
    assert codes(sign(line, "c2", role=Role.INTEGRATOR, by="ji", second="")) == ["role_not_allowed"]
    assert codes(sign(line, "c2", second="")) == ["second_person_missing"]
    assert codes(sign(line, "c2", second="zhang")) == ["second_person_missing"]
    assert codes(sign(line, "c2", second="zhao", as_="officer")) == ["second_person_missing"], "one is a section chief"
    assert codes(sign(line, "c2", second="ban", as_="shift_lead")) == ["role_not_allowed"]
    assert stands(line)
    assert codes(sign(line, "c2")) == []
    assert not stands(line)
    loaded(line, "w2", "c2")
    assert not stands(line)
    loaded(line, "w1", "c1")
    assert stands(line), "going back is a change, too: the company could take back what customs has tightened"


def test_a_console_that_is_taken_away_takes_no_signature_away(line: Alarming) -> None:
    loaded(line, "w2", "c2", signing=False)
    assert stands(line)


def test_a_line_without_a_console_and_one_that_has_its_first_take_what_they_are_given() -> None:
    one = Alarming()
    one.ready("X1")
    for whole, customs, signing in (("w1", "c1", False), ("w2", "c2", False), ("w3", "c3", True)):
        loaded(one, whole, customs, signing=signing)
        one.wait(20_000)
        assert not stands(one)


def test_the_companys_own_settings_are_the_companys(line: Alarming) -> None:
    propose(line, proposal(line, "t2", "w2", "c1"))
    assert "config_waiting:line" in line.state.facts.alarming.standing
    assert codes(sign(line, "t2")) == ["role_not_allowed"]
    assert codes(sign(line, "t2", role=Role.OPERATOR, by="li", second="")) == ["role_not_allowed"]
    assert codes(sign(line, "t2", role=Role.INTEGRATOR, by="ji", second="")) == []
    assert "config_waiting:line" not in line.state.facts.alarming.standing
    assert agreed(line) == "t2"
    loaded(line, "w2", "c1")
    assert agreed(line) == ""
    assert not stands(line)


def test_what_a_proposal_says_of_itself_is_not_believed(line: Alarming) -> None:
    propose(line, proposal(line, "t2", "w2", "c2"))  # its only row says that the company signs
    assert codes(sign(line, "t2", role=Role.INTEGRATOR, by="ji", second="")) == ["role_not_allowed"]
    assert codes(sign(line, "t2")) == []
    loaded(line, "w2", "c2")
    assert not stands(line), "what was agreed to before the start is signed at the start"


def test_only_what_was_agreed_to_is_signed_at_the_start(line: Alarming) -> None:
    propose(line, proposal(line, "t2", "w2", "c2"))
    sign(line, "t2")
    loaded(line, "w3", "c3")
    assert stands(line)


def test_a_proposal_is_compared_with_what_is_in_force_and_nobody_pushes_another_ones_out(line: Alarming) -> None:
    one = proposal(line, "t2", "w2", "c2")
    assert codes(propose(line, replace(one, base_sha256="other"))) == ["config_changed"]
    assert codes(propose(line, replace(one, loaded_sha256="w1"))) == ["config_same"]
    assert codes(propose(line, one, Role.OPERATOR, "li")) == ["role_not_allowed"]
    assert codes(propose(line, one, Role.OFFICER, "zhang")) == []
    assert codes(propose(line, proposal(line, "t3", "w3", "c1"))) == ["config_waits"]
    assert codes(line.feed(ConfigRejected("t2", "no"), role=Role.INTEGRATOR, actor="ji")) == ["role_not_allowed"]
    assert codes(line.feed(ConfigRejected("t2", "no"), role=Role.OFFICER, actor="zhao")) == []
    assert codes(sign(line, "t2")) == ["config_not_waiting"]
    propose(line, proposal(line, "t3", "w3", "c1"))
    assert codes(line.feed(ConfigRejected("t3", "wrong"), role=Role.INTEGRATOR, actor="ji")) == [], "the own one"
    propose(line, proposal(line, "t4", "w4", "c2"))
    loaded(line, "w9", "c1")
    assert line.state.facts.config.waiting is None, "it was compared with something that is gone"


def test_what_was_agreed_to_can_be_turned_down_until_it_runs(line: Alarming) -> None:
    propose(line, proposal(line, "t2", "w2", "c2"))
    sign(line, "t2")
    assert agreed(line) == "t2"
    no = ConfigRejected("t2", "a mistake")
    assert codes(line.feed(no, role=Role.INTEGRATOR, actor="ji")) == ["role_not_allowed"], "two of customs signed it"
    assert codes(line.feed(ConfigRejected("t9", "another"), role=Role.OFFICER, actor="zhao")) == ["config_not_waiting"]
    propose(line, proposal(line, "t3", "w3", "c1"))
    assert codes(line.feed(no, role=Role.OFFICER, actor="zhao")) == []
    assert agreed(line) == ""
    assert line.state.facts.config.waiting is not None, "what waits is another one"
    assert codes(line.feed(no, role=Role.OFFICER, actor="zhao")) == ["config_not_waiting"]
    loaded(line, "w2", "c2")
    assert stands(line), "a start with it a month later is one that nobody signed"


def test_the_company_alone_puts_nothing_in_place_of_what_customs_agreed_to(line: Alarming) -> None:
    propose(line, proposal(line, "t2", "w2", "c2"))
    sign(line, "t2")
    propose(line, proposal(line, "t3", "w3", "c1"))
    assert codes(sign(line, "t3", role=Role.INTEGRATOR, by="ji", second="")) == ["config_agreed"]
    assert agreed(line) == "t2"
    assert line.state.facts.config.waiting is not None, "it waits on"
    propose(line, proposal(line, "t4", "w4", "c3"), Role.OFFICER, "zhang")
    assert codes(sign(line, "t4")) == []
    assert agreed(line) == "t4", "customs itself does"
    line.feed(ConfigRejected("t4", "no"), role=Role.OFFICER, actor="zhao")
    propose(line, proposal(line, "t3", "w3", "c1"))
    assert codes(sign(line, "t3", role=Role.INTEGRATOR, by="ji", second="")) == []


def test_once_a_start_has_what_customs_agreed_to_the_company_changes_its_own(line: Alarming) -> None:
    propose(line, proposal(line, "t2", "w2", "c2"))
    sign(line, "t2")
    loaded(line, "w2b", "c2")  # with a file that says something of the company's otherwise
    assert not stands(line)
    assert agreed(line) == "t2"
    propose(line, proposal(line, "t3", "w3", "c2"))
    assert codes(sign(line, "t3", role=Role.INTEGRATOR, by="ji", second="")) == []
    assert agreed(line) == "t3"


def test_what_the_company_agreed_to_it_takes_back_itself_and_what_runs_nobody(line: Alarming) -> None:
    propose(line, proposal(line, "t2", "w2", "c1"))
    sign(line, "t2", role=Role.INTEGRATOR, by="ji", second="")
    assert codes(line.feed(ConfigRejected("t2", "no"), role=Role.OPERATOR, actor="li")) == ["role_not_allowed"]
    assert codes(line.feed(ConfigRejected("t2", "no"), role=Role.SHIFT_LEAD, actor="ban")) == []
    propose(line, proposal(line, "t2", "w2", "c1"))
    sign(line, "t2", role=Role.INTEGRATOR, by="ji", second="")
    loaded(line, "w2", "c1")
    assert codes(line.feed(ConfigRejected("t2", "no"), role=Role.OFFICER, actor="zhao")) == ["config_not_waiting"]


@pytest.mark.parametrize("signing", [True, False])
def test_a_start_that_does_not_say_what_customs_must_sign_releases_nothing(line: Alarming, signing: bool) -> None:
    loaded(line, "w2", "", signing=signing)
    assert stands(line)
    assert [one.code for one in line_blockers(Draft(line.state, line.now_ms))] == ["config_unsigned"]
    assert codes(sign(line, "")) == ["config_not_waiting"], "nobody signs what is not named"
    assert stands(line)
    assert codes(propose(line, proposal(line, "t3", "w3", "c1"))) == ["config_not_known"]
    loaded(line, "w1", "c1")
    assert not stands(line)


@pytest.mark.parametrize("signing", [True, False])
def test_so_does_the_very_first_start_of_a_line(signing: bool) -> None:
    one = Alarming()
    one.ready("X1")
    loaded(one, "w1", "", signing=signing)
    one.wait(20_000)
    assert stands(one)
    loaded(one, "w1", "c1", signing=True)
    assert not stands(one)


def test_what_waited_when_another_program_wants_more_signed_waits_no_longer(line: Alarming) -> None:
    """The same file, and customs' part has one setting more: by the old hash the proposal would count as the company's own."""
    propose(line, proposal(line, "t2", "w2", "c1"))
    loaded(line, "w1", "c1-and-more")
    assert line.state.facts.config.waiting is None
    assert codes(sign(line, "t2", role=Role.SHIFT_LEAD, by="ban", second="")) == ["config_not_waiting"]
    assert agreed(line) == ""

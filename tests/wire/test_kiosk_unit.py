"""The kiosk's unit and browser policy: what systemd thinks of the unit, and that both open the console's own ports alone."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from controller.settings.console import Console
from tests.wire.test_service_unit import analyze

pytestmark = pytest.mark.wire

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
UNIT, POLICY = SYSTEMD / "xiyong-kiosk.service", SYSTEMD / "chromium-kiosk-policy.json"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    """cage and chromium need not be installed here; all else is as shipped."""
    text = UNIT.read_text(encoding="utf-8")
    here = re.sub(r"ExecStart=\S+", f"ExecStart={sys.executable}", text)
    assert here != text
    copy = tmp_path / UNIT.name
    copy.write_text(here, encoding="utf-8")
    assert not [line for line in analyze("verify", str(copy)).splitlines() if UNIT.name in line]


def test_the_browser_opens_the_two_ports_of_the_console_and_nothing_else() -> None:
    policy = json.loads(POLICY.read_text(encoding="utf-8"))
    ports = Console()
    origins = {f"http://127.0.0.1:{port}" for port in (ports.port, ports.acts_port)}
    assert policy["URLBlocklist"] == ["*"]
    assert {one.removeprefix("blob:").removesuffix("/*") for one in policy["URLAllowlist"]} == origins
    page = re.search(r"(http://127\.0\.0\.1:\d+)/operator", UNIT.read_text(encoding="utf-8"))
    assert page is not None
    assert page[1] == f"http://127.0.0.1:{ports.port}"


def test_it_reaches_no_other_machine_and_leaves_no_profile_behind() -> None:
    text = UNIT.read_text(encoding="utf-8")
    assert "IPAddressDeny=any" in text
    assert re.findall(r"IPAddressAllow=(.*)", text) == ["localhost"]
    assert "--user-data-dir=/run/" in text
    assert " -s " not in text.partition("ExecStart=")[2].partition("chromium")[0], "-s lets people switch to another console"

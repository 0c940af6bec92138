"""The service unit: what systemd thinks of it, and the daemon's side of Type=notify on a real socket."""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.wire

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "systemd" / "xiyong.service"
SCORE_MOST = 1.5
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")


def analyze(*arguments: str) -> str:
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


@needs_systemd
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    """The program does not lie where it is installed in the field; all else is as shipped."""
    text = UNIT.read_text(encoding="utf-8")
    here = re.sub(r"ExecStart=\S+", f"ExecStart={sys.executable}", text)
    assert here != text
    copy = tmp_path / UNIT.name
    copy.write_text(here, encoding="utf-8")
    found = [line for line in analyze("verify", str(copy)).splitlines() if UNIT.name in line]
    assert not found


@needs_systemd
def test_its_sandbox_scores_at_most(tmp_path: Path) -> None:
    found = re.search(r"exposure level for \S+: ([0-9.]+)", analyze("security", "--offline=true", str(UNIT)))
    assert found is not None
    assert float(found[1]) <= SCORE_MOST


async def test_a_daemon_says_ready_feeds_the_watchdog_without_a_plc_and_says_that_it_stops(tmp_path: Path) -> None:
    """A PLC that is away is no reason to start the daemon again."""
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.setblocking(False)
    env = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "900000"}
    daemon = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "controller", "run", "--data", str(tmp_path / "data"), "--set", "plc.port=1",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, env=env,
    )  # fmt: skip
    told: list[str] = []
    try:
        async with asyncio.timeout(60):
            while told.count("WATCHDOG=1") < 6:
                told.append((await asyncio.get_running_loop().sock_recv(manager, 256)).decode())
            daemon.send_signal(signal.SIGTERM)
            while told[-1] != "STOPPING=1":
                told.append((await asyncio.get_running_loop().sock_recv(manager, 256)).decode())
            assert await daemon.wait() == 0
        assert told[0] == "READY=1"
        assert set(told) == {"READY=1", "WATCHDOG=1", "STOPPING=1"}
    finally:
        if daemon.returncode is None:
            daemon.kill()
            await daemon.wait()
        manager.close()

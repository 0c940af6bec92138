"""The two processes of a demo: simulators and daemon, on real wires, in one folder.

One rule: this module starts, kills and waits; it knows nothing of scenes and verdicts. Both processes have a session of their
own, so that Ctrl-C reaches the parent alone, and the daemon is always stopped before the wires under it.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from controller.daemon.core_loop import PART_FAILED
from controller.rehearsal.targeting_files import RULES_NAME, SECRET_NAME
from controller.settings.shipped import shipped

START_WITHIN_S = 30
STOP_WITHIN_S = 15
HOLD_WITHIN_S = 5
# Until the belt stands, the PLC has told its last events and the journal has them.
LAST_WORDS_S = 3


class DemoError(Exception):
    """The demo could not be run at all."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(code)
        self.code, self.cause, self.next_step = code, cause, next_step


class Processes:
    """`home` is there and has a folder `data`. `more` is told to the daemon beside the wires, as `table.key=value`."""

    def __init__(self, home: Path, rate: float, *, planted: str = "", more: tuple[str, ...] = ()) -> None:
        self._home, self._rate, self._planted, self._more = home, rate, planted, more
        self._sim: asyncio.subprocess.Process | None = None
        self._daemon: asyncio.subprocess.Process | None = None
        self._wires: dict[str, Any] = {}

    async def start(self, *scenario: str) -> None:
        """Simulators with these arguments of theirs, then the daemon on their wires. Raises `DemoError`."""
        self._sim = await self._start(
            ["-m", "simulators", "--dir", str(self._home), "--rate", str(self._rate),
             "--daemon-dir", str(self._home / "data"), *scenario], "sim.err", asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._wires = await self._wait_for_wires()
        await self.start_daemon()

    async def message(self) -> dict[str, Any]:
        """The next message of the simulators. Raises `DemoError` when one of the two has ended."""
        assert self._sim is not None
        assert self._sim.stdout is not None
        line = await self._sim.stdout.readline()
        self._check_daemon()
        if not line:
            code = await self._sim.wait()
            raise DemoError("simulator_ended", f"the simulators ended with {code}: {self._tail('sim.err')}", "see the log")
        try:
            message = json.loads(line)
        except ValueError:
            return {}
        return message if isinstance(message, dict) else {}

    async def kill_daemon(self) -> None:
        """As a power cut would: no goodbye."""
        if self._daemon is not None:
            self._daemon.send_signal(signal.SIGKILL)
            await self._daemon.wait()
            self._daemon = None

    async def hold_the_belt(self) -> None:
        """Before an end in the middle of a day: what stands on the belt is recorded where it stands. Silent if nobody answers."""
        request = {"act": "line", "command": "stop", "cause": "the demo ends", "actor": "demo", "role": "operator"}
        try:
            async with asyncio.timeout(HOLD_WITHIN_S):
                reader, writer = await asyncio.open_unix_connection(self._home / "data" / "control.sock")
                try:
                    writer.write(json.dumps(request).encode() + b"\n")
                    await reader.readline()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return
        await asyncio.sleep(LAST_WORDS_S)

    async def stop(self) -> None:
        """The daemon first: stopping the simulators under it would be one more fault."""
        await self._stop(self._daemon)
        await self._stop(self._sim)

    async def start_daemon(self) -> None:
        """On the simulators' wires, unless it runs already."""
        if self._daemon is not None:
            return
        ports = self._wires["ports"]
        arguments = [
            "run", "--config", str(shipped("simulation.toml")), "--time-rate", str(self._rate),
            "--data", str(self._home / "data"),
            "--set", f"plc.port={self._wires['plc_port']}",
            "--set", f"scanners.induct.port={ports['induct']}",
            "--set", f"scanners.verify.port={ports['verify']}",
            "--set", f"scales.scale.port={ports['scale']}",
            "--set", f"scanners.loading.port={ports['loading']}",
            "--set", f"scanners.seal.port={ports['seal']}",
            "--set", f"scanners.bench.port={ports['bench']}",
            *(part for name, url in self._wires["cameras"].items() for part in ("--set", f"cameras.{name}.url={url}")),
            "--set", f"gates.gate.port={self._wires['gate_port']}",
            "--set", f"port.url={self._wires['port_url']}",
            "--set", f"customs.office_url={self._wires['office_url']}",
            "--set", f"xray.xray.drop_dir={self._wires['xray_dir']}",
            "--set", f"customs.rules_file={RULES_NAME}",
            "--set", f"customs.selection_secret_file={SECRET_NAME}",
            *(part for one in self._more for part in ("--set", one)),
        ]  # fmt: skip
        start = ["-m", "controller.rehearsal.planted", self._planted] if self._planted else ["-m", "controller"]
        self._daemon = await self._start([*start, *arguments], "daemon.err", asyncio.subprocess.DEVNULL)

    async def _start(self, arguments: list[str], log: str, stdout: int) -> asyncio.subprocess.Process:
        with (self._home / log).open("ab") as errors:
            return await asyncio.create_subprocess_exec(
                sys.executable, *arguments, stdout=stdout, stderr=errors, stdin=asyncio.subprocess.DEVNULL,
                env=os.environ | {"PYTHONUNBUFFERED": "1"}, limit=1 << 20, start_new_session=True,
            )  # fmt: skip

    async def _wait_for_wires(self) -> dict[str, Any]:
        path = self._home / "sim.json"
        async with asyncio.timeout(START_WITHIN_S):
            while not path.exists():
                assert self._sim is not None
                if self._sim.returncode is not None:
                    raise DemoError("simulator_failed", self._tail("sim.err"), "mend it, then run the demo again")
                await asyncio.sleep(0.05)
        wires: dict[str, Any] = json.loads(path.read_text())
        return wires

    async def _stop(self, process: asyncio.subprocess.Process | None) -> None:
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def _tail(self, log: str) -> str:
        path = self._home / log
        text = path.read_text(errors="replace") if path.exists() else ""
        return " | ".join(text.splitlines()[-3:])[-600:]

    def _check_daemon(self) -> None:
        if self._daemon is not None and self._daemon.returncode is not None:
            raise DemoError(
                "daemon_ended", f"the daemon ended with {self._daemon.returncode}: {self._tail('daemon.err')}",
                f"see {self._home / 'daemon.err'}",
            )  # fmt: skip

    async def judge(self) -> dict[str, Any]:
        """The oracle's verdict on what is in the folder; `oracle_exit` is its exit code. Raises `DemoError`."""
        arguments = ["-m", "simulators.oracle", "--dir", str(self._home), "--journal",
                     str(self._home / "data" / "journal" / "journal.sqlite"), "--json", "--table"]  # fmt: skip
        oracle = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            stdin=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        out, err = await oracle.communicate()
        try:
            verdict: dict[str, Any] = json.loads(out.splitlines()[-1])
        except (ValueError, IndexError):
            raise DemoError(
                "oracle_failed", err.decode(errors="replace")[-600:] or "no answer", "run it again with --keep DIR"
            ) from None
        verdict["breaches"] = [*verdict.get("breaches", ()), *failed_parts(self._home / "daemon.err")]
        return verdict | {"oracle_exit": oracle.returncode}


def failed_parts(log: Path) -> list[dict[str, str]]:
    """Each part of the daemon that failed on what the core told it: the line goes on, the demo does not hold."""
    sign = PART_FAILED.partition("%")[0]
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return [{"invariant": "PART", "what": line[line.index(sign) :]} for line in lines if sign in line]

"""`xiyong demo`: the real daemon and the simulators as two processes on real wires, and a verdict at the end.

One rule: this module only starts, kills and watches. What happened is told by the oracle, which sees the plant's own
log, the wire log and the files, and nothing of the daemon's memory.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from controller.rehearsal.demo_screen import Screen
from controller.rehearsal.list_verdict import reconciled
from controller.rehearsal.planted import FAULTS
from controller.rehearsal.targeting_files import RULES_NAME, SECRET_NAME, write_targeting

START_WITHIN_S = 30
STOP_WITHIN_S = 15
KEEP_LINES = 40


class DemoError(Exception):
    """The demo could not be run at all."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(code)
        self.code, self.cause, self.next_step = code, cause, next_step


class Demo:
    """One run. `run()` returns 0 if the oracle found no breach and every scene ended as it must, else 1."""

    def __init__(self, cartons: int, seed: int, rate: float, as_json: bool, keep: Path | None, planted: str) -> None:
        if planted and planted not in FAULTS:
            raise DemoError("planted_unknown", f"no planted fault {planted!r}", "one of " + ", ".join(FAULTS))
        self._cartons, self._seed, self._rate, self._planted = cartons, seed, rate, planted
        self._keep = keep
        self._screen = Screen(as_json)
        self._sim: asyncio.subprocess.Process | None = None
        self._daemon: asyncio.subprocess.Process | None = None
        self._wires: dict[str, Any] = {}

    async def run(self) -> int:
        home = self._keep or Path(tempfile.mkdtemp(prefix="xiyong-demo-"))
        try:
            (home / "data").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            cause = f"{error.filename}: {error.strerror}"
            raise DemoError("keep_unusable", cause, "name a directory that this account may write to") from error
        self._home = home.resolve()
        write_targeting(self._home / "data", f"demo {self._seed}")
        self._screen.opening(self._cartons, self._rate, self._home, self._planted)
        try:
            await self._play()
        finally:
            # The daemon first: stopping the simulators under it would be one more fault.
            await self._stop(self._daemon)
            await self._stop(self._sim)
        verdict = await self._judge()
        code = self._screen.verdict(verdict)
        if self._keep is None:
            if code == 0:
                shutil.rmtree(self._home, ignore_errors=True)
            else:
                self._screen.say(f"journal and logs of this run are kept in {self._home}")
        return code

    async def _play(self) -> None:
        self._sim = await self._start_simulators()
        self._wires = await self._wait_for_wires()
        await self._start_daemon()
        assert self._sim.stdout is not None
        while line := await self._sim.stdout.readline():
            message = self._message(line)
            if "cue" in message:
                await self._cue(str(message["cue"]))
            elif "progress" in message:
                self._screen.progress(message["progress"])
            elif message.get("done"):
                return
            self._check_daemon()
        code = await self._sim.wait()
        raise DemoError("simulator_ended", f"the simulators ended with {code}: {self._tail('sim.err')}", "see the log")

    def _message(self, line: bytes) -> dict[str, Any]:
        try:
            message = json.loads(line)
        except ValueError:
            return {}
        return message if isinstance(message, dict) else {}

    async def _cue(self, cue: str) -> None:
        if cue == "kill_daemon" and self._daemon is not None:
            self._daemon.send_signal(signal.SIGKILL)
            await self._daemon.wait()
            self._daemon = None
        elif cue == "start_daemon" and self._daemon is None:
            await self._start_daemon()

    def _check_daemon(self) -> None:
        if self._daemon is not None and self._daemon.returncode is not None:
            raise DemoError(
                "daemon_ended", f"the daemon ended with {self._daemon.returncode}: {self._tail('daemon.err')}",
                f"see {self._home / 'daemon.err'}",
            )  # fmt: skip

    # --- processes ---

    async def _start_simulators(self) -> asyncio.subprocess.Process:
        arguments = ["-m", "simulators", "--scenario", "demo", "--dir", str(self._home), "--cartons", str(self._cartons),
                     "--rate", str(self._rate), "--seed", str(self._seed), "--daemon-dir", str(self._home / "data")]  # fmt: skip
        return await self._start(arguments, "sim.err", asyncio.subprocess.PIPE)

    async def _start_daemon(self) -> None:
        ports = self._wires["ports"]
        arguments = [
            "run", "--config", str(default_config()), "--time-rate", str(self._rate), "--data", str(self._home / "data"),
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
        ]  # fmt: skip
        start = ["-m", "controller.rehearsal.planted", self._planted] if self._planted else ["-m", "controller"]
        self._daemon = await self._start([*start, *arguments], "daemon.err", asyncio.subprocess.DEVNULL)

    async def _start(self, arguments: list[str], log: str, stdout: int) -> asyncio.subprocess.Process:
        with (self._home / log).open("ab") as errors:
            return await asyncio.create_subprocess_exec(
                sys.executable, *arguments, stdout=stdout, stderr=errors, stdin=asyncio.subprocess.DEVNULL,
                env=os.environ | {"PYTHONUNBUFFERED": "1"}, limit=1 << 20,
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

    # --- verdict ---

    async def _judge(self) -> dict[str, Any]:
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
        verdict["oracle_exit"] = oracle.returncode
        verdict["accounts"] = reconciled(default_config(), self._home / "data", verdict.pop("lists", ()))
        return verdict


def default_config() -> Path:
    """The shipped simulation configuration, from a checkout."""
    return Path(__file__).resolve().parents[2] / "config" / "simulation.toml"

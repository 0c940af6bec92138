"""`xiyong demo`: the real daemon and the simulators as two processes on real wires, and a verdict at the end.

One rule: this module only starts, kills and watches. What happened is told by the oracle, which sees the plant's own
log, the wire log and the files, and nothing of the daemon's memory.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from controller.rehearsal.demo_processes import DemoError, Processes
from controller.rehearsal.demo_screen import Screen
from controller.rehearsal.list_verdict import reconciled
from controller.rehearsal.planted import FAULTS
from controller.rehearsal.targeting_files import write_targeting
from controller.settings.shipped import shipped


def new_home(keep: Path | None) -> Path:
    """The folder of a run, with its `data`. Raises `DemoError` when it can not be made."""
    home = keep or Path(tempfile.mkdtemp(prefix="xiyong-demo-"))
    try:
        (home / "data").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        cause = f"{error.filename}: {error.strerror}"
        raise DemoError("keep_unusable", cause, "name a directory that this account may write to") from error
    return home.resolve()


class Demo:
    """One run. `run()` returns 0 if the oracle found no breach and every scene ended as it must, else 1."""

    def __init__(self, cartons: int, seed: int, rate: float, as_json: bool, keep: Path | None, planted: str) -> None:
        if planted and planted not in FAULTS:
            raise DemoError("planted_unknown", f"no planted fault {planted!r}", "one of " + ", ".join(FAULTS))
        self._cartons, self._seed, self._rate, self._planted = cartons, seed, rate, planted
        self._keep = keep
        self._screen = Screen(as_json)

    async def run(self) -> int:
        home = new_home(self._keep)
        processes = Processes(home, self._rate, planted=self._planted)
        write_targeting(home / "data", f"demo {self._seed}")
        self._screen.opening(self._cartons, self._rate, home, self._planted)
        try:
            await self._play(processes)
        finally:
            await processes.stop()
        verdict = await processes.judge()
        verdict["accounts"] = reconciled(shipped("simulation.toml"), home / "data", verdict.pop("lists", ()))
        code = self._screen.verdict(verdict)
        if self._keep is None:
            if code == 0:
                shutil.rmtree(home, ignore_errors=True)
            else:
                self._screen.say(f"journal and logs of this run are kept in {home}")
        return code

    async def _play(self, processes: Processes) -> None:
        await processes.start("--scenario", "demo", "--cartons", str(self._cartons), "--seed", str(self._seed))
        while not (message := await processes.message()).get("done"):
            if "cue" in message:
                await self._cue(processes, message["cue"])
            elif "progress" in message:
                self._screen.progress(message["progress"])

    async def _cue(self, processes: Processes, cue: Any) -> None:
        if cue == "kill_daemon":
            await processes.kill_daemon()
        elif cue == "start_daemon":
            await processes.start_daemon()

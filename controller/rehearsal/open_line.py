"""`xiyong demo --stay`: the line against the simulators until Ctrl-C, with the console for whoever wants to try the screens.

One rule: the same daemon and the same wires as in every demo, in real time; only the people at the screens are real, and at the
end the oracle judges what they and the daemon did.
"""

import asyncio
import shutil
import signal
import socket
from pathlib import Path

from controller.rehearsal.demo import new_home
from controller.rehearsal.demo_processes import Processes
from controller.rehearsal.demo_screen import Screen
from controller.rehearsal.targeting_files import write_targeting

HOST = "127.0.0.1"
# What `[console]` has; when somebody listens there, any free port.
PORT, ACTS_PORT = 8600, 8601
PACE_S, SLOW_PACE_S = 4.0, 15.0
EVERY_CARTON_PERMILLE = 1000

WORDS = """\
 Console 控制台: {origin}
   sign in with one click as one of the simulated people 仿真人员: operator,
   shift lead, officer, section chief ... (only in simulation mode)
 Cartons come in every {pace:g} s, in real time. {officers}
 A standing belt is started again by the simulated operator after 60 s.
 Ctrl-C ends it; then the oracle judges the run."""
SIMULATED = "A simulated officer judges the images within 2 s: --officers none leaves them to you."
NOBODY = "Every carton waits for your verdict; undecided ones go to inspect and come again."


class OpenLine:
    """`run()` returns 0 if the oracle found no breach, else 1."""

    def __init__(self, seed: int, rate: float, officers: bool, keep: Path | None) -> None:
        self._seed, self._rate, self._officers, self._keep = seed, rate, officers, keep
        self._screen = Screen(as_json=False)

    async def run(self) -> int:
        home = new_home(self._keep)
        write_targeting(home / "data", f"demo {self._seed}", 50 if self._officers else EVERY_CARTON_PERMILLE)
        port, acts_port = free_port(PORT), free_port(ACTS_PORT)
        processes = Processes(
            home, self._rate,
            more=(f"console.host={HOST}", f"console.port={port}", f"console.acts_port={acts_port}", "console.demo_people=true"),
        )  # fmt: skip
        pace_s = PACE_S if self._officers else SLOW_PACE_S
        self._screen.opening(0, self._rate, home, "")
        self._screen.say(WORDS.format(
            origin=f"http://{HOST}:{port}", pace=pace_s, officers=SIMULATED if self._officers else NOBODY
        ))  # fmt: skip
        arguments = ["--scenario", "open", "--seed", str(self._seed), "--pace", str(pace_s)]
        try:
            await self._until_told(processes, arguments if self._officers else [*arguments, "--no-officers"])
        finally:
            await processes.hold_the_belt()
            await processes.stop()
        verdict = await processes.judge()
        if self._keep is None and not verdict["breaches"]:
            shutil.rmtree(home, ignore_errors=True)
        else:
            self._screen.say(f" journal and logs of this run are kept in {home}")
        return self._screen.end_of_stay(verdict)

    async def _until_told(self, processes: Processes, arguments: list[str]) -> None:
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, told.set)
        playing = loop.create_task(self._play(processes, arguments), name="open line")
        waiting = loop.create_task(told.wait(), name="until told")
        try:
            await asyncio.wait({playing, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if playing.done():
                playing.result()
        finally:
            for task in (playing, waiting):
                task.cancel()
            await asyncio.gather(playing, waiting, return_exceptions=True)
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def _play(self, processes: Processes, arguments: list[str]) -> None:
        await processes.start(*arguments)
        while True:
            message = await processes.message()
            if "progress" in message:
                self._screen.progress(message["progress"], every_s=60)


def free_port(wanted: int) -> int:
    """The wanted port, or any when somebody listens there."""
    for port in (wanted, 0):
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind((HOST, port))
            except OSError:
                continue
            return int(one.getsockname()[1])
    raise OSError(f"no free port on {HOST}")

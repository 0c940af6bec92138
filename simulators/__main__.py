"""`python -m simulators`: every device of the line in one process, with or without a day of people and cartons.

The one rule: standard output is JSON lines for the parent (progress, cues, done), everything for people goes to standard
error; SIGTERM ends it cleanly with 0.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from simulators.customs_office.office import BEIJING
from simulators.line_world import LineWorld, write_json
from simulators.people.desk import SocketDesk
from simulators.people.floor import Floor
from simulators.scenarios import demo, open_day, steady
from simulators.scenarios.day_plan import FEWEST_CARTONS, demo_plan, open_plan, steady_plan
from simulators.scenarios.stage import Stage, StageError, say_json
from simulators.traffic.day import DayMaker
from simulators.traffic.parcels import Day
from simulators.world.loop import MAX_RATE, ScaledLoop

PLANS = {"demo": (demo_plan, 156), "steady": (steady_plan, 60), "open": (open_plan, 3000)}
# Killed again and again, or undecided by whoever tries the screens, a carton may need many ways over the belt.
MOST_RERUNS = {"demo": 6, "steady": 40, "open": 40}
LINGER_S = 120.0
FAILED = 3


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m simulators", description="Plant, PLC, readers, scale and people of one line."
    )
    parser.add_argument("--scenario", choices=tuple(PLANS), help="a day to play; without it: the devices and an empty belt")
    parser.add_argument("--dir", type=Path, default=Path("xiyong-sim"), help="where sim.json, logs and ptys go")
    parser.add_argument("--cartons", type=int, help=f"cartons of the day (demo: at least {FEWEST_CARTONS})")
    parser.add_argument("--pace", type=float, default=2.0, help="open day: line seconds between two cartons, 2 or more")
    parser.add_argument("--no-officers", action="store_true", help="open day: nobody of ours judges the X-ray images")
    parser.add_argument("--rate", type=float, default=1.0, help="line seconds in a real second")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another day")
    parser.add_argument("--daemon-dir", type=Path, help="the daemon's data directory (control socket, inbox)")
    parser.add_argument("--plc-port", type=int, default=0, help="TCP port of the PLC on 127.0.0.1; 0 = any")
    parser.add_argument("--gate-port", type=int, default=0, help="TCP port of the gate's front end on 127.0.0.1; 0 = any")
    parser.add_argument("--harbour-port", type=int, default=0, help="TCP port of the port's system on 127.0.0.1; 0 = any")
    parser.add_argument("--customs-port", type=int, default=0, help="TCP port of customs' system on 127.0.0.1; 0 = any")
    parser.add_argument("--camera-port", type=int, default=0, help="first TCP port of the cameras on 127.0.0.1; 0 = any")
    parser.add_argument("--linger", type=float, default=LINGER_S, help="line seconds to stay up after the day is done")
    found = parser.parse_args(argv)
    if found.scenario and found.daemon_dir is None:
        parser.error("--scenario needs --daemon-dir: people speak to the daemon and put files into its inbox")
    if found.cartons is not None and found.cartons < (FEWEST_CARTONS if found.scenario == "demo" else 1):
        parser.error(f"--cartons {found.cartons}: a day needs at least 1 carton, the demo {FEWEST_CARTONS}")
    if not 0 <= found.plc_port <= 65535:
        parser.error(f"--plc-port {found.plc_port}: a port is 0 to 65535")
    if not 0 < found.rate <= MAX_RATE:
        parser.error(f"--rate {found.rate:g}: more than 0, at most {MAX_RATE:g}; 1 is real time")
    return found


def make_day(scenario: str, cartons: int | None, rng: random.Random) -> Day:
    plan, usual = PLANS[scenario]
    return DayMaker(rng).make(plan(cartons or usual))


async def serve(options: argparse.Namespace, stop: asyncio.Event) -> int:
    """Open the wires, play the day if there is one, stay until told to stop."""
    rng = random.Random(options.seed)
    world = LineWorld(options.dir, random.Random(rng.getrandbits(64)))
    try:
        wires = await world.start(
            options.plc_port, options.gate_port, options.harbour_port, options.camera_port, options.customs_port
        )
        write_json(options.dir / "sim.json", wires)
        if options.scenario is None:
            say_json({"ready": wires})
            await stop.wait()
            return 0
        return await _day(options, world, rng, stop)
    finally:
        await world.close()
        (options.dir / "sim.json").unlink(missing_ok=True)


async def _day(options: argparse.Namespace, world: LineWorld, rng: random.Random, stop: asyncio.Event) -> int:
    day = make_day(options.scenario, options.cartons, rng)
    desk = SocketDesk(options.daemon_dir / "control.sock", ids=f"p{os.getpid()}")
    floor = Floor(world, desk, day, rng)
    stage = Stage(floor, options.daemon_dir / "inbox", lambda: datetime.now(BEIJING), most_reruns=MOST_RERUNS[options.scenario])
    plays = {
        "demo": lambda: demo.play(stage),
        "steady": lambda: steady.play(stage),
        "open": lambda: open_day.play(stage, pace_s=options.pace, officers=not options.no_officers),
    }
    playing = asyncio.create_task(plays[options.scenario](), name="scenario")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            playing.result()
            await stage.close()
            stage.done()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(options.linger):
                    await stop.wait()
    except StageError as error:
        print(f"simulators: {error.code}: {error.cause}\n  next step: {error.next_step}", file=sys.stderr)  # noqa: T201
        return FAILED
    finally:
        for task in (playing, stopping):
            task.cancel()
        await asyncio.gather(playing, stopping, return_exceptions=True)
        await stage.close()
    return 0


def _said(error: OSError) -> str:
    """What the system says, with the path or address it is about."""
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)


def main() -> int:
    options = arguments()
    loop = ScaledLoop(options.rate)
    asyncio.set_event_loop(loop)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        return loop.run_until_complete(serve(options, stop))
    except OSError as error:
        print(f"simulators: no_wires: {_said(error)}", file=sys.stderr)  # noqa: T201
        print("  next step: choose another --dir or --plc-port, or end what holds it", file=sys.stderr)  # noqa: T201
        return FAILED
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()


if __name__ == "__main__":
    sys.exit(main())

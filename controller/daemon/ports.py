"""What the daemon takes from its surroundings instead of reaching for it.

One rule: wall clock, randomness, ids and serial transport are handed in, so that a rehearsal can hand in its own. The
event loop is the running one and brings time, sockets and executors with it.
"""

import random
import secrets
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime

import msgspec

from controller.daemon.clock import system_wall_clock
from controller.daemon.companions import Companion
from controller.daemon.image_work import own_process
from controller.daemon.watchdog import Notify
from drivers.camera.camera import CaptureMaker
from drivers.camera.opencv_capture import OpenCvCapture
from drivers.serial_port.ports import SerialTransport


class Surroundings(msgspec.Struct, frozen=True):
    """`transport` None = each device's own setting. `serve_control` False where there are no Unix sockets. `notify` None where
    no service manager watches. `capture` opens the streams of cameras. `companions` run beside the daemon, supervised.
    `records_every_s`: how long the follower of the records waits when the journal has nothing more for it.
    `analyser_pool` makes the process that images are analysed in. `on_part_failed` hears of a part that failed on what the core
    told it: the line goes on without it, a rehearsal does not.
    """

    version: str
    wall: Callable[[], datetime] = system_wall_clock
    rng: random.Random = random.SystemRandom()
    new_id: Callable[[], str] = lambda: secrets.token_hex(8)
    transport: SerialTransport | None = None
    serve_control: bool = True
    notify: Notify | None = None
    capture: CaptureMaker = OpenCvCapture
    companions: tuple[Companion, ...] = ()
    records_every_s: float = 0.5
    analyser_pool: Callable[[], Executor] = own_process
    on_part_failed: Callable[[str], None] = lambda what: None

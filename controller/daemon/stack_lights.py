"""Stack lights on the network: built from the settings, told what the core wants shown.

One rule: they only show. One that is away is an alarm and holds nothing.
"""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from controller.daemon.dispatching import Signal
from controller.line.events import AnyEvent, DeviceDown, DeviceUp
from controller.line.signals import Lamps
from controller.settings.model import StackLight
from drivers.beacon.codec import Lamp, Picture
from drivers.beacon.driver import Beacon, BeaconDown, BeaconReport, BeaconSettings

log = logging.getLogger("xiyong.devices")

SOUNDER_PATTERN = 1


def picture_of(signal: Signal) -> Picture:
    """Lamps shine; red flashes, because it calls somebody."""

    def lamp(which: Lamps, shining: Lamp = Lamp.ON) -> Lamp:
        return shining if which in signal.lamps else Lamp.OFF

    return Picture(
        red=lamp(Lamps.RED, Lamp.FLASHING),
        amber=lamp(Lamps.AMBER),
        green=lamp(Lamps.GREEN),
        blue=lamp(Lamps.BLUE),
        white=lamp(Lamps.WHITE),
        buzzer=SOUNDER_PATTERN if signal.sounder else 0,
    )


def stack_light(
    options: StackLight, post: Callable[[AnyEvent], None]
) -> tuple[Callable[[Signal], None], Callable[[], Coroutine[Any, Any, None]]]:
    """What to tell it, and its task."""

    def report(report: BeaconReport) -> None:
        if isinstance(report, BeaconDown):
            log.warning("stack light %s is down: %s: %s; %s", report.device, report.code, report.cause, report.next_step)
            post(DeviceDown(report.device, report.code, report.cause[:500]))
        else:
            log.info("stack light %s is up", report.device)
            post(DeviceUp(report.device))

    beacon = Beacon(BeaconSettings(options.name, options.host, options.port), report)
    return lambda signal: beacon.show(picture_of(signal)), beacon.run

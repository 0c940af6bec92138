"""What the live stream shows of the line beyond its state: plan, belt, counts, devices, alarms, screens, what waits for hands.

One rule: each part follows the journal's rows by itself; here they are only put side by side.
"""

from controller.console.alarms import AlarmList
from controller.console.belt import BeltPicture
from controller.console.bench import BenchDesk
from controller.console.counts import Counts
from controller.console.devices import Devices
from controller.console.interlocks import unmet
from controller.console.plan import plan_of
from controller.console.rework import Rework
from controller.console.screens import Screens
from controller.console.shift import rules_value, shift_value
from controller.console.views import Value
from controller.line.commands import Outcome
from controller.line.events import Stamped
from controller.line.explain import View
from controller.line.state import LineState
from controller.settings.model import Settings


class Watched:
    """A listener of the core and a source of the live stream."""

    def __init__(self, settings: Settings, state: LineState, screens: Screens) -> None:
        self.screens = screens
        self._plan = plan_of(settings)
        self.belt = BeltPicture(settings, state)
        self.counts = Counts(state)
        self.devices = Devices(settings, state)
        self.alarms = AlarmList(settings, state)
        self.rework = Rework(state)
        self.bench = BenchDesk(state, self.rework)
        self._state = state

    def take(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        for part in (self.belt, self.counts, self.devices, self.rework, self.bench):
            part.take(seq, stamped, outcome)

    def values(self, view: View) -> dict[str, Value]:
        return {
            "plan": self._plan, "belt": self.belt.value(view), "counts": self.counts.value(view),
            "devices": self.devices.value(), "alarms": self.alarms.value(view), "rework": self.rework.value(view),
            "start": {"unmet": [one.code for one in unmet(self._state, "start")]},
            "screens": self.screens.value(view), "shift": shift_value(self._state), **rules_value(self._state, view),
            **self.bench.values(view),
        }  # fmt: skip

"""The plant: one physical belt model that is advanced by `step(dt_ms)`.

The one rule: it knows mass, position and power, and no protocol; PLC, scanners and scales look at it and
push its actuators.
Fixed steps of 10 ms inside, so the same calls give the same run; steps in which nothing can happen but travel are taken
together (`coast`). Two belts (infeed, main), photo-eyes, a
diverter whose mechanical
rest is the inspect lane, and lanes that hold cartons. People are the methods under "hands".
Source: style guide (behaviour apart from wires), contract CIL-1 rule 8, devices reference section 9.
"""

import random
from collections import deque
from collections.abc import Iterable

from simulators.plant.cartons import Carton, Placed
from simulators.plant.geometry import LineGeometry, lane_eye_name
from simulators.plant.log import PlantLog
from simulators.plant.lookahead import NO_LIMIT, NOT_QUIET, Quiet, diverter_steps, look_ahead, marks
from simulators.plant.parts import Belt, Diverter, PhotoEye

STEP_MS = 10
SETTLE_MS = 200
# more button presses than this between two scans: the oldest are lost, as with a real button
PRESSES_KEPT = 32


class Plant:
    def __init__(self, geometry: LineGeometry | None = None, *, rng: random.Random, log: PlantLog | None = None) -> None:
        self.geometry = geometry or LineGeometry()
        g = self.geometry
        self.log = log if log is not None else PlantLog()
        self.line_ms = 0
        self.powered = True
        self.air_ok = True
        self.estop_healthy = True
        self.guards_closed = True
        self.carry_over_next = False  # a fault: the next one to be diverted slides on into the rest lane
        self.speed_noise = 0.0  # fraction of the belt speed, drawn at each belt start
        self.infeed = Belt("infeed", g.infeed_from_mm, 0, g.belt_speed_mm_s)
        self.main = Belt("main", 0, g.divert_mm, g.belt_speed_mm_s)
        self.diverter = Diverter(g.rest_lane, g.diverter_travel_ms)
        self.eyes = {spec.name: PhotoEye(spec.name, spec.at_mm) for spec in g.eyes}
        self.lane_eyes = {spec.lane: PhotoEye(lane_eye_name(spec.lane), g.lane_eye_mm) for spec in g.lanes}
        self.lanes: dict[int, list[Carton]] = {spec.lane: [] for spec in g.lanes}
        self.capacity = {spec.lane: spec.capacity for spec in g.lanes}
        self.lane_lost_motor: set[int] = set()
        self._rng = rng
        self._on_line: list[Placed] = []  # the front-most first
        self._presses: deque[str] = deque(maxlen=PRESSES_KEPT)
        self._rest_ms = 0
        self._load_g = 0
        self._ran: dict[str, bool] = {"infeed": False, "main": False}
        self._marks_mm = marks(g)
        self._quiet = NOT_QUIET

    # --- time --------------------------------------------------------------------------------------
    def step(self, dt_ms: int) -> None:
        """Advance by whole steps of 10 ms; anything else would make a run depend on how it is called."""
        if dt_ms % STEP_MS or dt_ms < 0:
            raise ValueError(f"the plant moves in steps of {STEP_MS} ms, not {dt_ms}")
        self.disturb()
        for _ in range(dt_ms // STEP_MS):
            self._one_step()

    def disturb(self) -> None:
        """Something was touched from outside: what was foreseen no longer holds."""
        self._quiet = NOT_QUIET

    def quiet_steps(self) -> int:
        """How many of the next steps change nothing but travel, if nobody touches anything; never too many."""
        return self._quiet.steps

    def main_step_mm(self) -> float:
        """How far the main belt moves in a step as it is driven now."""
        alive = self.powered and self.estop_healthy and self.guards_closed
        return self.main.speed_mm_s * STEP_MS / 1000 if self.main.motor_on and alive else 0.0

    def coast(self, steps: int) -> None:
        """Take so many steps at once, at most `quiet_steps()`."""
        quiet = self._quiet
        self.line_ms += steps * STEP_MS
        self._rest_ms += steps * STEP_MS
        self.infeed.travel_mm += quiet.infeed_mm * steps
        self.main.travel_mm += quiet.main_mm * steps
        if self.diverter.left_ms:
            self.diverter.left_ms -= steps * STEP_MS
        for placed, step_mm in quiet.moving:
            placed.front_mm += step_mm * steps
        self._quiet = quiet.after(steps)

    def _foresee(self, infeed_mm: float, main_mm: float, lane_mm: float) -> Quiet:
        until_settled = (SETTLE_MS - self._rest_ms) // STEP_MS - 1 if self._rest_ms < SETTLE_MS else NO_LIMIT
        diverter = diverter_steps(self.diverter, self.powered and self.air_ok)
        eyes = [*self.eyes.values(), *self.lane_eyes.values()]
        if min(until_settled, diverter) <= 0 or any(eye.flicker_in_ms or eye.flicker_for_ms for eye in eyes):
            return NOT_QUIET
        if any(placed.lane and not self._room_for(placed.lane) for placed in self._on_line):
            return NOT_QUIET  # it stops somewhere in the mouth of the lane
        moves = [(placed, self._step_of(placed, infeed_mm, main_mm, lane_mm)) for placed in self._on_line]
        most = min(until_settled, diverter)
        return look_ahead(moves, self._marks_mm, infeed_mm, main_mm, most, self.geometry.divert_mm)

    def _step_of(self, placed: Placed, infeed_mm: float, main_mm: float, lane_mm: float) -> float:
        if placed.stuck:
            return 0.0
        if placed.lane:
            return 0.0 if placed.lane in self.lane_lost_motor else lane_mm
        # The belt under the front pulls the carton.
        return infeed_mm if placed.front_mm <= 0 else main_mm

    def _one_step(self) -> None:
        self.line_ms += STEP_MS
        alive = self.powered and self.estop_healthy and self.guards_closed
        self._note_motors(alive)
        infeed_mm = self.infeed.advance(STEP_MS, alive)
        main_mm = self.main.advance(STEP_MS, alive)
        self.diverter.advance(STEP_MS, self.powered and self.air_ok)
        lane_mm = self.geometry.belt_speed_mm_s * STEP_MS / 1000 if alive else 0.0
        self._move(infeed_mm, main_mm, lane_mm)
        self._look()
        self._settle_scale()
        self._quiet = self._foresee(infeed_mm, main_mm, lane_mm)

    def _look(self) -> None:
        spans = [(p.front_mm - p.carton.length_mm, p.front_mm) for p in self._on_line]
        for eye in self.eyes.values():
            at_mm = eye.at_mm
            covered = False
            for rear_mm, front_mm in spans:
                if rear_mm <= at_mm < front_mm:
                    covered = True
                    break
            eye.see(covered, STEP_MS)
        in_lanes = [p for p in self._on_line if p.lane]
        for lane, eye in self.lane_eyes.items():
            eye.see(bool(in_lanes) and any(p.covers(eye.at_mm) for p in in_lanes if p.lane == lane), STEP_MS)

    def _note_motors(self, alive: bool) -> None:
        for belt in (self.infeed, self.main):
            runs = belt.motor_on and alive
            if runs != self._ran[belt.name]:
                self._ran[belt.name] = runs
                if runs:
                    noise = self._rng.uniform(-self.speed_noise, self.speed_noise)
                    belt.speed_mm_s = self.geometry.belt_speed_mm_s * (1 + noise)
                self.log.note(self.line_ms, "belt_started" if runs else "belt_stopped", belt=belt.name)

    def _move(self, infeed_mm: float, main_mm: float, lane_mm: float) -> None:
        last_rear: dict[int, float] = {}  # lane (0 = belts) -> rear of the carton ahead
        stored: list[Placed] = []
        divert_mm = self.geometry.divert_mm
        for placed in self._on_line:
            step_mm = self._step_of(placed, infeed_mm, main_mm, lane_mm)
            before_mm = placed.front_mm
            ahead_mm = last_rear.get(placed.lane)
            after_mm = before_mm + step_mm
            if ahead_mm is not None:
                after_mm = max(before_mm, min(after_mm, ahead_mm))
            if placed.lane and not self._room_for(placed.lane):
                # It stands in the mouth of the lane, on the confirmation eye.
                mouth_mm = self.geometry.lane_eye_mm + placed.carton.length_mm / 2
                after_mm = max(before_mm, min(after_mm, mouth_mm))
            placed.front_mm = after_mm
            if before_mm <= 0 < after_mm or after_mm > divert_mm:
                self._crossings(placed, before_mm)
            rear_mm = after_mm - placed.carton.length_mm
            last_rear[placed.lane] = rear_mm
            if not placed.lane:
                continue
            # What is half in a lane still blocks the way on the belt.
            if rear_mm < divert_mm:
                last_rear[0] = min(last_rear.get(0, rear_mm), rear_mm)
            if rear_mm > self.geometry.lane_eye_mm and self._room_for(placed.lane):
                stored.append(placed)
        for placed in stored:
            self._on_line.remove(placed)
            self.lanes[placed.lane].append(placed.carton)

    def _room_for(self, lane: int) -> bool:
        # One more fits between the "full" eye and the confirmation eye; the next one stands in the mouth of
        # the lane.
        return len(self.lanes[lane]) <= self.capacity[lane]

    def _crossings(self, placed: Placed, before_mm: float) -> None:
        g, now_mm = self.geometry, placed.front_mm
        if before_mm <= 0 < now_mm:
            self.log.note(self.line_ms, "induct_eye", carton_no=placed.carton.carton_no)
        if placed.lane == 0 and now_mm > g.divert_mm:
            placed.lane = self._mouth()
            self.log.note(self.line_ms, "lane_enter", carton_no=placed.carton.carton_no, lane=placed.lane)
        if placed.lane and before_mm <= g.lane_eye_mm < now_mm:
            self.log.note(self.line_ms, "lane_exit", carton_no=placed.carton.carton_no, lane=placed.lane)

    def _mouth(self) -> int:
        """The lane that a carton at the divert goes into."""
        if self.carry_over_next and self.diverter.position != self.geometry.rest_lane:
            self.carry_over_next = False
            return self.geometry.rest_lane
        return self.diverter.position

    def _settle_scale(self) -> None:
        load_g = self._weigh_belt_load_g()
        self._rest_ms = self._rest_ms + STEP_MS if load_g == self._load_g else 0
        self._load_g = load_g

    # --- hands -------------------------------------------------------------------------------------
    def place(self, carton: Carton, at_mm: float) -> None:
        """Set a carton down with its front at `at_mm`. Standing on another one is refused."""
        self._put(carton, at_mm)
        self.log.note(
            self.line_ms,
            "placed",
            carton_no=carton.carton_no,
            at_mm=round(at_mm),
            weight_g=carton.weight_g,
            length_mm=carton.length_mm,
            labels=[label.text for label in carton.labels],
        )

    def put_back(self, carton: Carton, at_mm: float) -> None:
        """Set a carton down again; whoever had it in hand may have put other labels on it."""
        self._put(carton, at_mm)
        labels = [label.text for label in carton.labels]
        self.log.note(self.line_ms, "put_back", carton_no=carton.carton_no, at_mm=round(at_mm), labels=labels)

    def remove(self, carton: Carton) -> None:
        placed = self.find(carton.carton_no)
        if placed is None:
            raise ValueError(f"carton {carton.carton_no} is not on the belt")
        self._on_line.remove(placed)
        self.log.note(self.line_ms, "removed", carton_no=carton.carton_no, at_mm=round(placed.front_mm))

    def exchange(self, first: Carton, second: Carton) -> None:
        """Swap two cartons on the belt: each stands with its front where the other's was."""
        a, b = self.find(first.carton_no), self.find(second.carton_no)
        if a is None or b is None:
            raise ValueError("both cartons must be on the belt to be exchanged")
        a.carton, b.carton = b.carton, a.carton
        self.log.note(
            self.line_ms,
            "exchanged",
            carton_no=first.carton_no,
            other_no=second.carton_no,
            at_mm=round(a.front_mm),
            other_at_mm=round(b.front_mm),
        )

    def slip(self, carton: Carton, by_mm: float) -> None:
        """A carton slides back on the belt by so much, as far as the one behind lets it."""
        placed = self.find(carton.carton_no)
        if placed is None:
            raise ValueError(f"carton {carton.carton_no} is not on the belt")
        behind = [p.front_mm for p in self._on_line if p.lane == placed.lane and p.front_mm < placed.front_mm]
        limit_mm = max(behind, default=float("-inf")) + placed.carton.length_mm
        placed.front_mm = max(placed.front_mm - by_mm, limit_mm)
        self.log.note(self.line_ms, "slipped", carton_no=carton.carton_no, by_mm=round(by_mm))

    def relabel(self, carton: Carton) -> None:
        """The carton on the belt with this number has other labels from now on."""
        placed = self.find(carton.carton_no)
        if placed is None:
            raise ValueError(f"carton {carton.carton_no} is not on the belt")
        placed.carton = carton
        readable = [label.text for label in carton.labels if label.readable]
        self.log.note(self.line_ms, "relabelled", carton_no=carton.carton_no, readable=readable)

    def take_from_lane(self, lane: int, carton: Carton | None = None) -> Carton:
        """Take one carton (the named one, else the oldest) out of a lane."""
        queue = self.lanes[lane]
        if not queue or (carton is not None and carton not in queue):
            raise ValueError(f"lane {lane} has no such carton")
        taken = carton if carton is not None else queue[0]
        queue.remove(taken)
        self.log.note(self.line_ms, "lane_taken", carton_no=taken.carton_no, lane=lane)
        return taken

    def jam(self, carton: Carton) -> None:
        placed = self.find(carton.carton_no)
        if placed is None:
            raise ValueError(f"carton {carton.carton_no} is not on the belt")
        placed.stuck = True
        self.log.note(self.line_ms, "jammed", carton_no=carton.carton_no, at_mm=round(placed.front_mm))

    def clear_jam(self) -> None:
        for placed in self._on_line:
            if placed.stuck:
                placed.stuck = False
                self.log.note(self.line_ms, "jam_cleared", carton_no=placed.carton.carton_no)

    def let_see(self, eye: PhotoEye) -> None:
        """The lens is wiped, the wire is whole again."""
        eye.stuck_output = None

    def drive_at(self, share: float) -> None:
        """Both belts run at so much of their speed from now on."""
        self.main.speed_mm_s = self.infeed.speed_mm_s = self.geometry.belt_speed_mm_s * share

    def press(self, button: str) -> None:
        """A push-button: without power nothing hears it, and nothing keeps it."""
        if self.powered:
            self._presses.append(button)
        self.log.note(self.line_ms, "pressed", button=button)

    def set_estop(self, pressed: bool) -> None:
        self.estop_healthy = not pressed
        self.log.note(self.line_ms, "estop_pressed" if pressed else "estop_released")

    def set_guards(self, closed: bool) -> None:
        self.guards_closed = closed
        self.log.note(self.line_ms, "guards_closed" if closed else "guard_opened")

    def set_power(self, on: bool) -> None:
        """Without power the motors stand and the diverter falls to its rest position; motors stay off until
        commanded again.
        """
        self.powered = on
        if not on:
            self.infeed.motor_on = self.main.motor_on = False
            self._presses.clear()
            self.diverter.commanded = self.diverter.rest_lane
        self.log.note(self.line_ms, "power_on" if on else "power_lost")

    # --- what devices and observers may look at ----------------------------------------------------
    def take_presses(self) -> list[str]:
        """The buttons pressed since the last call (an input card latches each press for one scan)."""
        pressed = list(self._presses)
        self._presses.clear()
        return pressed

    def eye_output(self, name: str) -> bool:
        return self.powered and self.eyes[name].output

    def lane_eye_output(self, lane: int) -> bool:
        return self.powered and self.lane_eyes[lane].output

    def lane_full(self, lane: int) -> bool:
        return len(self.lanes[lane]) >= self.capacity[lane]

    def find(self, carton_no: int) -> Placed | None:
        return next((p for p in self._on_line if p.carton.carton_no == carton_no), None)

    def on_line(self) -> tuple[Placed, ...]:
        """Every carton on belts or on its way into a lane, the front-most first."""
        return tuple(self._on_line)

    def in_view(self, from_mm: float, to_mm: float | None = None) -> tuple[Carton, ...]:
        """Cartons of which any part stands at an eye (one position) or in a range of the belts."""
        end_mm = from_mm if to_mm is None else to_mm
        return tuple(p.carton for p in self._on_line if p.lane == 0 and p.front_mm > from_mm and p.rear_mm < end_mm)

    def load_on_weigh_belt(self) -> tuple[int, bool]:
        """(weight_g, settled): all cartons that stand wholly on the weigh belt; settled after 200 ms without
        a change.
        """
        return self._load_g, self._rest_ms >= SETTLE_MS

    def free_at(self, at_mm: float, length_mm: float) -> bool:
        """Whether a carton of this length may be set down with its front there."""
        return not any(p.lane == 0 and p.rear_mm < at_mm and p.front_mm > at_mm - length_mm for p in self._on_line)

    def _weigh_belt_load_g(self) -> int:
        g = self.geometry
        return sum(p.carton.weight_g for p in self._standing(g.weigh_from_mm, g.weigh_to_mm))

    def _standing(self, from_mm: float, to_mm: float) -> Iterable[Placed]:
        return (p for p in self._on_line if p.lane == 0 and p.front_mm <= to_mm and p.rear_mm >= from_mm)

    def _put(self, carton: Carton, at_mm: float) -> None:
        if self.find(carton.carton_no) is not None:
            raise ValueError(f"carton {carton.carton_no} is on the belt already")
        if not self.free_at(at_mm, carton.length_mm):
            raise ValueError(f"no room for carton {carton.carton_no} at {at_mm} mm")
        self._on_line.append(Placed(carton, at_mm))
        self._on_line.sort(key=lambda p: -p.front_mm)

"""How many officers a line needs: images that must be looked at, a belt that does not wait, people who take their time.

The one rule: a model of queues, not of a program; every assumption is a field of `Desk` with its source, so that a site can put
in its own numbers. Undecided at the last call = inspect lane, never release.
Source: hmi reference, "Numbers to hold" (median 3 to 8 s, keys dead for 0.4 s) and 3.2; architecture, station 3 and 4.
"""

import heapq
import math
import random
from collections import Counter, deque
from collections.abc import Iterator
from enum import IntEnum

import msgspec

HOUR_S = 3600.0
# Between two shifts with other chances; 95 % of a normal distribution.
INTERVAL = 1.96


class Desk(msgspec.Struct, frozen=True):
    """A line with its image desk and its open-box bench. Lengths are the shipped geometry, times are assumptions."""

    officers: int
    look_share: float
    cartons_an_hour: float = 1800.0
    belt_mm_s: float = 500.0
    exit_to_divert_mm: float = 4200.0  # shipped: X-ray exit at 4300, diverter at 8500
    carton_mm: float = 400.0  # the image is whole when the rear has left the tunnel; the belt counts fronts
    deadline_mm: float = 500.0  # shipped: the diverter must be told so far before
    margin_s: float = 0.5  # shipped: decide_margin_ms
    image_s: float = 1.0  # exit until the image is joined, analysed, stored and drawn (assumed; hold: 1 s to the full image)
    decide_median_s: float = 5.0  # hold: 3 to 8 s
    decide_spread: float = 0.5  # sigma of the logarithm (assumed): 1 in 20 takes more than 2.3 times the median
    dead_s: float = 0.4  # keys are dead between two images
    opened_share: float = 0.15  # of those looked at, sent to open-box (assumed)
    rerun_s: float = 180.0  # from the inspect lane back to the X-ray (assumed)
    most_reruns: int = 2  # whom nobody looked at in time after that is opened
    open_median_s: float = 240.0  # two officers, one carton, item by item (assumed)
    open_spread: float = 0.6
    shift_h: float = 8.0
    bunched: bool = False  # every other hour-quarter has twice the share to look at, the others none

    @property
    def window_s(self) -> float:
        """What the belt gives an officer, from the drawn image to the last call."""
        way_mm = self.exit_to_divert_mm - self.carton_mm - self.deadline_mm
        return max(0.0, way_mm / self.belt_mm_s - self.margin_s - self.image_s)


class Shift(msgspec.Struct, frozen=True):
    """What one shift came to. Shares are of images that had to be looked at; `waiting_*` counts images nobody looks at yet."""

    looks: int
    timed_out: float
    waiting_mean: float
    waiting_p95: int
    busy: float
    reruns_an_hour: float
    opened_an_hour: float
    bench_backlog: int


class _Do(IntEnum):
    """Order at the same instant: an officer who is just done may still take what comes or expires now."""

    DONE = 0
    OPENED = 1
    IMAGE = 2
    LAST_CALL = 3


class _Look(msgspec.Struct):
    """An image that must be looked at before its last call. `tries`: how often its carton has been run again."""

    last_call_s: float
    tries: int = 0
    state: str = "waiting"


class _Day:
    """One shift, event by event."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self._desk = desk
        self._decide = random.Random(f"{seed}/decide")
        self._open = random.Random(f"{seed}/open")
        self._ends_s = desk.shift_h * HOUR_S
        self._heap: list[tuple[float, _Do, int, _Look | None]] = []
        self._order = 0
        self._queue: deque[_Look] = deque()
        self._free = desk.officers
        self._pair_free = True
        self._bench = 0
        self._looks = self._late = self._reruns = self._opened = 0
        self._busy_s = 0.0
        self._since_s = 0.0
        self._waiting_s: Counter[int] = Counter()
        for at_s in _images(desk, random.Random(f"{seed}/images")):
            self._at(at_s, _Do.IMAGE, _Look(0.0))

    def _at(self, at_s: float, do: _Do, look: _Look | None = None) -> None:
        self._order += 1
        heapq.heappush(self._heap, (at_s, do, self._order, look))

    def run(self) -> Shift:
        while self._heap and self._heap[0][0] <= self._ends_s:
            at_s, do, _, look = heapq.heappop(self._heap)
            self._waiting_s[len(self._queue)] += at_s - self._since_s  # type: ignore[assignment]
            self._since_s = at_s
            if do is _Do.IMAGE and look is not None:
                self._image(at_s, look)
            elif do is _Do.LAST_CALL and look is not None:
                self._last_call(at_s, look)
            elif do is _Do.DONE:
                self._free += 1
            else:
                self._pair_free = True
            self._take_up(at_s)
        return self._result()

    def _image(self, at_s: float, look: _Look) -> None:
        self._looks += 1
        look.state, look.last_call_s = "waiting", at_s + self._desk.window_s
        self._queue.append(look)
        self._at(look.last_call_s, _Do.LAST_CALL, look)

    def _last_call(self, at_s: float, look: _Look) -> None:
        if look.state == "decided":
            return
        if look.state == "waiting":
            self._queue.remove(look)
        self._late += 1
        if look.tries < self._desk.most_reruns:
            self._reruns += 1
            self._at(at_s + self._desk.rerun_s, _Do.IMAGE, _Look(0.0, look.tries + 1))
        else:
            self._to_bench()

    def _to_bench(self) -> None:
        self._opened += 1
        self._bench += 1

    def _take_up(self, at_s: float) -> None:
        """Free officers take the oldest image, the free pair at the bench the next carton."""
        desk = self._desk
        while self._free and self._queue:
            look = self._queue.popleft()
            self._free -= 1
            takes_s = self._decide.lognormvariate(math.log(desk.decide_median_s), desk.decide_spread)
            in_time = at_s + takes_s <= look.last_call_s
            look.state = "decided" if in_time else "in hand"
            # The carton of an image that is too late is gone: the screen shows the next one.
            until_s = min(at_s + takes_s, look.last_call_s)
            self._busy_s += until_s - at_s
            self._at(until_s + desk.dead_s, _Do.DONE)
            if in_time and self._decide.random() < desk.opened_share:
                self._to_bench()
        if self._pair_free and self._bench:
            self._bench -= 1
            self._pair_free = False
            self._at(at_s + self._open.lognormvariate(math.log(desk.open_median_s), desk.open_spread), _Do.OPENED)

    def _result(self) -> Shift:
        hours = self._desk.shift_h
        total_s = sum(self._waiting_s.values())
        return Shift(
            self._looks,
            self._late / max(1, self._looks),
            sum(length * spent_s for length, spent_s in self._waiting_s.items()) / max(total_s, 1e-9),
            _quantile(self._waiting_s, 0.95),
            self._busy_s / (self._ends_s * self._desk.officers),
            self._reruns / hours,
            self._opened / hours,
            self._bench,
        )


def _images(desk: Desk, rng: random.Random) -> Iterator[float]:
    """When an image that must be looked at is on the screen: one carton every so often, chosen at random."""
    every_s = HOUR_S / desk.cartons_an_hour
    for number in range(int(desk.shift_h * HOUR_S / every_s)):
        at_s = number * every_s
        share = desk.look_share
        if desk.bunched:
            share = 2 * share if int(at_s // (HOUR_S / 4)) % 2 else 0.0
        # One draw a carton, whatever the share is: another share has the same cartons and some more.
        if rng.random() < share:
            yield at_s + desk.image_s


def _quantile(spent_s: Counter[int], share: float) -> int:
    left = share * sum(spent_s.values())
    for length in sorted(spent_s):
        left -= spent_s[length]
        if left <= 0:
            return length
    return 0


def one_shift(desk: Desk, seed: int) -> Shift:
    """The same desk and seed give the same shift."""
    return _Day(desk, seed).run()


class Staffing(msgspec.Struct, frozen=True):
    """Means over several shifts; `timed_out_pm` is half the 95 % interval of that mean."""

    desk: Desk
    shifts: int
    looks_an_hour: float
    timed_out: float
    timed_out_pm: float
    waiting_mean: float
    waiting_p95: float
    busy: float
    reruns_an_hour: float
    opened_an_hour: float
    bench_backlog: float


def staffing(desk: Desk, seeds: range) -> Staffing:
    found = [one_shift(desk, seed) for seed in seeds]
    late = [shift.timed_out for shift in found]
    mean = _mean(late)
    spread = math.sqrt(sum((one - mean) ** 2 for one in late) / max(1, len(late) - 1))
    return Staffing(
        desk,
        len(found),
        _mean([shift.looks / desk.shift_h for shift in found]),
        mean,
        INTERVAL * spread / math.sqrt(len(found)),
        _mean([shift.waiting_mean for shift in found]),
        _mean([shift.waiting_p95 for shift in found]),
        _mean([shift.busy for shift in found]),
        _mean([shift.reruns_an_hour for shift in found]),
        _mean([shift.opened_an_hour for shift in found]),
        _mean([shift.bench_backlog for shift in found]),
    )


def _mean(values: list[float] | list[int]) -> float:
    return sum(values) / len(values)


LONGEST_MM = 60_000
STEP_MM = 100


def belt_needed_mm(desk: Desk, most: float, seeds: range) -> int | None:
    """The shortest way from X-ray exit to diverter with which no more than `most` of the images time out; None = over 60 m."""
    low, high = 0, LONGEST_MM // STEP_MM

    def enough(steps: int) -> bool:
        return staffing(msgspec.structs.replace(desk, exit_to_divert_mm=steps * STEP_MM), seeds).timed_out <= most

    if not enough(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high * STEP_MM

"""Bodies that bear one number come over the belt, are read at one gate, at both or at none, and are taken from lanes by a word;
papers come at any time. Of two or more none is released while another that was read stands in a lane or on the belt; one alone
that comes again by a word each time is never held as its own copy.
"""

import random
from dataclasses import dataclass, field

import pytest

from controller.line.belt import RingKind
from tests.line.line_story import PROFILE, Story, s10

NUMBER, OTHER = s10(10000001), s10(10000002)
STORIES = 100
OUT_OF_SIGHT = (RingKind.LOST, RingKind.REMOVED_BY_HAND)
COPY_CODES = {"duplicate", "rerun_expired"}


@dataclass
class Way:
    """One way of one body; `induct`, `verify`: whether that gate reads it."""

    body: int
    track: int
    induct: bool
    verify: bool


@dataclass
class Day:
    """`lanes` has the body that each lane's way carried, if a gate has read it there; `told` is the story for whoever looks."""

    seed: int
    bodies: int
    story: Story = field(default_factory=Story)
    papers: bool = False
    tracks: int = 0
    begun: int = 0
    read_in_lane: set[int] = field(default_factory=set)
    in_lane: set[int] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"{self.seed}/{self.bodies}")
        self.story.ready(OTHER)

    def papers_may_come(self, share: float) -> None:
        if not self.papers and self.rng.random() < share:
            self.papers = True
            self.story.ready(NUMBER)
            self.told.append("papers")

    def runs(self) -> None:
        """Until one is released, or nothing is left to happen."""
        for _ in range(self.rng.randint(2, 7)):
            self.papers_may_come(0.25)
            if self.goes_over_the_belt(self.next_ways()):
                return

    def next_ways(self) -> list[Way]:
        """One that a word brings, or one or two that come for the first time."""
        fetched = sorted(self.read_in_lane if self.bodies > 1 else self.in_lane)
        if fetched and (self.begun == self.bodies or self.rng.random() < 0.6):
            body = self.rng.choice(fetched)
            if self.story.fetch(NUMBER, "anomaly").refusals:
                return []
            return [self.way(body, "by a word")]
        many = min(self.rng.choice((1, 1, 2)), self.bodies - self.begun)
        self.begun += many
        return [self.way(body, "new") for body in range(self.begun - many, self.begun)]

    def way(self, body: int, how: str) -> Way:
        self.tracks += 1
        self.in_lane.discard(body)
        self.read_in_lane.discard(body)
        way = Way(body, self.tracks, self.rng.random() < 0.7, self.rng.random() < 0.6)
        self.told.append(f"{how}: {way}")
        return way

    def goes_over_the_belt(self, ways: list[Way]) -> bool:
        """Whether one of them was released."""
        for way in ways:
            self.story.induct(way.track)
            self.story.gate(way.track, PROFILE.scan_zone, *([NUMBER] if way.induct else []))
            self.papers_may_come(0.12)
        on_belt = [way for way in ways if not self.out_of_sight(way)]
        for way in on_belt:
            self.story.weigh(way.track, 2000)
        for way in on_belt:
            self.story.gate(way.track, PROFILE.verify_zone, *([NUMBER] if way.verify else []))
            self.papers_may_come(0.12)
        return any(self.is_released(way, on_belt) for way in on_belt)

    def out_of_sight(self, way: Way) -> bool:
        if self.rng.random() >= 0.15:
            return False
        kind = self.rng.choice(OUT_OF_SIGHT)
        self.story.ring(kind, way.track, 3)
        self.told.append(f"{kind.name} {way.track}")
        return True

    def is_released(self, way: Way, on_belt: list[Way]) -> bool:
        self.story.decide(way.track)
        self.story.wait(5000)
        lane = self.story.last(way.track).lane
        if lane == "release":
            beside = {one.body for one in on_belt if one.track > way.track and (one.induct or one.verify)}
            others = (self.read_in_lane | beside) - {way.body}
            assert not others, f"body {way.body} is released beside {others}: {self.told}"
            return True
        self.story.answer()
        self.story.divert(way.track, next(one.code for one in PROFILE.lanes if one.name == lane))
        self.in_lane.add(way.body)
        if way.induct or way.verify:
            self.read_in_lane.add(way.body)
        return False


@pytest.mark.parametrize("bodies", [2, 3])
def test_of_several_bodies_none_is_released_beside_another(bodies: int) -> None:
    for seed in range(STORIES):
        Day(seed, bodies).runs()


def test_one_body_that_comes_again_by_a_word_each_time_is_no_copy_of_itself() -> None:
    for seed in range(STORIES):
        day = Day(seed, 1)
        day.runs()
        assert not COPY_CODES & {hold.code for hold in day.story.state.holds.values()}, day.told

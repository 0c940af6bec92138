"""Recovery from a checkpoint, and from none: what a program of another shape has left is not read."""

import logging
from collections.abc import Iterable

import msgspec
import pytest

from controller.daemon.recovery import Recovered, recover
from controller.line.commands import encode_outcome
from controller.line.events import encode_event
from controller.line.state import encode_state
from controller.records.rows import JournalRow
from tests.line.line_story import Story
from tests.line.test_copies_at_verify import begun


class Kept(msgspec.Struct, frozen=True):
    seq: int
    state: bytes


class Rows:
    """The journal of a story, with a checkpoint of its last row."""

    def __init__(self, story: Story, checkpoint: bytes) -> None:
        self._rows = [
            JournalRow(
                seq, one.line_ms, one.utc, type(one.event).__name__, encode_event(one), encode_outcome(outcome), (), b"", b""
            )
            for seq, (one, outcome) in enumerate(zip(story.stamped, story.outcomes, strict=True), start=1)
        ]
        self._kept = Kept(len(self._rows), checkpoint)

    def load_checkpoint(self) -> Kept:
        return self._kept

    def rows(self, from_seq: int = 1) -> Iterable[JournalRow]:
        return self._rows[from_seq - 1 :]


def recovered(story: Story, checkpoint: bytes) -> Recovered:
    found = recover(Rows(story, checkpoint))
    assert (found.seq, found.differs_at) == (len(story.stamped), 0)
    assert encode_state(found.state) == encode_state(story.state)
    return found


def test_from_a_checkpoint_of_this_program_nothing_is_applied_again() -> None:
    story = begun()
    assert recovered(story, encode_state(story.state)).replayed == 0


def test_a_checkpoint_of_an_older_program_costs_a_replay_and_never_a_table(caplog: pytest.LogCaptureFixture) -> None:
    story = begun()
    assert story.state.unnamed
    older = msgspec.to_builtins(story.state)
    del older["unnamed"]
    with caplog.at_level(logging.WARNING):
        assert recovered(story, msgspec.msgpack.encode(older)).replayed == len(story.stamped)
    assert "every row is applied again" in caplog.text

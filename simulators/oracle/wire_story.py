"""What crossed the wire, told by the PLC's side of it.

The one rule: order is the order of the log; `index` is a record's place in it.
Facts used: written, judged, ack, event, epoch, session, link, conflict, live, frozen, write_outside, reused (simulators/plc);
gate_answer (simulators/gate), port_told (simulators/port), customs_told, customs_said, customs_hello (simulators/customs_office).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from simulators.oracle.sources import Fact, SourceError
from simulators.oracle.words import ACCEPTED, EVENT_WORDS, HOST_READY, RECORD_WORDS, TTL_BITS, lane_of

FOREVER_MS = 2**62


class WireEvent(msgspec.Struct, frozen=True):
    """A record that the PLC put into its event ring."""

    index: int
    line_ms: int
    seq: int
    epoch: int
    kind: int
    zone: int
    track_id: int
    arg1: int
    arg2: int
    t_ms: int
    belt_mm: int

    @property
    def key(self) -> tuple[int, ...]:
        """All words but the arguments, which a host may have decoded."""
        return (self.epoch, self.seq, self.kind, self.zone, self.track_id, self.t_ms, self.belt_mm)

    @property
    def track(self) -> str:
        return f"{self.epoch}:{self.track_id}"


class DecisionRecord(msgspec.Struct, frozen=True):
    """A decision in a mailbox. `taken` is False, `result` 0 for a mere write, which proves nothing about the PLC."""

    index: int
    line_ms: int
    words: tuple[int, ...]
    taken: bool = False
    result: int = 0

    @property
    def track(self) -> str:
        return f"{self.words[0]}:{self.words[1]}"

    @property
    def lane(self) -> int:
        return lane_of(self.words[2])

    @property
    def ttl_100ms(self) -> int:
        return self.words[3] & ((1 << TTL_BITS) - 1)

    @property
    def session(self) -> int:
        return self.words[4]

    @property
    def seq(self) -> int:
        return self.words[6]


class CommandRecord(msgspec.Struct, frozen=True):
    index: int
    line_ms: int
    words: tuple[int, ...]

    @property
    def session(self) -> int:
        return self.words[0]

    @property
    def code(self) -> int:
        return self.words[2]

    @property
    def seq(self) -> int:
        return self.words[6]


class Ack(msgspec.Struct, frozen=True):
    index: int
    line_ms: int
    seq: int


class Live(msgspec.Struct, frozen=True):
    """The host's live words, when one of them but the heartbeat changed."""

    index: int
    line_ms: int
    session: int
    epoch: int
    flags: int
    pass_mask: int

    @property
    def permits(self) -> bool:
        """Ready to decide, or letting items pass."""
        return bool(self.flags & HOST_READY or self.pass_mask)


class Span(msgspec.Struct, frozen=True):
    """From the one moment of line time up to the other."""

    from_ms: int
    to_ms: int


@dataclass(slots=True)
class WireStory:
    events: list[WireEvent] = field(default_factory=list)
    written: list[DecisionRecord] = field(default_factory=list)
    judged: list[DecisionRecord] = field(default_factory=list)
    commands: list[CommandRecord] = field(default_factory=list)
    commands_taken: list[CommandRecord] = field(default_factory=list)
    port_told: list[Fact] = field(default_factory=list)
    customs_told: list[Fact] = field(default_factory=list)
    # guid of a receipt -> the list of which customs truly speaks in it
    meant: dict[str, str] = field(default_factory=dict)
    customs_hellos: int = 0
    gate_answers: list[tuple[str, str]] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    epoch_changes: list[int] = field(default_factory=list)
    epochs: list[tuple[int, int]] = field(default_factory=list)  # (index, epoch) as each began
    memory_losses: dict[int, int] = field(default_factory=dict)  # boot nonce -> index where a PLC without memory came up
    alone: list[int] = field(default_factory=list)  # index where the PLC lost its host, or had two
    lives: list[Live] = field(default_factory=list)
    heard: list[tuple[int, int, bool]] = field(default_factory=list)  # (index, line_ms, whether the PLC hears a host from then)
    frozen: list[Span] = field(default_factory=list)
    forbidden: list[Fact] = field(default_factory=list)


def tell_wire(facts: Sequence[Fact]) -> WireStory:
    story = WireStory()
    for index, fact in enumerate(facts):
        try:
            _tell(story, index, fact)
        except (KeyError, TypeError, ValueError) as error:
            raise SourceError(
                "wire_unreadable", f"fact {fact['fact']} at {fact['line_ms']} ms: {error!r}", "use the wire log as written"
            ) from error
    return story


def _tell(story: WireStory, index: int, fact: Fact) -> None:
    kind, line_ms = fact["fact"], int(fact["line_ms"])
    if kind in ("link", "session"):
        story.heard.append((index, line_ms, bool(fact.get("ok", True))))
    if kind == "event":
        seq, epoch, type_zone, track_id, arg1, arg2, t_ms, belt_mm, _ = _words(fact, EVENT_WORDS)
        event = WireEvent(
            index, line_ms, seq, epoch, type_zone >> 8, type_zone & 0xFF, track_id, arg1, arg2, t_ms, belt_mm
        )  # fmt: skip
        story.events.append(event)
    elif kind == "ack":
        story.acks.append(Ack(index, line_ms, int(fact["seq"])))
    elif kind == "gate_answer":
        story.gate_answers.append((str(fact["session_id"]), str(fact["result"])))
    elif kind == "port_told":
        story.port_told.append(fact)
    elif kind == "customs_told":
        story.customs_told.append(fact)
    elif kind == "customs_said":
        story.meant[str(fact["guid"])] = str(fact["list_key"])
    elif kind == "customs_hello":
        story.customs_hellos += 1
    elif kind == "epoch":
        story.epoch_changes.append(line_ms)
        story.epochs.append((index, int(fact["epoch"])))
        if not fact["epoch"]:
            story.memory_losses.setdefault(int(fact.get("boot_nonce", 0)), index)
    elif kind == "conflict" or (kind == "link" and not fact["ok"]):
        story.alone.append(index)
    elif kind == "live":
        live = (int(fact[name]) for name in ("session", "epoch", "flags", "pass_mask"))
        story.lives.append(Live(index, line_ms, *live))
    elif kind == "frozen":
        if fact["on"]:
            story.frozen.append(Span(line_ms, FOREVER_MS))
        elif story.frozen:
            story.frozen[-1] = Span(story.frozen[-1].from_ms, line_ms)
    elif kind in ("write_outside", "reused"):
        story.forbidden.append(fact)
    elif kind in ("written", "judged"):
        words = _words(fact, RECORD_WORDS)
        if words[6] == 0:
            return  # sequence 0 never matches: an empty mailbox
        if fact["record"] == "command":
            if kind == "written":
                story.commands.append(CommandRecord(index, line_ms, words))
            elif bool(fact["taken"]):
                story.commands_taken.append(CommandRecord(index, line_ms, words))
        elif kind == "written":
            story.written.append(DecisionRecord(index, line_ms, words))
        else:
            result = int(fact["result"])
            taken = bool(fact["taken"]) and result == ACCEPTED
            story.judged.append(DecisionRecord(index, line_ms, words, taken, result))


def _words(fact: Fact, count: int) -> tuple[int, ...]:
    words = tuple(int(word) for word in fact["words"])
    if len(words) != count:
        raise ValueError(f"{len(words)} words instead of {count}")
    return words

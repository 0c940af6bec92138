"""What the core asks the world to do, and the outcome of an event.

One rule: a command has a direction. Permissive ones (release, start, resume, pass) leave only after the journal has
them; restrictive ones (stop, hold, inspect, anomaly) leave at once (architecture, "Commands have a direction").
"""

from enum import IntEnum

import msgspec

from controller.domain.reasons import Blocker
from controller.line.event_base import EvidenceNamed


class CommandCode(IntEnum):
    """Command mailbox codes (plc-contract, "Commands"; 1-10 are PackML)."""

    RESET = 1
    START = 2
    STOP = 3
    HOLD = 4
    UNHOLD = 5
    SUSPEND = 6
    UNSUSPEND = 7
    ABORT = 8
    CLEAR = 9
    RESUME = 34
    OPEN_BARRIER = 35
    PROPOSE_EPOCH = 36


# What a row of the journal can hold (the records room checks the same).
SUBJECT_MOST_BYTES = 200
TOUCHED_MOST_BYTES = 4 * 1024 * 1024

STOPPING = (CommandCode.STOP, CommandCode.HOLD, CommandCode.ABORT)


class Decide(msgspec.Struct, frozen=True, tag_field="type", tag="Decide"):
    """Put a lane into a decision mailbox. `epoch` and `track_id` come from the event that made the carton."""

    epoch: int
    track_id: int
    lane_code: int
    releases: bool
    flags: int
    ttl_100ms: int
    seq: int

    @property
    def permissive(self) -> bool:
        return self.releases


class PlcCommand(msgspec.Struct, frozen=True, tag_field="type", tag="PlcCommand"):
    """Put a command into the command mailbox."""

    code: int
    epoch: int
    arg1: int
    arg2: int
    seq: int

    @property
    def permissive(self) -> bool:
        return self.code not in STOPPING


class SetOutputs(msgspec.Struct, frozen=True, tag_field="type", tag="SetOutputs"):
    """Host flags and pass mask: whether this host decides, which stations let items pass, lamps (`signals.Lamps`), sounder.

    `narrows`: of what the outputs before it let pass it only takes away.
    """

    ready: bool
    pass_mask: int
    lamps: int
    sounder: bool = False
    narrows: bool = False

    @property
    def lets_pass(self) -> bool:
        """Whether anything may move or be decided under these."""
        return self.ready or self.pass_mask != 0

    @property
    def permissive(self) -> bool:
        return self.lets_pass and not self.narrows


class WakeAt(msgspec.Struct, frozen=True, tag_field="type", tag="WakeAt"):
    """Post `TimerFired(token)` at this line time. A later `WakeAt` with the same token replaces it."""

    line_ms: int
    token: str

    @property
    def permissive(self) -> bool:
        return False


class AnalyseImage(msgspec.Struct, frozen=True, tag_field="type", tag="AnalyseImage"):
    """Long work: compare an image with what is declared. Answered by `ImageAnalysed` or `AnalysisFailed`.

    `gross_g` -1 = nothing declared; `pack_no` says for how many cartons it is; `weight_g` -1 = not weighed.
    """

    work_id: str
    track: str
    low: EvidenceNamed
    high: EvidenceNamed
    pixel_um: int
    gross_g: int
    pack_no: int
    weight_g: int
    gcodes: tuple[str, ...]

    @property
    def permissive(self) -> bool:
        return False


class DrawSelection(msgspec.Struct, frozen=True, tag_field="type", tag="DrawSelection"):
    """Long work: draw with customs' secret whether this carton is looked at.

    Answered by `SelectionDrawn` or `SelectionFailed`.
    """

    carton: str
    permille: int

    @property
    def permissive(self) -> bool:
        return False


class ReadSeal(msgspec.Struct, frozen=True, tag_field="type", tag="ReadSeal"):
    """Take two pictures of the seal at the doors of this load. Answered by `SealSeen` or `SealNotSeen`."""

    work_id: str
    load_id: str
    camera: str

    @property
    def permissive(self) -> bool:
        return False


class TakeStill(msgspec.Struct, frozen=True, tag_field="type", tag="TakeStill"):
    """Take a picture of what lies on the open-box bench. Answered by `StillTaken` or `StillNotTaken`."""

    work_id: str
    recheck_id: str
    camera: str

    @property
    def permissive(self) -> bool:
        return False


class ReadLabels(msgspec.Struct, frozen=True, tag_field="type", tag="ReadLabels"):
    """A carton came before this camera: read its labels. Answered by `CodesRead` or `NoCodeRead`; no answer = nothing read."""

    track: str
    camera: str
    role: str

    @property
    def permissive(self) -> bool:
        return False


class AnswerGate(msgspec.Struct, frozen=True, tag_field="type", tag="AnswerGate"):
    """Tell a gate what comes of its truck: `result` Y let it go, N alarm, M wait for a person. `codes` are the reasons."""

    gate: str
    session_id: str
    result: str
    codes: tuple[str, ...]
    hint: str
    pass_id: str = ""

    @property
    def permissive(self) -> bool:
        return self.result == "Y"


LongWork = AnalyseImage | DrawSelection
CameraWork = ReadSeal | ReadLabels | TakeStill
Command = (
    Decide | PlcCommand | SetOutputs | WakeAt | AnswerGate | AnalyseImage | DrawSelection | ReadSeal | ReadLabels | TakeStill
)  # fmt: skip


class Message(msgspec.Struct, frozen=True):
    """Something that another organisation must be told. The journal row is the outbox: (line, row, place) is its key.

    `body` is JSON text; `about` is the thing it speaks of, for people.
    """

    to: str
    kind: str
    about: str
    body: str


class Fact(msgspec.Struct, frozen=True):
    """A fact a decision rests on, as it was when the decision was made."""

    name: str
    value: str
    at_ms: int


class Decision(msgspec.Struct, frozen=True):
    """The record of one lane decision: for which passage and carton, why, on which facts.

    `blockers` is empty if and only if the lane is the release lane (invariants I1, I2).
    """

    track: str
    carton: str
    lane: str
    lane_code: int
    blockers: tuple[Blocker, ...]
    facts: tuple[Fact, ...]
    seq: int


class Refusal(msgspec.Struct, frozen=True):
    """An act or an input that was not carried out."""

    code: str
    subject: str
    cause: str
    next_step: str


class Alarm(msgspec.Struct, frozen=True):
    """Something a person must act on."""

    code: str
    subject: str
    detail: str


class Finding(msgspec.Struct, frozen=True):
    """A fact that this event established, for the story of a carton (`xiyong carton`)."""

    subject: str
    text: str


class Outcome(msgspec.Struct, frozen=True):
    """What followed from one event. Journaled with it in one transaction."""

    decisions: tuple[Decision, ...] = ()
    commands: tuple[Command, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    findings: tuple[Finding, ...] = ()
    touched: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    core_fault: str = ""


def unkept(outcome: Outcome) -> str:
    """Why a journal row can not hold this outcome, or nothing. Input decides on these names: it must not stop the line."""
    size = 0
    for subject in outcome.touched:
        length = len(subject.encode("utf-8", "replace"))
        if not 0 < length <= SUBJECT_MOST_BYTES or "\0" in subject:
            return f"the name {subject[:60]!r} is empty, not text, or longer than {SUBJECT_MOST_BYTES} bytes"
        size += length + 3
    if size > TOUCHED_MOST_BYTES:
        return f"it concerns {len(outcome.touched)} cartons, lists and loads at once: more than one record can name"
    return ""


encode_outcome = msgspec.json.Encoder(order="deterministic").encode
decode_outcome = msgspec.json.Decoder(Outcome).decode

"""What can happen at the gate: a pass is issued, a truck arrives, an officer checks by hand; and what others answer.

One rule: what a gate reads is a claim about a truck; the raw bytes it came in are in evidence before the event names them.
Source: JGS/T 14-2015, forms 0x81 (GATHER_INFO) and 0x85 (MANUAL_CHECK).
"""

from controller.line.event_base import Event, EvidenceNamed


class GatePassIssued(Event, frozen=True, tag="GatePassIssued"):
    """Customs allows a sealed container to leave on the truck with this plate. `gross_g`: truck and container, 0 = not told."""

    pass_id: str
    container_no: str
    plate: str
    gross_g: int


class GatePassVoided(Event, frozen=True, tag="GatePassVoided"):
    pass_id: str
    cause: str


class GateArrived(Event, frozen=True, tag="GateArrived"):
    """A truck stands at a gate. Empty texts and `gross_g` < 0: the gate did not tell.

    `direction` E out of the country, I into it; `mode` A automatic, M collected again by hand, B typed in at a desk.
    """

    gate: str
    session_id: str
    direction: str
    mode: str
    plate: str
    container_no: str
    seal_no: str
    gross_g: int
    form_id: str
    plate_sure: bool
    container_sure: bool
    evidence: EvidenceNamed


class GateChecked(Event, frozen=True, tag="GateChecked"):
    """An officer looked at the truck of `session_id`: result 1 let it go, 2 to inspection, 3 send it back, 4 seen to leave.

    `shown`: the word for what the screen showed of it (`gate_check.shown_of`); empty where a screen had no part in it.
    """

    gate: str
    session_id: str
    result: int
    comment: str
    evidence: EvidenceNamed = EvidenceNamed("", 0, "")
    shown: str = ""


class GateFrameRefused(Event, frozen=True, tag="GateFrameRefused"):
    """Bytes of a gate that are no message. They say nothing about any truck."""

    gate: str
    code: str
    cause: str
    evidence: EvidenceNamed


class GateAnswerSent(Event, frozen=True, tag="GateAnswerSent"):
    """An answer as it left for the gate, by its bytes."""

    gate: str
    session_id: str
    result: str
    evidence: EvidenceNamed


class MessageAnswered(Event, frozen=True, tag="MessageAnswered"):
    """The receiver of a message of journal row `at_seq` has it; `result` accepted or refused. Refused and owed yet, as `text`
    says, it may be answered again.
    """

    to: str
    at_seq: int
    index: int
    key: str
    result: str
    text: str


GateEvent = (
    GatePassIssued | GatePassVoided | GateArrived | GateChecked | GateFrameRefused | GateAnswerSent | MessageAnswered
)  # fmt: skip

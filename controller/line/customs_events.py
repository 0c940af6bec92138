"""What can happen between the centre and customs besides the papers of a list.

One rule: an answer is kept as it was given; whether it is a word of customs is decided by `customs_out`.
"""

from controller.domain.arrivals import ArrivalReceipt
from controller.line.event_base import Event, EvidenceNamed


class CustomsHeard(Event, frozen=True, tag="CustomsHeard"):
    """Customs' system answered that it is there. `source` says over which link."""

    source: str


class ArrivalAnswered(Event, frozen=True, tag="ArrivalAnswered"):
    """Customs answered to a part of an arrival (CEB508)."""

    receipt: ArrivalReceipt
    evidence: EvidenceNamed


CustomsEvent = CustomsHeard | ArrivalAnswered

"""What can happen to an inspection record 查验记录单: drafted, submitted, returned or approved, and its paper filed, here or
elsewhere.

One rule: an event says what a person did; whether it counts is decided by `inspection_record`. The paper is a PDF in evidence.
Source: domain reference 3.2 (inspector, then section chief).
"""

import msgspec

from controller.line.event_base import Event, EvidenceNamed


class RecordForm(msgspec.Struct, frozen=True):
    """What the inspector writes; the rest is in the journal. `result`: match or mismatch; `scope`: thorough or sampling."""

    result: str
    scope: str
    wrapping: str
    place: str
    notes: str


class RecordDrafted(Event, frozen=True, tag="RecordDrafted"):
    """An officer of this recheck wrote its record, or wrote it anew."""

    recheck_id: str
    form: RecordForm


class RecordSubmitted(Event, frozen=True, tag="RecordSubmitted"):
    """The inspector hands the record to the section chief; from now on it does not change.

    `form`: what the inspector's page showed; none where no page had part in it.
    """

    recheck_id: str
    form: RecordForm | None = None


class RecordReturned(Event, frozen=True, tag="RecordReturned"):
    """The section chief sends it back to the inspector, and why. `shown` as in `RecordApproved`."""

    recheck_id: str
    opinion: str
    shown: str = ""


class RecordApproved(Event, frozen=True, tag="RecordApproved"):
    """The section chief approves it with an opinion. `shown`: the word for what the chief's page showed (`shown_of`)."""

    recheck_id: str
    opinion: str
    shown: str = ""


class RecordFiledElsewhere(Event, frozen=True, tag="RecordFiledElsewhere"):
    """This record is not kept here: an officer says where it is filed, and why. `shown` as in `RecordApproved`."""

    recheck_id: str
    where: str
    cause: str
    shown: str = ""


class RecordFiled(Event, frozen=True, tag="RecordFiled"):
    """Its paper is in evidence. `sha256` is of the fields that it shows, `content` those fields, `pdf` the paper with them."""

    recheck_id: str
    sha256: str
    content: EvidenceNamed
    pdf: EvidenceNamed


class RecordNotFiled(Event, frozen=True, tag="RecordNotFiled"):
    """The paper could not be made or kept; it is tried again."""

    recheck_id: str
    code: str
    cause: str


RecordEvent = (
    RecordDrafted | RecordSubmitted | RecordReturned | RecordApproved | RecordFiledElsewhere | RecordFiled | RecordNotFiled
)

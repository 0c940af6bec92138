"""What customs' people write down afterwards: a release that happened while the system was out, a second look at an image.

One rule: these move nothing on the line and release nothing. They stand in the journal for ever.
"""

from controller.line.event_base import Event


class EmergencyReleaseEntered(Event, frozen=True, tag="EmergencyReleaseEntered"):
    """Emergency release 应急放行, entered afterwards 补录: so many cartons left by hand while the system was out.

    `began_utc` and `ended_utc` are the clock that people noted (ISO 8601); `codes` are the labels they wrote down, which may be
    fewer than `count`. `second` is who of customs signed beside the one who enters it.
    """

    began_utc: str
    ended_utc: str
    count: int
    codes: tuple[str, ...]
    cause: str
    second: str = ""
    second_role: str = ""


class SampleReviewed(Event, frozen=True, tag="SampleReviewed"):
    """A blind second look 抽样复审 at an image whose carton was released; `first` is whose word stood before, another person."""

    track: str
    image: str
    carton: str
    verdict: str
    cause: str
    first: str


AfterwardsEvent = EmergencyReleaseEntered | SampleReviewed

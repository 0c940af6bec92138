"""What can happen at a loading door. A loading scan itself is a `CodesRead` with the role loading.

One rule: an event says what was done or asked for; whether it counts is decided by `loading`.
"""

from controller.line.event_base import Event


class ContainerOpened(Event, frozen=True, tag="ContainerOpened"):
    """An empty container stands at `door`; what is scanned there from now on goes into it."""

    container_no: str
    door: str


class ContainerClosed(Event, frozen=True, tag="ContainerClosed"):
    """Its doors are shut; `count` is what people counted in it."""

    container_no: str
    count: int


class ContainerWeighed(Event, frozen=True, tag="ContainerWeighed"):
    """The closed container on a scale; `tare_g` is what it weighs empty."""

    container_no: str
    gross_g: int
    tare_g: int


class ContainerSealed(Event, frozen=True, tag="ContainerSealed"):
    container_no: str
    seal_no: str


class ContainerReopened(Event, frozen=True, tag="ContainerReopened"):
    """The seal is broken or the doors are opened again: closing, weight, seal and pass no longer count."""

    container_no: str
    cause: str


LoadingEvent = ContainerOpened | ContainerClosed | ContainerWeighed | ContainerSealed | ContainerReopened

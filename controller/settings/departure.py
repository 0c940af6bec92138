"""Settings of what stands behind the release lane: loading, gates, and the link to the port.

One rule: the same as in `model`, which takes these tables in: described once, units in names, unknown keys refused.
"""

import enum
from typing import Annotated

from controller.settings.fields import EMPTY_BELT, Table, number, setting


class GateProfile(enum.StrEnum):
    JGST14 = "jgst14"


class Gate(Table, frozen=True):
    """A gate front end and its barrier."""

    name: Annotated[str, setting("Name of the gate, for events and alarms.", pattern="^[a-z0-9][a-z0-9_-]*$")]
    host: Annotated[str, setting("Address of its front end.", min_length=1)]
    port: Annotated[int, number("TCP port of its front end.", ge=1, le=65535)]
    area_id: Annotated[str, setting("Area number 场站号 in its frames.", pattern="^[0-9A-Za-z]{1,10}$")]
    channel_no: Annotated[str, setting("Channel number 通道号 in its frames.", pattern="^[0-9A-Za-z]{1,10}$")]
    barrier: Annotated[int, number("Number of its barrier in the PLC (command 35).", EMPTY_BELT, ge=1, le=16)] = 1
    profile: Annotated[GateProfile, setting("Protocol of the front end.")] = GateProfile.JGST14
    code_bytes: Annotated[
        int, number("Width of the message code: 4 as in the standard's tables, 1 as some front ends send it.", ge=1, le=4)
    ] = 4
    manual_check: Annotated[
        bool, setting("Its console is customs' own: an officer's word (form 0x85) that comes from it counts.", EMPTY_BELT)
    ] = False


class Departure(Table, frozen=True):
    """Loading and leaving."""

    container_tolerance_g: Annotated[
        int, number("Allowed difference of a container from its cartons, fixed part.", EMPTY_BELT, ge=0, le=100_000)
    ] = 2000
    container_tolerance_permille: Annotated[
        int, number("The same, part of the weight; the larger part counts.", EMPTY_BELT, ge=0, le=200)
    ] = 20
    gate_tolerance_permille: Annotated[
        int, number("Allowed difference of the truck at the gate from its pass.", EMPTY_BELT, ge=0, le=200)
    ] = 30
    barrier_confirm_ms: Annotated[
        int, number("The barrier must report open so long after the order, else a person looks.", EMPTY_BELT, ge=500, le=60_000)
    ] = 8000
    gate_wait_s: Annotated[
        int, number("A truck that waits for the line alone (PLC, open barrier, customs silent) is let go by itself only so long "
                    "after it came, and never over a start of the daemon; then a person looks. 0 = never by itself.",
                    EMPTY_BELT, ge=0, le=3600)
    ] = 300  # fmt: skip
    forget_after_s: Annotated[
        int, number("So long after its departure a container is known, so that a recall still finds it; longer while a hold on "
                    "it is open or an inspection record of it is not filed.", EMPTY_BELT, ge=60, le=604_800)
    ] = 43_200  # fmt: skip


class Port(Table, frozen=True):
    """The link to the port, which is told of every container that left (linked release)."""

    url: Annotated[
        str, setting("Where messages are posted (HTTP). Empty = the port is not told by this program.",
                     pattern="^(https?://[^ ]+)?$")
    ] = ""  # fmt: skip
    timeout_ms: Annotated[int, number("Longest wait for its answer.", ge=100, le=120_000)] = 5000
    retry_s: Annotated[int, number("Longest pause between two attempts.", ge=1, le=3600)] = 15

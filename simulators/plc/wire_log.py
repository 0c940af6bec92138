"""What crossed the wire and what the PLC made of it, for the oracle: records written, records judged,
acknowledgements, events.

The one rule: written at the moment it happens, in words as they were, so that a judge needs neither the
driver nor this program.

Facts: `written` (record, slot, words), `judged` (record, slot, words, taken, result), `ack` (seq), `event`
(words), `session`,
`epoch`, `conflict`, `link`, `fail_safe`; `live` (session, epoch, flags, pass_mask of block H, when one changed), `frozen`
(the PLC's heartbeat stands), `write_outside` (a write that is not into block H), `reused` (a request on a connection
that gave a doubtful answer or none in time).
"""

from simulators.plant.log import FactLog


class WireLog(FactLog):
    """The PLC side of the wire."""

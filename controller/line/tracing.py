"""Trace codes: which carton has which.

One rule: a carton has one code for ever, and only one that was released. A code does not say
whether it may leave: that is asked anew.
"""

from controller.line.state import Draft
from controller.line.trace_events import TraceCodeIssued


def on_issued(draft: Draft, event: TraceCodeIssued) -> None:
    carton = draft.cartons.get(event.carton)
    if carton is None or carton.released_ms < 0 or carton.trace_code:
        return  # drawn twice, or recalled meanwhile: the code leads nowhere
    draft.change_carton(carton.key, trace_code=event.code)
    draft.note(f"carton:{carton.key}", f"trace code {event.code} issued")

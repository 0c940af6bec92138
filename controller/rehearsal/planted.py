"""Planted faults: the daemon with one thing made wrong, to see that the checkers find it.

One rule: production code has no switch for them. They are put in here, in this room alone, before the daemon starts;
`python -m controller.rehearsal.planted FAULT ARGUMENTS-OF-XIYONG`.
"""

import runpy
import sys

from controller.domain.reasons import Blocker
from controller.line import routing
from controller.line.state import Draft, Passage


def _release_everything() -> None:
    def nothing_blocks(draft: Draft, passage: Passage) -> tuple[Blocker, ...]:
        return ()

    routing.release_blockers = nothing_blocks


FAULTS = {"release-everything": _release_everything}


def main() -> None:
    fault, *arguments = sys.argv[1:]
    FAULTS[fault]()
    sys.argv = ["xiyong", *arguments]
    runpy.run_module("controller", run_name="__main__")


if __name__ == "__main__":
    main()

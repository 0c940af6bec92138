"""The oracle: judges a finished run from the plant's own log, the wire log and the files alone.

The one rule: it believes nobody. It imports nothing of the controller or the drivers, encodes the journal's hash itself
and works out every release again; what the daemon says about itself is only compared. One module a group of invariants,
each a function from `Run` to breaches, so that more can be added.
Source: reliability rules, invariants I1 to I14; docs/records.md; contract CIL-1.
"""

from simulators.oracle.judging import judge
from simulators.oracle.sources import SourceError
from simulators.oracle.verdict import Breach, SceneResult, TableRow, Verdict

__all__ = ["Breach", "SceneResult", "SourceError", "TableRow", "Verdict", "judge"]

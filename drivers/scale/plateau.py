"""From a run of answers to the few that mean something: one weight per plateau, one word per new trouble.

Rule: pure; the same answers give the same results. A plateau ends when the weight moves, goes below the least
weight or becomes unusable, and when it differs by more than the resolution.
"""

from drivers.scale.values import Garbled, NoWeight, Reason, ScaleValue, Weight


class PlateauFinder:
    """Remembers the weight last reported, the readings that are still to agree, and the trouble last
    reported.
    """

    def __init__(self, min_g: int, resolution_g: int, agree_readings: int) -> None:
        self._min_g = min_g
        self._resolution_g = resolution_g
        self._agree_readings = agree_readings
        self._reported_g: int | None = None
        self._agreeing: list[int] = []
        self._trouble: Reason | None = None

    def take(self, value: ScaleValue) -> Weight | NoWeight | None:
        """What this answer adds: a weight, a new trouble, or nothing."""
        match value:
            case Garbled(raw, cause):
                return self._unusable(NoWeight(Reason.GARBLED, cause, raw))
            case NoWeight():
                return self._unusable(value)
            case Weight(weight_g, _, raw) if weight_g <= -self._min_g:
                return self._unusable(NoWeight(Reason.NEGATIVE, f"{weight_g} g: zero the empty scale", raw))
            case Weight():
                self._trouble = None
                return self._usable(value)

    def interrupt(self) -> None:
        """A request without an answer: what lay on the scale meanwhile is not known."""
        self._end_plateau()

    def _unusable(self, trouble: NoWeight) -> NoWeight | None:
        self._end_plateau()
        if trouble.reason is self._trouble:
            return None
        self._trouble = trouble.reason
        return trouble

    def _usable(self, weight: Weight) -> Weight | None:
        if not weight.stable or weight.weight_g < self._min_g:
            self._end_plateau()
            return None
        if self._reported_g is not None and self._same(weight.weight_g, self._reported_g):
            self._agreeing.clear()
            return None
        if self._agreeing and not self._same(weight.weight_g, self._agreeing[0]):
            self._agreeing.clear()
        self._agreeing.append(weight.weight_g)
        if len(self._agreeing) < self._agree_readings:
            return None
        self._agreeing.clear()
        self._reported_g = weight.weight_g
        return weight

    def _same(self, one_g: int, other_g: int) -> bool:
        return abs(one_g - other_g) <= self._resolution_g

    def _end_plateau(self) -> None:
        self._reported_g = None
        self._agreeing.clear()

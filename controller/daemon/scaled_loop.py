"""An event loop whose time runs faster than the wall, for simulations on real wires.

One rule: nothing else in the daemon knows of it. All timers of all libraries follow the loop's `time()`; only the
selector's waiting is turned back into real seconds. Refused outside `mode = "simulation"` by the command line.
"""

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any


class _SlowerSelector(selectors.BaseSelector):
    """The default selector, asked to wait `rate` times shorter."""

    def __init__(self, rate: float) -> None:
        self._inner = selectors.DefaultSelector()
        self._rate = rate

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.modify(fileobj, events, data)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return self._inner.select(timeout if timeout is None else timeout / self._rate)

    def close(self) -> None:
        self._inner.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()


class ScaledLoop(asyncio.SelectorEventLoop):
    """A selector loop in which `rate` seconds pass for each second of the wall."""

    def __init__(self, rate: float) -> None:
        super().__init__(_SlowerSelector(rate))
        self._rate = rate
        self._zero_s = super().time()

    def time(self) -> float:
        real = super().time()
        zero = getattr(self, "_zero_s", real)
        return zero + (real - zero) * self._rate

"""Copies of a state as bytes, each with the shape of the state it was made of.

One rule: only the program whose state has that very shape reads it. A table or a field that another program did not have would
read as empty, and empty is a claim: that nothing is held, owed or known. The shape follows from the types themselves, so that
nobody has to raise a number.
"""

import hashlib
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")
# What explains a type and says nothing of what its values are.
TOLD = ("title", "description")


class Copies(Generic[T]):
    """Writes and reads copies of states of one kind."""

    def __init__(self, kind: type[T]) -> None:
        self.shape = shape_of(kind)
        # Not order="deterministic": that sorts the keys, and a state read back would tell its tables in another order.
        self._encoder = msgspec.msgpack.Encoder()
        self._shape_of = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw])
        self._decoder = msgspec.msgpack.Decoder(kind)

    def encode(self, state: T) -> bytes:
        return self._encoder.encode((self.shape, state))

    def decode(self, data: bytes) -> T:
        """Raises `msgspec.DecodeError` for bytes that are no copy, and for a copy of a state of another shape."""
        shape, state = self._shape_of.decode(data)
        if shape != self.shape:
            raise msgspec.DecodeError("it is the state of another program")
        return self._decoder.decode(state)


def shape_of(kind: Any) -> str:
    """A hash over the fields of a type and of all that it is made of: names, types, defaults, members of enumerations."""
    schema = msgspec.json.encode(_untold(msgspec.json.schema(kind)), order="deterministic")
    return hashlib.sha256(schema).hexdigest()


def _untold(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _untold(one) for name, one in part.items() if not (name in TOLD and isinstance(one, str))}
    return [_untold(one) for one in part] if isinstance(part, list) else part

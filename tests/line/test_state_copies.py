"""A copy of the state is read by the program whose state has its shape, and by no other."""

import enum
from typing import Any

import msgspec
import pytest

from controller.line.state import COPIES, LineState, decode_state, encode_state
from controller.line.state_copies import Copies, shape_of
from tests.line.test_copies_at_verify import begun


class Kind(enum.Enum):
    A = "a"


class MoreKinds(enum.Enum):
    A = "a"
    B = "b"


def state(inner: list[Any], *more: Any, says: str = "") -> type[Any]:
    """A state with one table, whose rows have the fields `inner`."""
    row = msgspec.defstruct("Row", [("key", str), *inner], namespace={"__doc__": f"{says} row"})
    return msgspec.defstruct("State", [("rows", dict[str, row], {}), *more], namespace={"__doc__": says})  # type: ignore[valid-type]


def test_the_shape_is_that_of_the_fields_however_they_are_explained() -> None:
    assert shape_of(state([])) == shape_of(state([], says="explained anew"))


@pytest.mark.parametrize(
    "other",
    [
        state([], ("more", dict[str, str], {})),
        state([("placed_ms", int, -1)]),
        state([("description", str, "")]),
        state([("kind", MoreKinds)]),
    ],
)
def test_another_table_field_type_or_member_is_another_shape(other: type[Any]) -> None:
    shapes = {shape_of(one) for one in (state([]), state([("placed_ms", str, "")]), state([("kind", Kind)]), other)}
    assert len(shapes) == 4


def test_a_copy_of_the_same_program_reads_back_the_same() -> None:
    story = begun()
    assert story.state.unnamed
    assert encode_state(decode_state(encode_state(story.state))) == encode_state(story.state)


def test_a_copy_without_a_table_or_without_a_shape_is_not_read() -> None:
    whole = msgspec.to_builtins(begun().state)
    less = msgspec.defstruct("LineState", [(one, Any) for one in LineState.__struct_fields__ if one != "unnamed"])
    del whole["unnamed"]
    for older in (
        Copies(less).encode(less(**whole)),
        msgspec.msgpack.encode(whole),
        msgspec.msgpack.encode((COPIES.shape, [])),
        b"",
        b"state",
    ):
        with pytest.raises(msgspec.DecodeError):
            decode_state(older)

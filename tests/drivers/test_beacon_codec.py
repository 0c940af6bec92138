"""The tower's bytes, as its maker's manual has them."""

import pytest

from drivers.beacon.codec import Answer, Lamp, Picture, answer_of, run_control


def test_the_whole_picture_is_in_each_command() -> None:
    picture = Picture(red=Lamp.FLASHING, green=Lamp.ON, white=Lamp.ON, buzzer=4)
    assert run_control(picture) == bytes.fromhex("58 58 53 00 00 06 02 00 01 00 01 04")
    assert run_control(Picture()) == bytes.fromhex("58 58 53 00 00 06 00 00 00 00 00 00")


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 4"):
        run_control(Picture(buzzer=5))


@pytest.mark.parametrize("byte", range(256))
def test_only_06_means_taken(byte: int) -> None:
    assert (answer_of(byte) is Answer.TAKEN) == (byte == 6)
    assert (answer_of(byte) is Answer.REFUSED) == (byte == 0x15)

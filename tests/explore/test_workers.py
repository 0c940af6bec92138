"""No seed is lost, also when the process that runs it dies."""

import os
import signal

import pytest

from controller.rehearsal.workers import in_processes

pytestmark = pytest.mark.explore


def doubled(number: int) -> int:
    if number % 10 == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * 2


def minus(number: int, exit_code: int) -> int:
    assert exit_code == -signal.SIGKILL
    return -number


def test_every_piece_of_work_has_its_answer_and_a_dead_process_is_one_of_them() -> None:
    found = sorted(in_processes(doubled, minus, range(40), 2))
    assert found == sorted([-7, -17, -27, -37, *(n * 2 for n in range(40) if n % 10 != 7)])

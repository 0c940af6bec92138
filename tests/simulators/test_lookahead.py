"""Steps that are taken together are the same steps: a line that looks ahead has the very log of one that does not."""

import random

import pytest

from simulators.plant import Carton
from simulators.plc import LineSimulator
from simulators.plc.scripted_host import ScriptedHost
from tests.simulators.test_plc_sim_explore import Disorder
from tests.simulators.test_plc_sim_virtual_time import run as over_the_wire

Facts = tuple[list[dict[str, object]], list[dict[str, object]]]


def facts(sim: LineSimulator) -> Facts:
    return list(sim.log), list(sim.wire_log)


def step_by_step(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LineSimulator, "_quiet_steps", lambda self: 0)


@pytest.mark.parametrize("seed", range(8))
def test_a_day_of_disorder_is_the_same_with_and_without_looking_ahead(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = Disorder(seed)
    ahead.run()
    step_by_step(monkeypatch)
    single = Disorder(seed)
    single.run()
    assert facts(ahead.line.sim) == facts(single.line.sim)
    assert ahead.line.sim.program.status() == single.line.sim.program.status()
    assert ahead.line.sim.program.table() == single.line.sim.program.table()
    assert [(p.carton.carton_no, p.front_mm, p.lane) for p in ahead.line.sim.plant.on_line()] == [
        (p.carton.carton_no, p.front_mm, p.lane) for p in single.line.sim.plant.on_line()
    ]


def test_a_line_that_follows_a_clock_logs_every_fact_in_its_own_10_ms(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = over_the_wire(5)
    step_by_step(monkeypatch)
    assert facts(ahead) == facts(over_the_wire(5))


def test_hooks_are_called_in_the_time_of_their_step_though_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    def seen() -> list[tuple[int, object]]:
        sim = LineSimulator(rng=random.Random(1))
        host, found = ScriptedHost(sim), list[tuple[int, object]]()
        sim.on_scan_gate = lambda zone, opened, cartons: found.append((sim.line_ms, (zone, opened)))
        sim.on_weigh = lambda weight_g, settled: found.append((sim.line_ms, (weight_g, settled)))
        host.take_over()
        for number in range(1, 6):
            sim.plant.place(Carton(number, 400, 5000 + number), -500)
            for _ in range(20):
                host.poll()
                sim.step(100)
        return found

    ahead = seen()
    step_by_step(monkeypatch)
    assert ahead == seen()
    assert len(ahead) > 20


def test_looking_ahead_saves_most_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = 0
    real = LineSimulator._some_steps

    def counted(self: LineSimulator, at_most: int) -> int:
        nonlocal whole
        whole += 1
        return real(self, at_most)

    monkeypatch.setattr(LineSimulator, "_some_steps", counted)
    sim = over_the_wire(5)
    assert whole < sim.line_ms / 10 / 2

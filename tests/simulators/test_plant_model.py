"""The plant: what moves, what stands, what the eyes see and what people may do with cartons."""

import io
import json
import random

import msgspec
import pytest

from simulators.plant import Carton, Label, LaneSpec, LineGeometry, Plant, PlantLog
from simulators.plant.parts import Diverter


def running() -> Plant:
    plant = Plant(rng=random.Random(1))
    plant.main.motor_on = plant.infeed.motor_on = True
    return plant


def front(plant: Plant, number: int) -> float:
    placed = plant.find(number)
    assert placed is not None
    return placed.front_mm


def carton(number: int, length_mm: int = 400, weight_g: int = 5000) -> Carton:
    return Carton(number, length_mm, weight_g, (Label(f"W{number}"),))


def test_a_carton_moves_with_the_belt_under_its_front() -> None:
    plant = running()
    plant.infeed.motor_on = False
    plant.place(carton(1), -100)
    plant.place(carton(2), 1000)
    plant.step(1000)
    assert (front(plant, 1), front(plant, 2)) == (-100, 1500)


def test_it_moves_in_steps_of_10_ms_only() -> None:
    with pytest.raises(ValueError, match="steps of 10 ms"):
        running().step(15)


def test_one_long_step_is_the_same_as_many_short_ones() -> None:
    one, many = running(), running()
    for plant in (one, many):
        plant.place(carton(1), -100)
    one.step(5000)
    for _ in range(500):
        many.step(10)
    assert list(one.log) == list(many.log)
    assert front(one, 1) == front(many, 1)


def test_cartons_behind_a_jammed_one_run_up_against_it_and_go_on_when_it_is_cleared() -> None:
    plant = running()
    plant.place(carton(1), 3000)
    plant.place(carton(2), 2000)
    jammed = plant.on_line()[0].carton
    plant.jam(jammed)
    plant.step(5000)
    assert (front(plant, 1), front(plant, 2)) == (3000, 2600)
    plant.clear_jam()
    plant.step(1000)
    assert (front(plant, 1), front(plant, 2)) == (3500, 3100)


def test_an_eye_is_covered_from_front_to_rear() -> None:
    plant = running()
    plant.place(carton(1, length_mm=500), 595)
    seen = []
    for _ in range(120):
        plant.step(10)
        seen.append(plant.eye_output("scan_gate"))
    assert seen.count(True) == 100
    assert "".join("x" if s else "." for s in seen).strip(".") == "x" * 100


def test_a_missed_carton_is_not_seen_and_a_double_one_makes_two_edges() -> None:
    plant = running()
    plant.eyes["scan_gate"].miss_next = 1
    plant.eyes["weigh_in"].double_next = 1
    plant.place(carton(1), 500)
    edges = {"scan_gate": 0, "weigh_in": 0}
    before = dict.fromkeys(edges, False)
    for _ in range(400):
        plant.step(10)
        for name in edges:
            now = plant.eye_output(name)
            edges[name] += now and not before[name]
            before[name] = now
    assert edges == {"scan_gate": 0, "weigh_in": 2}


def test_the_diverter_rests_at_inspect_takes_its_time_and_falls_back_without_power() -> None:
    diverter = Diverter(rest_lane=1, travel_ms=250)
    diverter.commanded = 3
    for _ in range(24):
        diverter.advance(10, powered=True)
    assert diverter.position == 1
    diverter.advance(10, powered=True)
    assert diverter.position == 3
    for _ in range(25):
        diverter.advance(10, powered=False)
    assert diverter.position == 1


def test_without_power_nothing_moves_and_motors_stay_off_afterwards() -> None:
    plant = running()
    plant.place(carton(1), 1000)
    plant.set_power(False)
    plant.step(1000)
    plant.set_power(True)
    plant.step(1000)
    assert front(plant, 1) == 1000


def test_a_button_that_is_pressed_without_power_is_heard_by_nobody_afterwards() -> None:
    plant = running()
    plant.press("reset")
    plant.set_power(False)
    plant.press("start")
    plant.set_power(True)
    assert plant.take_presses() == []
    plant.press("start")
    assert plant.take_presses() == ["start"]


@pytest.mark.parametrize("hazard", ["estop", "guard"])
def test_an_open_safety_circuit_stops_the_motors_whatever_the_program_wants(hazard: str) -> None:
    plant = running()
    plant.place(carton(1), 1000)
    if hazard == "estop":
        plant.set_estop(True)
    else:
        plant.set_guards(closed=False)
    plant.step(1000)
    assert front(plant, 1) == 1000


def test_a_lane_that_is_full_says_so_and_then_keeps_the_next_ones_in_its_mouth() -> None:
    plant = Plant(LineGeometry(lanes=(LaneSpec(1, capacity=2), LaneSpec(2), LaneSpec(3))), rng=random.Random(1))
    plant.main.motor_on = True
    for number in range(1, 6):
        plant.place(carton(number), 8400)
        plant.step(2000)
    assert plant.lane_full(1)
    assert [c.carton_no for c in plant.lanes[1]] == [1, 2, 3]
    assert [p.carton.carton_no for p in plant.on_line()] == [4, 5]
    assert plant.lane_eye_output(1)
    plant.take_from_lane(1)
    plant.step(2000)
    assert [c.carton_no for c in plant.lanes[1]] == [2, 3, 4]


def test_the_scale_settles_200_ms_after_the_last_change_with_whole_cartons_only() -> None:
    plant = running()
    plant.place(carton(1, length_mm=400, weight_g=7000), 1590)
    plant.step(20)
    assert plant.load_on_weigh_belt() == (7000, False)
    plant.step(200)
    assert plant.load_on_weigh_belt() == (7000, True)
    plant.step(1100)
    assert plant.load_on_weigh_belt()[0] == 0


def test_hands_remove_exchange_and_put_back() -> None:
    plant = running()
    a, b = carton(1), carton(2)
    plant.place(a, 2000)
    plant.place(b, 1000)
    plant.exchange(a, b)
    assert (front(plant, 1), front(plant, 2)) == (1000, 2000)
    plant.remove(a)
    assert plant.find(1) is None
    plant.put_back(a, 5000)
    assert [p.carton.carton_no for p in plant.on_line()] == [1, 2]
    facts = [fact["fact"] for fact in plant.log]
    assert facts == ["placed", "placed", "exchanged", "removed", "put_back"]


def test_the_log_tells_the_labels_that_a_carton_bears_when_it_is_put_back() -> None:
    """Two officers close a box that came with a misprinted number: its own is on it now, and their seal."""
    plant = running()
    misprinted = Carton(1, 400, 1000, (Label("RR100000018CN"),))
    plant.place(misprinted, 2000)
    plant.remove(misprinted)
    plant.put_back(msgspec.structs.replace(misprinted, labels=(Label("RR100000017CN"), Label("XYR0000001"))), 5000)
    told = {fact["fact"]: fact.get("labels") for fact in plant.log}
    assert told == {"placed": ["RR100000018CN"], "removed": None, "put_back": ["RR100000017CN", "XYR0000001"]}


def test_a_carton_cannot_stand_on_another_nor_twice_on_the_line() -> None:
    plant = running()
    plant.place(carton(1), 2000)
    with pytest.raises(ValueError, match="no room"):
        plant.place(carton(2), 2300)
    with pytest.raises(ValueError, match="already"):
        plant.put_back(carton(1), 5000)
    with pytest.raises(ValueError, match="not on the belt"):
        plant.remove(carton(9))


def test_labels_in_view_of_a_gate() -> None:
    plant = running()
    plant.place(carton(1), 700)
    plant.place(carton(2), 200)
    assert [c.labels[0].text for c in plant.in_view(600)] == ["W1"]
    assert [c.carton_no for c in plant.in_view(100, 600)] == [1, 2]


def test_the_log_is_one_json_object_a_line_with_the_lane_that_was_truly_taken() -> None:
    file = io.StringIO()
    plant = Plant(rng=random.Random(1), log=PlantLog(file, keep=2))
    plant.infeed.motor_on = plant.main.motor_on = True
    plant.place(carton(1), -100)
    plant.diverter.commanded = 2
    plant.step(20_000)
    facts = [json.loads(row) for row in file.getvalue().splitlines()]
    assert facts[0]["fact"] == "placed"
    crossed = {f["fact"]: f for f in facts if "carton_no" in f}
    assert crossed["induct_eye"]["line_ms"] == 210
    assert crossed["lane_exit"] == {"line_ms": 17_810, "fact": "lane_exit", "carton_no": 1, "lane": 2}
    assert len(plant.log) == 2

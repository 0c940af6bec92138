"""What the demo says at the end, to people and to programs, and with which exit code."""

import json
from typing import Any

import pytest

from controller.rehearsal.demo_screen import Screen

GOOD: dict[str, Any] = {
    "cartons": 156, "released": 141, "inspected": 6, "anomaly": 9, "removed": 0, "on_line": 0, "held": 14, "unaccounted": 0,
    "release_without_decision": 0, "journal_events": 3967, "journal_verified": True, "ordinary_released_percent": 89.1,
    "breaches": [], "scenes": [{"name": "jam", "ok": True, "seen": "68 inspect>release"}], "table": [], "oracle_exit": 0,
}  # fmt: skip


def answered(capsys: pytest.CaptureFixture[str], **changes: Any) -> tuple[int, dict[str, Any]]:
    code = Screen(as_json=True).verdict(GOOD | changes)
    out = capsys.readouterr().out
    assert out.count("\n") == 1, "one object, on the last line"
    answer: dict[str, Any] = json.loads(out)
    return code, answer


def test_a_good_day_is_one_object_with_every_count_and_exit_0(capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = answered(capsys)
    assert (code, answer["ok"]) == (0, True)
    assert answer.keys() >= GOOD.keys() - {"table", "oracle_exit"}
    assert sum(answer[place] for place in ("released", "inspected", "anomaly", "removed", "on_line")) == answer["cartons"]


@pytest.mark.parametrize(
    "changes",
    [
        {"breaches": [{"invariant": "I1", "carton_no": "7", "what": "released in spite of no_read"}]},
        {"scenes": [{"name": "jam", "ok": False, "seen": "68 inspect"}]},
        {"oracle_exit": 1},
        {"ordinary_released_percent": 59.9},
    ],
)
def test_a_breach_a_failed_scene_or_a_line_that_releases_too_few_is_exit_1(
    capsys: pytest.CaptureFixture[str], changes: dict[str, Any]
) -> None:
    code, answer = answered(capsys, **changes)
    assert (code, answer["ok"]) == (1, False)
    assert answer["next_step"]
    assert Screen(as_json=False).verdict(GOOD | changes) == 1
    assert answer["next_step"] in capsys.readouterr().out


def test_a_short_day_has_no_share_to_keep(capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = answered(capsys, cartons=40, ordinary_released_percent=50.0)
    assert code == 0

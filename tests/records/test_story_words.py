"""Each step of a carton is found by words that the line says: none of them waits for a sentence that does not come."""

import pytest

from controller.records.story_tables import STEP_WORDS
from tests.console.story_bench import a_day
from tests.line.test_told_in_chinese import bench_day


@pytest.fixture(scope="module")
def said() -> list[str]:
    return [one.text for outcome in (*bench_day().outcomes, *a_day().outcomes) for one in outcome.findings]


@pytest.mark.parametrize("step", [step for step, _ in STEP_WORDS if step != "seal"])
def test_the_line_says_the_words_of_each_step(step: str, said: list[str]) -> None:
    assert any(words.match(text) for name, words in STEP_WORDS if name == step for text in said)

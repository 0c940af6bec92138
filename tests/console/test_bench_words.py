"""Words of the open-box bench: every key that its scripts name or put together is there, in both languages."""

import re

from controller.console.pages import UI
from controller.line.recheck_state import OUTCOMES, PARTIES
from controller.line.record_state import APPROVED, DRAFT, ELSEWHERE, FILED, SUBMITTED
from tests.console.test_words import SEVERAL

LITERAL = re.compile(r"""["'`](bench\.[\w.]+\w)["'`]""")


def table() -> dict[str, tuple[str, str]]:
    text = (UI / "words" / "bench.js").read_text(encoding="utf-8")
    return {key: (zh, en) for key, zh, en in SEVERAL.findall(text)}


def test_every_key_that_a_script_of_the_bench_names_or_puts_together_has_words() -> None:
    known = table()
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in sorted((UI / "bench").glob("*.js")))
    named = set(LITERAL.findall(scripts))
    named |= {f"bench.outcome.{one}" for one in OUTCOMES}
    named |= {f"bench.{part}.{one}" for one in PARTIES for part in ("party", "party.choose")}
    named |= {f"bench.stage.{one}" for one in ("none", DRAFT, SUBMITTED, APPROVED, FILED, ELSEWHERE)}
    named |= {f"bench.differs.{one}" for one in ("short", "over", "wrong", "no_code", "trace_twice", "unknown")}
    named |= {f"bench.fault.{one}" for one in ("wrong", "no_code", "trace_twice")}
    named |= {f"bench.state.{one}" for one in ("open", "short", "match", "some", "over")}
    kinds = ("scan", "seal", "seal_typed", "still", "ready", "decided", "differs")
    named |= {f"bench.big.{one}{part}" for one in kinds for part in ("", ".means")}
    assert len(named) > 120
    assert sorted(named - set(known)) == []

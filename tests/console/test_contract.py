"""Both OpenAPI documents, tried by schemathesis as nobody and as each role: no server error, no act without its right."""

from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from controller.console.act_table import ACT_TABLE
from controller.records.all_tables import line_follower
from tests.console.bench import PEOPLE, Bench, bench

EXAMPLES = 1  # of each operation, sent as nobody and as each of six roles


def cases(on: Bench, *, acts: bool) -> list[Any]:
    """Drawn requests for every operation of a port, the stream left out: it never ends."""
    app = on.acting if acts else on.view
    schema = schemathesis.openapi.from_dict(app._app.openapi())  # type: ignore[attr-defined]
    drawn: list[Any] = []
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # an invalid schema fails here, as it must
        if operation.path == "/api/stream":
            continue

        @settings(max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate], derandomize=True,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.as_strategy())
        def draw(case: Any) -> None:
            drawn.append(case)

        draw()
    return drawn


async def test_no_request_is_a_server_error_and_no_act_goes_without_its_right(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        drawn = [(acts, case) for acts in (True, False) for case in cases(on, acts=acts)]
        drawn.sort(key=lambda one: one[1].path.startswith("/api/session"))  # these sign out and lock: last
        refused = 0
        follower = line_follower(on.home / "journal.sqlite", on.story._records)
        for account, role in {"": None, **PEOPLE}.items():
            page = await on.signed_in(account) if account else on.page()
            for acts, case in drawn:
                body = case.body if isinstance(case.body, dict | list) else None
                # As in a console: that the records are behind is said with 503.
                if case.path.startswith("/api/story/") or case.path.endswith("/record.pdf"):
                    follower.catch_up()
                answer = await page.ask(case.method, case.formatted_path, body, acts=acts)
                assert answer.status_code < 500, (account, case.method, case.path, answer.text)
                name = case.path.rpartition("/")[2]
                if case.path.startswith("/api/acts/") and (role is None or role not in ACT_TABLE[name].roles):
                    assert answer.status_code in (401, 403, 422), (account, name, answer.text)
                    refused += answer.status_code in (401, 403)
        follower.close()
        assert refused > 60, "most drawn requests are whole, so that the right is what turns them away"

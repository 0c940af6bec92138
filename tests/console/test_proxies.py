"""Which terminal a request comes from: the header of a proxy that the site named, and of nobody else."""

from pathlib import Path

import pytest

from controller.console.proxies import BehindProxies, known, terminal_behind
from tests.console.bench import bench

OURS = known(("10.0.0.7", "10.0.0.8", "2001:db8::7"))


@pytest.mark.parametrize(
    ("peer", "told", "terminal"),
    [
        ("10.0.0.7", ("10.1.1.1",), "10.1.1.1"),
        ("10.0.0.7", ("203.0.113.9, 10.1.1.1",), "10.1.1.1"),
        ("10.0.0.7", ("10.0.0.8, 10.1.1.1, 10.0.0.8",), "10.1.1.1"),
        ("10.0.0.7", ("203.0.113.9", "10.1.1.1"), "10.1.1.1"),
        ("10.0.0.7", ("10.1.1.1:51000",), "10.1.1.1"),
        ("::ffff:10.0.0.7", ("[2001:db8::1]:51000",), "2001:db8::1"),
        ("2001:db8::7", ("2001:0DB8:0::1",), "2001:db8::1"),
        ("10.0.0.7", (), "10.0.0.7"),
        ("10.0.0.7", ("10.0.0.8",), "10.0.0.8"),
        ("10.0.0.7", ("10.1.1.1, unknown",), "10.0.0.7"),
        ("10.0.0.7", ("10.1.1.1, _x, 10.0.0.8",), "10.0.0.8"),
        ("10.0.0.9", ("10.1.1.1",), "10.0.0.9"),
        ("10.1.1.1", ("10.0.0.7",), "10.1.1.1"),
    ],
)
def test_the_last_hop_that_is_no_proxy_of_the_site(peer: str, told: tuple[str, ...], terminal: str) -> None:
    assert terminal_behind(peer, [one.encode() for one in told], OURS) == terminal


async def test_the_history_of_sign_ins_names_the_terminal_and_who_writes_the_header_is_not_believed(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        on.view = BehindProxies(on.view, ("10.0.0.7",))  # type: ignore[assignment]
        for peer, told, shown in (("10.0.0.7", "10.1.1.1", "10.1.1.1"), ("10.0.0.9", "10.1.1.1", "10.0.0.9")):
            page = on.page(peer)
            answer = await page.ask("POST", "/api/session", {"account": "zhang", "password": "wrong wrong wrong"},
                                    headers={"X-Forwarded-For": told})  # fmt: skip
            assert answer.status_code == 401
            with on.people._engine.connect() as connection:
                rows = connection.exec_driver_sql("SELECT terminal FROM history ORDER BY rowid").scalars().all()
            assert rows[-1] == shown

"""Settings of the console: where people reach the line, and how long a session stands.

One rule: the same as in `model`, which takes this table in: described once, units in names, unknown keys refused.
"""

from typing import Annotated

from controller.settings.fields import Table, number, setting


class Console(Table, frozen=True):
    """The console for people: accounts, acts, live stream. Off unless `host` is set."""

    host: Annotated[str, setting("Address it listens at; `127.0.0.1` for a touchscreen on this machine. Empty = no console.")] = (
        ""
    )
    port: Annotated[int, number("TCP port for signing in, questions and the live stream.", ge=1, le=65535)] = 8600
    acts_port: Annotated[int, number("TCP port for acts, so that a stop never waits behind streams.", ge=1, le=65535)] = 8601
    name: Annotated[str, setting("Host name that browsers use for it; empty = `host`.", pattern="^[A-Za-z0-9.:_-]*$")] = ""
    tls_cert_file: Annotated[str, setting("Certificate (PEM); needed unless `host` is this machine alone.")] = ""
    tls_key_file: Annotated[str, setting("Its private key (PEM).")] = ""
    idle_customs_s: Annotated[int, number("A session of customs locks after so long without an act.", ge=30, le=600)] = 600
    idle_company_s: Annotated[
        int, number("A session of the company locks so; its view of the line stays readable.", ge=30, le=900)
    ] = 900
    session_longest_s: Annotated[int, number("Every session ends after so long.", ge=300, le=43_200)] = 43_200
    proof_fresh_s: Annotated[int, number("So long after password or PIN an act that wants them goes without.", ge=5, le=900)] = (
        120
    )
    demo_people: Annotated[
        bool, setting("Simulation only: made-up people of every role who sign in with one click, without any secret.")
    ] = False
    target_per_hour: Annotated[
        int, number("Cartons an hour that the wall board compares throughput with; 0 = no target.", ge=0, le=7200)
    ] = 0
    other_lines: Annotated[
        tuple[str, ...],
        setting(
            "Consoles of the site's other lines, each by its own `[line] name` (`XY-2 https://line2.example:8600`): the "
            "officer's page leads there."
        ),
    ] = ()
    lines_secret_file: Annotated[
        str,
        setting(
            "File of the secret that all lines of the site have: with it their consoles ask each other for one pool of pictures. "
            "Only its owner may read it; relative to `data_dir`. Empty = this line asks nobody and tells nobody."
        ),
    ] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        setting(
            "Addresses of the site's reverse proxies before this console: on their connections alone the last address of "
            "`X-Forwarded-For` that is none of them is the terminal that the delay on guessing counts. "
            "Empty = the header is never read."
        ),
    ] = ()
    kiosks: Annotated[
        tuple[str, ...],
        setting(
            "Screens that must be alive, by the name they call themselves (`operator-1`): one that is silent for 5 s is an alarm."
        ),
    ] = ()

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The other lines by name and address."""
        return tuple((name, address) for name, _, address in (one.partition(" ") for one in self.other_lines))

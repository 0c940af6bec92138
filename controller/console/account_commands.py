"""`xiyong account`: a first account, new secrets, the list, switching off and on again; for whoever may read the data directory.

One rule: a token is printed on the terminal of whoever asked for it and nowhere else; secrets are typed without echo. Each act
is in the history of the accounts as done by the command line.
"""

import sys
from datetime import timedelta
from getpass import getpass
from pathlib import Path

from controller.console.people import (
    COMPANY_SIDE,
    CUSTOMS_SIDE,
    LEADS,
    MACHINE,
    PEOPLE_NAME,
    Invitation,
    People,
    Person,
    Secrets,
    open_people,
)
from controller.console.proofs import Proofs, new_token, password_weak, pin_weak, token_hash
from controller.daemon.clock import system_wall_clock
from controller.records.errors import RecordsError
from controller.settings.model import Settings

BY = MACHINE
STANDS = timedelta(hours=24)


class _No(Exception):  # noqa: N818 (said as it is said to people)
    """What was asked can not be done; the text says why and what next."""


def run_account(settings: Settings, action: str, name: str) -> int:
    """0 done, 2 not done."""
    try:
        people = People(open_people(Path(settings.site.data_dir) / PEOPLE_NAME))
        try:
            {"invite": _invite, "accept": _accept, "list": _list, "off": _off, "on": _on}[action](people, name)
        finally:
            people.close()
    except (_No, RecordsError) as error:
        print(f"xiyong: {error}", file=sys.stderr)
        return 2
    return 0


def _utc(later: timedelta = timedelta()) -> str:
    return (system_wall_clock() + later).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _invite(people: People, name: str) -> None:
    if name in (CUSTOMS_SIDE, COMPANY_SIDE):
        if name not in people.without_lead():
            raise _No(f"{name} has somebody who looks after its accounts\n  next step: that {LEADS[name]} adds the account")
        invitation = Invitation(name, "")
    else:
        person = people.person(name)
        if person is None:
            raise _No(f"no account {name!r}\n  next step: see xiyong account list; a first one is for customs or for company")
        invitation = Invitation(person.organisation, name)
    token = new_token()
    people.invite(token_hash(token), invitation, expires_utc=_utc(STANDS), by=BY, utc=_utc())
    print(f"one-time token, valid for a day: {token}")
    print("  next step: its person runs xiyong account accept, or posts it to /api/set-up")


def _accept(people: People, name: str) -> None:
    key = token_hash(getpass("token: ").strip())
    found = people.invitation(key, utc=_utc())
    if found is None:
        raise _No("this token is unknown, used or too old\n  next step: xiyong account invite")
    account = found.account or name or input("account (two to 32 small letters, digits, . _ -): ").strip()
    person = None
    if not found.account:
        shown, badge = input("name of the person: ").strip(), input("badge number (may be empty): ").strip()
        person = Person(account, shown, LEADS[found.organisation], badge, True, 1)
    password = getpass("password (10 characters or more): ")
    pin = getpass("PIN for use with the badge (8 digits or more, may be empty): ")
    if password_weak(password, account) or (pin and pin_weak(pin)):
        raise _No("the password or PIN is too short or too simple\n  next step: choose a longer one")
    if getpass("password again: ") != password:
        raise _No("the two passwords differ\n  next step: try again")
    proofs = Proofs()
    secrets = Secrets(proofs.kept(password), proofs.kept(pin) if pin else "")
    if not people.accept(key, person, account, secrets, utc=_utc()):
        raise _No("this token was used meanwhile\n  next step: xiyong account invite")
    print(f"done: {account} can sign in")


def _list(people: People, name: str) -> None:
    for one in people.everyone():
        if name in ("", one.account, one.organisation):
            print(f"{one.account:<20} {one.role:<16} {'active' if one.active else 'off':<8} {one.name}")


def _off(people: People, name: str) -> None:
    if people.person(name) is None:
        raise _No(f"no account {name!r}\n  next step: xiyong account list")
    people.change(name, by=BY, utc=_utc(), active=False)
    print(f"done: {name} is switched off; its sessions end within a second")


def _on(people: People, name: str) -> None:
    if people.person(name) is None:
        raise _No(f"no account {name!r}\n  next step: xiyong account list")
    people.change(name, by=BY, utc=_utc(), active=True)
    print(f"done: {name} is switched on and signs in with the secrets of before")

"""Who people are: accounts of both organisations, their invitations, what happened to them, and who signed with whom.

One rule: this database holds secrets only as argon2 hashes (tokens as SHA-256) and is no part of the journal; it is kept,
not derived, so another version of its tables is refused, never dropped. That two people are two, and both still allowed,
is a constraint of the database as well as a check of the service (invariant I6).
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from controller.domain.reasons import CUSTOMS, Role
from controller.records.errors import RecordsError

ROLES = tuple(role for role in Role if role is not Role.LINE)
CUSTOMS_SIDE, COMPANY_SIDE = "customs", "company"
# Who looks after the accounts of an organisation.
LEADS = {CUSTOMS_SIDE: Role.SECTION_CHIEF, COMPANY_SIDE: Role.SHIFT_LEAD}
ACCOUNT = re.compile(r"[a-z][a-z0-9._-]{1,31}")
# Names that several people would share: an account is one person's.
SHARED = frozenset(ROLES) | {
    "admin", "administrator", "root", "user", "guest", "test", "default", "kiosk", "customs", "company", "line", "daemon",
    "nobody", "command", "console",
}  # fmt: skip
SCHEMA = 1
# As whom the history names whoever works at the machine itself.
MACHINE = "command line"
LEADER_TAKEN = "leader_taken"
PEOPLE_NAME = "people.sqlite"
HISTORY_KEPT = 200_000

METADATA = sa.MetaData()
PEOPLE = sa.Table(
    "people", METADATA,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, sa.CheckConstraint(f"role IN ({', '.join(repr(str(r)) for r in ROLES)})"), nullable=False),
    sa.Column("badge", sa.Text, unique=True),
    sa.Column("password_hash", sa.Text, nullable=False, default=""),
    sa.Column("pin_hash", sa.Text, nullable=False, default=""),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)  # fmt: skip
INVITATIONS = sa.Table(
    "invitations", METADATA,
    sa.Column("token_sha256", sa.Text, primary_key=True),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("expires_utc", sa.Text, nullable=False),
    sa.Column("used", sa.Boolean, nullable=False),
)  # fmt: skip
HISTORY = sa.Table(
    "history", METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("utc", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("terminal", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
)  # fmt: skip
TWO_PEOPLE = sa.Table(
    "two_people", METADATA,
    sa.Column("proposal", sa.Text, primary_key=True),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("first", sa.Text, sa.ForeignKey("people.account"), nullable=False),
    sa.Column("second", sa.Text, sa.ForeignKey("people.account")),
    sa.Column("first_utc", sa.Text, nullable=False),
    sa.Column("second_utc", sa.Text),
    sa.CheckConstraint("second IS NULL OR second <> first", name="two_different_people"),
)  # fmt: skip
# Both must stand in the list of accounts as active, in a role that may do the act, when the second signs.
_BOTH_ALLOWED = """
CREATE TRIGGER both_still_allowed BEFORE UPDATE OF second ON two_people WHEN NEW.second IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'both_still_allowed') WHERE 2 <> (SELECT count(*) FROM people
 WHERE account IN (NEW.first, NEW.second) AND active AND instr(NEW.roles, ' ' || role || ' ') > 0); END
"""
_NO_UNSIGNING = """
CREATE TRIGGER signed_stays BEFORE UPDATE ON two_people WHEN OLD.second IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'signed_stays'); END
"""


class Person(msgspec.Struct, frozen=True):
    """One account. `version` rises with every change of it: a session of another version has ended."""

    account: str
    name: str
    role: Role
    badge: str
    active: bool
    version: int

    @property
    def organisation(self) -> str:
        return organisation_of(self.role)


class Secrets(msgspec.Struct, frozen=True):
    """The hashes of one account; empty = it has none of that kind."""

    password_hash: str = ""
    pin_hash: str = ""

    def __repr__(self) -> str:
        return "Secrets(...)"


class Invitation(msgspec.Struct, frozen=True):
    """A one-time right to set the secrets of `account`, or, when that is empty, to make an organisation's first account."""

    organisation: str
    account: str


def organisation_of(role: Role) -> str:
    return CUSTOMS_SIDE if role in CUSTOMS else COMPANY_SIDE


def open_people(path: Path) -> sa.Engine:
    """The database, its tables made when it is new. Refuses one of another version."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    engine = sa.create_engine(f"sqlite:///{path}")

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for setting in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {setting}").fetchall()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.begin() as connection:
            found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if found == 0:
                METADATA.create_all(connection, checkfirst=False)
                for statement in (_BOTH_ALLOWED, _NO_UNSIGNING, f"PRAGMA user_version={SCHEMA}"):
                    connection.exec_driver_sql(statement)
            elif found != SCHEMA:
                raise RecordsError("people_schema", f"{path.name} has tables of version {found}, this program knows {SCHEMA}",
                                   "use the program that made it, or restore the file from a backup of this version")  # fmt: skip
    except BaseException:
        engine.dispose()  # now that its connection is back: one that is out stays open
        raise
    return engine


class People:
    """The accounts. Every call is one transaction and blocks: it belongs into an executor."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        self._engine.dispose()

    def person(self, account: str) -> Person | None:
        return self._one(PEOPLE.c.account == account)

    def by_badge(self, badge: str) -> Person | None:
        return self._one(PEOPLE.c.badge == badge) if badge else None

    def everyone(self) -> tuple[Person, ...]:
        with self._engine.connect() as connection:
            return tuple(_person(row) for row in connection.execute(sa.select(PEOPLE).order_by(PEOPLE.c.account)))

    def secrets(self, account: str) -> Secrets:
        with self._engine.connect() as connection:
            row = connection.execute(
                sa.select(PEOPLE.c.password_hash, PEOPLE.c.pin_hash).where(PEOPLE.c.account == account)
            ).one_or_none()
        return Secrets(row[0], row[1]) if row is not None else Secrets()

    def without_lead(self) -> tuple[str, ...]:
        """Organisations in which nobody can look after accounts yet."""
        leads = {person.role for person in self.everyone() if person.active}
        return tuple(side for side, role in LEADS.items() if role not in leads)

    def shared(self) -> tuple[str, ...]:
        """Active accounts whose name is nobody's own. The console does not open while there is one."""
        return tuple(person.account for person in self.everyone() if person.active and person.account in SHARED)

    def add(self, person: Person, *, by: str, utc: str) -> None:
        """Raises `RecordsError` for a name or badge that is taken or that several people would share."""
        _check_own(person)
        with self._write() as connection:
            connection.execute(PEOPLE.insert().values(**_columns(person), password_hash="", pin_hash=""))
            _note(connection, utc, "account_added", person.account, by, "", str(person.role))

    def change(self, account: str, secrets_void: bool = False, /, *, by: str, utc: str, **changes: object) -> Person | None:
        """Another role, badge or standing; every session of the account ends by it, and with another role or standing its unused
        tokens are void. `secrets_void`: so are the secrets that it has.
        """
        void = {"password_hash": "", "pin_hash": ""} if secrets_void else {}
        with self._write() as connection:
            before = connection.execute(sa.select(PEOPLE).where(PEOPLE.c.account == account)).one_or_none()
            values = {**changes, **void, "version": PEOPLE.c.version + 1}
            connection.execute(PEOPLE.update().where(PEOPLE.c.account == account).values(**values))
            words = ", ".join(f"{key}={value}" for key, value in sorted(changes.items()))
            _note(connection, utc, "account_changed", account, by, "", words + (", secrets void" if secrets_void else ""))
            if secrets_void or not changes.keys().isdisjoint(("role", "active")):
                connection.execute(INVITATIONS.update().where(INVITATIONS.c.account == account).values(used=True))
            if before is not None and _is_lead(before.role, before.active) and not _is_lead(
                changes.get("role", before.role), changes.get("active", before.active)
            ):  # fmt: skip
                _note(connection, utc, LEADER_TAKEN, account, by, "", str(before.role))
        return self.person(account)

    def leaders_taken(self, role: Role, since_utc: str) -> frozenset[str]:
        """Accounts that were active leaders until another one, not the machine, switched them off or gave them another role."""
        asked = sa.select(HISTORY.c.account).where(
            HISTORY.c.kind == LEADER_TAKEN, HISTORY.c.code == str(role), HISTORY.c.utc >= since_utc,
            HISTORY.c.by != HISTORY.c.account, HISTORY.c.by != MACHINE,
        )  # fmt: skip
        with self._engine.connect() as connection:
            return frozenset(connection.execute(asked).scalars())

    def invite(self, token_sha256: str, invitation: Invitation, *, expires_utc: str, by: str, utc: str) -> None:
        with self._write() as connection:
            connection.execute(INVITATIONS.insert().values(
                token_sha256=token_sha256, organisation=invitation.organisation, account=invitation.account,
                expires_utc=expires_utc, used=False,
            ))  # fmt: skip
            _note(connection, utc, "invited", invitation.account, by, "", invitation.organisation)

    def invitation(self, token_sha256: str, *, utc: str) -> Invitation | None:
        with self._engine.connect() as connection:
            return _invitation(connection, token_sha256, utc)

    def accept(self, token_sha256: str, person: Person | None, account: str, secrets: Secrets, *, utc: str) -> bool:
        """Use an invitation up: make `person` first when it is an organisation's first account, then set the secrets. False where
        the token no longer counts, or the organisation has somebody by now who looks after its accounts.

        Raises `RecordsError` as `add` does; then the invitation still stands.
        """
        if person is not None:
            _check_own(person)
        with self._write() as connection:
            if _invitation(connection, token_sha256, utc) is None or (person is not None and _has_lead(connection, person.role)):
                return False
            connection.execute(INVITATIONS.update().where(INVITATIONS.c.token_sha256 == token_sha256).values(used=True))
            if person is not None:
                connection.execute(PEOPLE.insert().values(**_columns(person), password_hash="", pin_hash=""))
            new: dict[str, object] = {"version": PEOPLE.c.version + 1, "password_hash": secrets.password_hash}
            new["pin_hash"] = secrets.pin_hash
            connection.execute(PEOPLE.update().where(PEOPLE.c.account == account).values(**new))
            _note(connection, utc, "secrets_set", account, account, "", "")
        return True

    def note(self, utc: str, kind: str, account: str, terminal: str, code: str = "") -> None:
        with self._write() as connection:
            _note(connection, utc, kind, account, account, terminal, code)

    def history(self, newest: int = 200) -> tuple[dict[str, object], ...]:
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(HISTORY).order_by(HISTORY.c.id.desc()).limit(newest))
            return tuple(dict(row._mapping) for row in rows)

    def propose(self, proposal: str, act: str, roles: Sequence[Role], first: str, *, utc: str, over_utc: str = "") -> None:
        """Written before the second signs. What was written before `over_utc` and nobody signed goes; what is signed stays."""
        with self._write() as connection:
            connection.execute(TWO_PEOPLE.delete().where(TWO_PEOPLE.c.second.is_(None), TWO_PEOPLE.c.first_utc < over_utc))
            connection.execute(TWO_PEOPLE.insert().values(
                proposal=proposal, act=act, roles=f" {' '.join(roles)} ", first=first, first_utc=utc
            ))  # fmt: skip

    def sign(self, proposal: str, second: str, *, utc: str) -> bool:
        """The second signature; False when the database finds that these are not two people who both may."""
        try:
            with self._engine.begin() as connection:
                done = connection.execute(
                    TWO_PEOPLE.update().where(TWO_PEOPLE.c.proposal == proposal).values(second=second, second_utc=utc)
                )
                return done.rowcount == 1
        except sa.exc.IntegrityError:
            return False

    def _one(self, where: sa.ColumnElement[bool]) -> Person | None:
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(PEOPLE).where(where)).one_or_none()
        return _person(row) if row is not None else None

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except sa.exc.IntegrityError as error:
            raise _refused("the account or badge is taken, or the role is none") from error


def _refused(cause: str) -> RecordsError:
    return RecordsError("account_refused", cause, "use a person's own account name (two to 32 small letters, digits, . _ -)")


def _check_own(person: Person) -> None:
    if not ACCOUNT.fullmatch(person.account) or person.account in SHARED or not person.name.strip():
        raise _refused(f"{person.account!r} is no person's own account name")


def _columns(person: Person) -> dict[str, object]:
    return {
        "account": person.account, "name": person.name.strip(), "role": str(person.role), "badge": person.badge or None,
        "active": person.active, "version": person.version,
    }  # fmt: skip


def _person(row: Any) -> Person:
    return Person(row.account, row.name, Role(row.role), row.badge or "", bool(row.active), int(row.version))


def _invitation(connection: sa.Connection, token_sha256: str, utc: str) -> Invitation | None:
    row = connection.execute(sa.select(INVITATIONS).where(INVITATIONS.c.token_sha256 == token_sha256)).one_or_none()
    if row is None or row.used or row.expires_utc <= utc:
        return None
    return Invitation(cast(str, row.organisation), cast(str, row.account))


def _is_lead(role: object, active: object) -> bool:
    return bool(active) and role in LEADS.values()


def _has_lead(connection: sa.Connection, role: Role) -> bool:
    """Each start without one prints a token: the first that is used is the last."""
    active = sa.select(PEOPLE.c.account).where(PEOPLE.c.role == str(role), PEOPLE.c.active).limit(1)
    return connection.execute(active).one_or_none() is not None


def _note(connection: sa.Connection, utc: str, kind: str, account: str, by: str, terminal: str, code: str) -> None:
    done = connection.execute(
        HISTORY.insert().values(utc=utc, kind=kind, account=account, by=by, terminal=terminal, code=code[:500])
    )
    oldest = int(done.inserted_primary_key[0]) - HISTORY_KEPT  # type: ignore[index]
    if oldest > 0:
        connection.execute(HISTORY.delete().where(HISTORY.c.id <= oldest))

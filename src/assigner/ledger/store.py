"""The database of a ledger: a SQLite file, or PostgreSQL for several sites, set so that a commit stays."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy import exc

from assigner import extras
from assigner.errors import LedgerStoreError

HEAD = "0003"
"""The version of the schema that this software writes."""

APPLICATION_ID = 0x41534C47
SOUND_WAL = (3, 51, 3)
"""The first SQLite whose write-ahead log cannot lose the pages of a reset."""

REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs"})
"""File systems over a network, on which SQLite's locks cannot be trusted."""

Journal = Literal["delete", "wal"]

WAIT_MS = 30_000
"""How long a writer waits for others, in milliseconds."""

ON_SQLITE = {
    "busy_timeout": str(WAIT_MS),
    "recursive_triggers": "ON",
    "cell_size_check": "ON",
    "secure_delete": "ON",
    "mmap_size": "0",
}
"""Settings of each connection. `trusted_schema` stays on: SQLite's JSON functions, of which the columns are made, count
as unsafe in a schema that is not trusted. No function of ours is registered, and verifying compares the schema."""

ON_POSTGRESQL = {
    "lock_timeout": str(WAIT_MS),
    "statement_timeout": str(2 * WAIT_MS),
    "idle_in_transaction_session_timeout": "10000",
    "tcp_user_timeout": "15000",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "synchronous_commit": "on",
    "timezone": "UTC",
}
"""Settings of each session; with `synchronous_standby_names` set on the server, `on` waits for the standby too."""

READS = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; "
    "SET LOCAL idle_in_transaction_session_timeout = 0"  # a reader, who may compute in between, keeps nobody waiting
)
LOCKS = (
    "SELECT pg_advisory_xact_lock(1095978055, 'entry'::regclass::oid::int), "
    "pg_logical_emit_message(true, 'assigner', '')"
)
"""One writer at a time. The message makes each commit wait for the standby: also that of a transaction which found its
request recorded, and writes nothing."""

WARNED = "assigner: warned"
OPENED = "assigner: opened"

ON_THE_WIRE = {
    "connect_timeout": 10,
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
"""So that a server that falls silent is noticed."""


@frozen(eq=False)
class Store:
    """An open database.

    Attributes:
        name: what errors call it: its path or URL, without a password.
        file: the file of a SQLite database.
        writer: the same engine, whose transactions are of the one writer at a time.
    """

    name: str
    engine: sa.Engine = field(repr=False)
    file: Path | None
    writer: sa.Engine = field(init=False, repr=False)

    @writer.default
    def _writer(self) -> sa.Engine:
        return self.engine.execution_options(writes=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is one file."""
        return self.file is not None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state.

        Raises:
            LedgerStoreError: when the database cannot be read.
        """
        with self.errors(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql(READS)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction of the one writer at a time; it is committed when the block ends, or nothing of it stays.

        Raises:
            LedgerStoreError: when the database cannot be written.
        """
        with self.errors(), self.writer.begin() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql(LOCKS)
            yield connection
            told = connection.info
            told.pop(WARNED, None)
        if WARNED in told:  # at the COMMIT: the standby has not answered in time
            raise LedgerStoreError(self.name, "a commit that the standby has too", told[WARNED], in_doubt=True)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn the errors of the database into ours."""
        try:
            yield
        except (exc.SQLAlchemyError, sqlite3.Error, UnicodeDecodeError) as error:  # the last one of a damaged schema
            raise _told(self.name, error) from error

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()

    def discard(self) -> None:
        """Let a database go whose making failed, and remove its file."""
        self.close()
        if self.file is not None:
            for end in ("", "-journal", "-wal", "-shm"):
                Path(f"{self.file}{end}").unlink(missing_ok=True)


def create(url: str, *, journal: Journal = "delete") -> Store:
    """Make the tables of a new ledger: a new SQLite file, or an empty PostgreSQL schema.

    Raises:
        LedgerStoreError: when it exists already or cannot be made.
    """
    file = file_of(url)
    if file is not None:
        _expect_local(file)
        _new_file(file)
    store = _store(url, file)
    try:
        if file is not None:
            with store.errors():
                _set_up(file, journal)
        migrate(store)
    except BaseException:
        store.discard()
        raise
    return store


def connect(url: str) -> Store:
    """Open a ledger.

    Raises:
        LedgerStoreError: when there is none, or one of another schema.
    """
    store = unchecked(url)
    try:
        found = version_of(store)
        if found != HEAD:
            raise LedgerStoreError(store.name, f"a ledger of schema {HEAD}", found or "no ledger", _of_schema(found))
    except BaseException:
        store.close()
        raise
    return store


def unchecked(url: str) -> Store:
    """Open a database, of whatever schema.

    Raises:
        LedgerStoreError: when it is a file that does not exist, or lies where it must not.
    """
    return _store(url, existing_file_of(url))


def existing_file_of(url: str) -> Path | None:
    """The file of a SQLite ledger; None for PostgreSQL.

    Raises:
        LedgerStoreError: when it does not exist, or lies where it must not.
    """
    file = file_of(url)
    if file is not None:
        _expect_local(file)
        if not file.is_file():
            raise LedgerStoreError(str(file), "a ledger", "no such file")
    return file


def version_of(store: Store) -> str | None:
    """The version of a database's schema; None when it holds no ledger."""
    with store.reading() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def migrate(store: Store) -> None:
    """Bring the schema to the version that this software writes; entries keep their bytes.

    Raises:
        LedgerStoreError: when it cannot be done.
    """
    found = version_of(store)
    if found is None and not _is_empty(store):
        raise LedgerStoreError(store.name, "a ledger, or an empty database", "another one")
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    try:
        with store.errors(), store.writer.begin() as connection:
            if not store.is_sqlite and found is not None:
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = 0; {LOCKS}")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise LedgerStoreError(store.name, f"a ledger of schema {HEAD}", str(found), _of_schema(found)) from error


def _is_empty(store: Store) -> bool:
    with store.reading() as connection:
        return not sa.inspect(connection).get_table_names()


def file_of(url: str) -> Path | None:
    """The file of a SQLite ledger, given by its path or as `sqlite:///PATH`; None for PostgreSQL.

    Raises:
        LedgerStoreError: when the URL is neither.
    """
    scheme, sign, rest = url.partition("://")
    if not sign:
        return Path(url)
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        return Path(rest[1:])
    if scheme in ("postgresql", "postgres"):
        return None
    raise LedgerStoreError("ledger", "a path, sqlite:///PATH or postgresql://...", repr(scheme))


def _of_schema(found: str | None) -> str | None:
    if found is None:
        return None
    newer = f"it is of schema {found}; this software writes {HEAD} and must not read it"
    return newer if found > HEAD else f"it is of schema {found}: run `assigner ledger migrate` first"


def _store(url: str, file: Path | None) -> Store:
    if file is not None:
        return Store(str(file), _engine_of(file), file)
    extras.check_installed("ledger", "psycopg")
    try:
        address = sa.make_url(re.sub("^postgres(ql)?://", "postgresql+psycopg://", url))
    except exc.ArgumentError as error:
        raise LedgerStoreError("ledger", "a URL of PostgreSQL", "something else") from error
    options = " ".join(f"-c {key}={value}" for key, value in ON_POSTGRESQL.items())
    given = address.query.get("options", "")
    engine = sa.create_engine(
        address.difference_update_query(["options"]),
        connect_args={"options": f"{options} {given}".strip(), **ON_THE_WIRE},
        isolation_level="READ COMMITTED",
        pool_size=1,
        max_overflow=4,
        hide_parameters=True,
    )
    sa.event.listen(engine, "do_connect", _connect)
    sa.event.listen(engine, "connect", _listen)
    return Store(address.set(drivername="postgresql").render_as_string(hide_password=True), engine, None)


def _connect(_dialect: Any, _record: Any, given: Any, named: Any) -> Any:
    from assigner.ledger.connections import Connection

    return Connection.connect(*given, **named)


def _listen(connection: Any, record: Any) -> None:
    """Keep what a server warns of, with the connection."""

    def hear(told: Any) -> None:
        if told.severity_nonlocalized == "WARNING":
            record.info[WARNED] = told.message_primary

    connection.add_notice_handler(hear)


# -------------------------------------------------------------------------------------------------------------- SQLite


def _new_file(file: Path) -> None:
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise LedgerStoreError(str(file), "no file yet", "one that exists; it is not replaced") from error
    except OSError as error:
        raise LedgerStoreError(str(file), "a file that can be made", error.strerror or "an error") from error


def _set_up(file: Path, journal: Journal) -> None:
    """Set what the file itself remembers."""
    if journal == "wal":
        _expect_sound_wal(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _engine_of(file: Path) -> sa.Engine:
    """An engine that keeps one connection, as long as the file that it was opened from stands there."""
    engine = sa.create_engine("sqlite://", poolclass=sa.QueuePool, pool_size=1, max_overflow=-1)

    def connect(_dialect: Any, record: Any, *_: Any) -> sqlite3.Connection:
        record.info[OPENED] = _which(file)
        return _connected(file)

    def expect_same(_connection: Any, record: Any, _: Any) -> None:
        if record.info[OPENED] != _which(file):
            raise exc.DisconnectionError("another file stands there")

    sa.event.listen(engine, "do_connect", connect)
    sa.event.listen(engine, "checkout", expect_same)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _connected(file: Path) -> sqlite3.Connection:
    """A connection that creates no file and syncs each commit."""
    readable = "rw" if os.access(file, os.W_OK) else "ro"
    address = f"file:{quote(str(file.absolute()))}?mode={readable}"
    connection = sqlite3.connect(
        address, uri=True, isolation_level=None, timeout=WAIT_MS / 1000, check_same_thread=False
    )
    try:
        for name, value in ON_SQLITE.items():
            connection.execute(f"PRAGMA {name} = {value}")
        if hasattr(connection, "setconfig"):  # Python 3.12
            connection.setconfig(getattr(sqlite3, "SQLITE_DBCONFIG_DEFENSIVE"), True)  # noqa: B009
        (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
        if journal == "wal":
            _expect_sound_wal(file)
        elif journal != "delete":
            raise sqlite3.OperationalError(f"journal mode {journal}")
        connection.execute(f"PRAGMA synchronous = {'FULL' if journal == 'wal' else 'EXTRA'}")
    except BaseException:
        connection.close()
        raise
    return connection


def _which(file: Path) -> tuple[int, ...] | None:
    """Which file stands at a path, who may use it, and the process that asks; None when there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mode, os.getpid()


def _begin(connection: sa.Connection) -> None:
    """Take the write lock before anything is read, where something will be written."""
    driver = driver_of(connection)
    driver.execute("PRAGMA shrink_memory")  # no page from before a copy was written over the file
    driver.execute("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def driver_of(connection: sa.Connection) -> sqlite3.Connection:
    """The connection to a SQLite file that lies under SQLAlchemy's, for what is asked often in the same words."""
    found: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return found


def _expect_sound_wal(file: Path) -> None:
    if sqlite3.sqlite_version_info < SOUND_WAL:
        wanted = ".".join(map(str, SOUND_WAL))
        raise LedgerStoreError(
            str(file), f"SQLite {wanted} or newer for the journal mode 'wal'", sqlite3.sqlite_version
        )


def _expect_local(file: Path) -> None:
    """Refuse a file system over a network, where the system tells of which kind it is."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    within = str(file.absolute().parent.resolve())
    best = ("", "")
    for line in mounts:
        _, at, kind, *_ = line.split(" ")
        folder = re.sub(r"\\(\d{3})", lambda found: chr(int(found[1], 8)), at)
        if within == folder or within.startswith(folder.rstrip("/") + "/"):
            best = max(best, (folder, kind), key=lambda each: len(each[0]))
    if best[1] in REMOTE:
        raise LedgerStoreError(str(file), "a file system of this machine; use PostgreSQL for several", best[1])


# -------------------------------------------------------------------------------------------------------------- errors


def _told(name: str, error: Exception) -> LedgerStoreError:
    """What went wrong, without the values that were written."""
    cause = getattr(error, "orig", None)
    why = str(cause if cause is not None else error).strip().splitlines()
    told = why[0] if why else type(error).__name__
    broken = isinstance(error, exc.DBAPIError) and error.connection_invalidated
    return LedgerStoreError(name, "a database that can be read and written", told, in_doubt=broken)

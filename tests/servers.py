"""A real PostgreSQL server that a test starts, kills and starts again, and a proxy that cuts its connections."""

from __future__ import annotations

import functools
import os
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "ssl": "on",
    "shared_buffers": "16MB",
    "max_connections": "40",
    "autovacuum": "off",
    "jit": "off",
    "dynamic_shared_memory_type": "mmap",  # in its folder, where a server that is killed leaves nothing behind
    "log_min_messages": "fatal",
    "max_wal_size": "1GB",
}
HOSTS = "local all all trust\nlocal replication all trust\nhostssl all all 127.0.0.1/32 trust\n"
ROLES, DATABASE = re.findall(
    "```sql\n(.*?)```", (Path(__file__).parents[1] / "docs/ledger.md").read_text(encoding="utf-8"), re.DOTALL
)
"""What the docs tell an administrator to run: once for a server, and once for a trial."""


def binaries() -> Path:
    """The folder of the server's newest programs; without them the test is skipped."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("postgres")
    if not found and on_path is None:
        pytest.skip("no PostgreSQL server here (Debian's package postgresql)")
    return (found[-1] if found else Path(str(on_path))).parent


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Server:
    """A server on a socket in a folder of its own; as root it runs as the user `postgres`, since root may not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = binaries()
        self.data = folder / "data"
        self.port = free_port()
        self.socket = folder / f".s.PGSQL.{self.port}"
        self.count = 0
        self.running: subprocess.Popen[bytes] | None = None

    def run(self, program: str, *arguments: str) -> None:
        told = [str(self.bin / program), *arguments]
        subprocess.run(told, check=True, capture_output=True, cwd=self.folder, **as_whom())

    def make(self) -> None:
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "--no-sync", "--no-instructions",
                 "-E", "UTF8", "--locale=C", "--data-checksums")  # fmt: skip
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
            file.write(f"unix_socket_directories = '{self.folder}'\nport = {self.port}\n")
        (self.data / "pg_hba.conf").write_text(HOSTS, encoding="ascii")
        for name, written in zip(("server.crt", "server.key"), certificate(), strict=True):
            (self.data / name).write_bytes(written)
            (self.data / name).chmod(0o600)
            if os.geteuid() == 0:
                shutil.chown(self.data / name, "postgres", "postgres")

    def follow(self, primary: Server) -> None:
        """Be the standby of another server."""
        self.run("pg_basebackup", "-h", str(primary.folder), "-p", str(primary.port), "-U", "postgres", "-D",
                 str(self.data), "-R", "-X", "stream", "--checkpoint=fast", "--no-sync")  # fmt: skip
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(f"unix_socket_directories = '{self.folder}'\nport = {self.port}\n")

    def start(self) -> None:
        """Start it, again where the last process of a killed server still holds its memory."""
        told = [str(self.bin / "postgres"), "-D", str(self.data)]
        until = time.monotonic() + 60
        self.running = None
        while self.running is None or not self.answers():
            assert time.monotonic() < until, (self.folder / "log").read_text()
            if self.running is None or self.running.poll() is not None:
                with open(self.folder / "log", "ab") as log:
                    self.running = subprocess.Popen(told, stdout=log, stderr=log, cwd=self.folder, **as_whom())
            time.sleep(0.02)

    def answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """Kill all of the server at once, as `kill -9` does."""
        assert self.running is not None
        pid = self.running.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        for each in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self.running.wait()
        self.running = None

    def stop(self) -> None:
        if self.running is not None:
            self.running.send_signal(signal.SIGQUIT)
            self.running.wait()

    def execute(self, text: str, database: str = "postgres", user: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(
            host=str(self.folder), port=self.port, dbname=database, user=user, autocommit=True, connect_timeout=10
        ) as connection:
            cursor = connection.execute(text)
            return cursor.fetchall() if cursor.description else []

    def database(self) -> str:
        """A new database of the owner's, in which others may do nothing yet."""
        self.count += 1
        name = f"trial{self.count}"
        for statement in DATABASE.replace("trial1", name).split(";\n"):
            self.execute(statement)
        return name

    def url(self, database: str, user: str = "trial_owner", *, through: Path | None = None, **options: str) -> str:
        given = "".join(f" -c {name}={value}" for name, value in options.items())
        where = f"host={through or self.folder}&port={self.port}"
        return f"postgresql://{user}@/{database}?{where}&options={given.replace(' ', '%20')}"


@functools.cache
def certificate() -> tuple[bytes, bytes]:
    """A certificate of 127.0.0.1, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(pem), private


def as_whom() -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("no user `postgres`, and a server does not run as root")
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


@contextmanager
def server(primary: Server | None = None) -> Iterator[Server]:
    """A running server, in memory where there is a folder in memory: `kill -9` takes nothing from it.

    Args:
        primary: whose standby it is.
    """
    where = "/dev/shm" if Path("/dev/shm").is_dir() else None
    binaries()
    with tempfile.TemporaryDirectory(dir=where) as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        made = Server(Path(folder))
        if primary is None:
            made.make()
        else:
            made.follow(primary)
        try:
            made.start()
            if primary is None:
                made.execute(f"{ROLES}; CREATE ROLE stranger LOGIN")
            yield made
        finally:
            made.stop()


class Proxy:
    """Between a client and a server's socket: passes bytes on, until one connection is cut or falls silent."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.folder = Path(tempfile.mkdtemp())
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(self.folder / target.name))
        self.listening.listen()
        self.left: int | None = None
        self.silent = False
        self.has_cut = False
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.listening.shutdown(socket.SHUT_RDWR)
        for each in self.threads:
            each.join(10)
        self.listening.close()
        shutil.rmtree(self.folder)

    def cut_after(self, answers: int) -> None:
        """Cut one connection after so many answers of the server: the next one is lost."""
        self.left, self.silent, self.has_cut = answers, False, False

    def fall_silent_after(self, messages: int) -> None:
        """Pass nothing on after so many messages of either side, and close nothing: neither of them notices."""
        self.left, self.silent, self.has_cut = messages, True, False

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                self.threads.append(threading.Thread(target=self._serve, args=(client,)))
                self.threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as behind, suppress(OSError):
            behind.connect(str(self.target))
            while True:
                for come in select.select([client, behind], [], [])[0]:
                    read = come.recv(1 << 16)
                    if not read:
                        return
                    if (self.silent or come is behind) and self._cuts():
                        if self.silent:
                            self.over.wait()
                        return
                    (behind if come is client else client).sendall(read)

    def _cuts(self) -> bool:
        if self.left is None:
            return False
        self.left -= 1
        if self.left >= 0:
            return False
        self.left, self.has_cut = None, True
        return True

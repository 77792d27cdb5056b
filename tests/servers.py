"""A PostgreSQL server of the tests' own: started from the installed binaries, in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)), None)
WHY_NOT = "no PostgreSQL server is installed (Debian: postgresql)"


@frozen
class Server:
    """A server that runs.

    Attributes:
        folder: its data.
        port: on the loopback address.
        user: whom it runs as; PostgreSQL refuses root.
    """

    folder: Path
    port: int
    user: str | None

    def url(self, database: str = "postgres", user: str = "owner", port: int | None = None) -> str:
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}"

    def start(self, *settings: str) -> None:
        quick = ("-c", "listen_addresses=127.0.0.1", "-c", f"port={self.port}", "-c", "unix_socket_directories=")
        more = [part for each in settings for part in ("-c", each)]
        with open(self.folder / "log", "ab") as log:
            subprocess.Popen(
                _as(self.user, [str(PROGRAMS), "-D", str(self.folder / "data"), *quick, *more]),
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        for _ in range(600):
            if self._answers():
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def _answers(self) -> bool:
        ready = [str(PROGRAMS.parent / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    @property
    def pid(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """End it and all its children as a power cut of the processes would."""
        pid = self.pid
        os.killpg(pid, signal.SIGKILL)
        for _ in range(400):
            if not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]:
                break
            time.sleep(0.01)
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def run(self, program: str, *arguments: str) -> str:
        """A program of PostgreSQL's, as the server's user."""
        done = subprocess.run(
            _as(self.user, [str(PROGRAMS.parent / program), *arguments]),
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout


def _as(user: str | None, command: list[str]) -> list[str]:
    return command if user is None else ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def server(*settings: str) -> Iterator[Server]:
    """A new server, with the user `owner`; it is gone with the block."""
    assert PROGRAMS is not None
    folder = Path(tempfile.mkdtemp(prefix="postgres"))
    user = "postgres" if os.geteuid() == 0 else None
    made = Server(folder, free_port(), user)
    try:
        if user is not None:
            shutil.chown(folder, user)
        made.run(
            "initdb", "-D", str(folder / "data"), "-U", "owner", "-A", "trust", "-k", "-N", "--locale=C", "-E", "UTF8"
        )
        made.start(*settings)
        yield made
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            made.kill()
        shutil.rmtree(folder, ignore_errors=True)

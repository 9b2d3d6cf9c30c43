"""A PostgreSQL server of the tests' own: on a socket in a temporary directory, gone when they are over."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import sqlalchemy as sa

NOBODY_OF_IT = "no PostgreSQL server here: apt-get install postgresql and pip install 'dialai[postgres]'"
_DEBIAN = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """Return the directory of `initdb` and `pg_ctl`; None where there is no server to run."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return next((path.parent for path in sorted(_DEBIAN.glob("*/bin/initdb"), reverse=True)), None)


class PrivatePostgres:
    """A running server; each `url` it gives is an empty database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    def url(self) -> str:
        """Make a database and return its address."""
        name = f"log{next(self._numbers)}"
        engine = sa.create_engine(self._address("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._address(name)

    def _address(self, name: str) -> str:
        return f"postgresql+psycopg://dialai@/{name}?host={self._folder}"


@contextmanager
def running(bin_: Path) -> Iterator[PrivatePostgres]:
    """Run a server until the block is left. Root may not run one, so it lends it to another user."""
    folder = Path(tempfile.mkdtemp(prefix="dialai-pg-", dir="/tmp"))  # a socket's path must be short
    as_user: dict[str, int | str] = {}
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid}

    def run(program: str, *options: str) -> None:
        log = folder / "programs.log"
        with log.open("ab") as out:
            done = subprocess.run(  # noqa: S603 - our own command line
                [bin_ / program, "-D", folder / "data", *options],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                check=False,
                **as_user,
            )
        assert done.returncode == 0, log.read_text()

    try:
        run("initdb", "--username=dialai", "--auth=trust", "--encoding=UTF8", "--no-sync")
        own = f"-c unix_socket_directories={folder} -c listen_addresses= -c fsync=off"
        run("pg_ctl", "--wait", "--log", str(folder / "server.log"), "--options", own, "start")
        try:
            yield PrivatePostgres(folder)
        finally:
            run("pg_ctl", "--wait", "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder)

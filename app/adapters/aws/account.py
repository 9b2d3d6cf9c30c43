"""Which AWS account this machine points to, told without a single request; proves nothing of it.

Looks where botocore's chain looks, except where looking means asking: roles of EC2 instances are not
searched for, and a role, a sign-on or a helper program that is named counts as found.
"""

import contextlib
import errno
import os
import re
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from app.domain import written

_PREFIX: Final = "AWS_"
_KEY_ID, _SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
_IDENTITY: Final = frozenset(
    {_KEY_ID, _SECRET, "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CREDENTIAL_EXPIRATION"}
)
"""Variables that belong together: half of them from one place and half from another open no door."""

_SENT: Final = (_KEY_ID, _SECRET, "AWS_SESSION_TOKEN")
_UNFIT: Final = re.compile(r"[^!-~]")
"""Nobody can tell such a key from a wrong one, nor such a token from a broken connection."""

_REGIONS: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")
_LENT: Final = {
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "the container's role",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "the container's role",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "the role of AWS_WEB_IDENTITY_TOKEN_FILE",
}
_PROFILES: Final = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
"""In the order in which botocore looks at them."""

_IN_PROFILE: Final = {
    "aws_access_key_id": "access key",
    "role_arn": "role",
    "sso_session": "single sign-on",
    "sso_start_url": "single sign-on",
    "login_session": "login",
    "credential_process": "credential_process",
    "web_identity_token_file": "web identity",
}
_KEYS_IN_PROFILE: Final = ("aws_access_key_id", "aws_secret_access_key")
_FILES: Final = (("AWS_SHARED_CREDENTIALS_FILE", "credentials"), ("AWS_CONFIG_FILE", "config"))


@dataclass(frozen=True, slots=True)
class Account:
    """Where credentials were found and the region that goes with them; `missing` says what was not.

    `todo` is what to do about something that is there and cannot be used; empty where nothing is.
    """

    source: str = ""
    region: str = ""
    missing: str = ""
    todo: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether requests could be signed, and where to send them is known."""
        return not self.missing


def find_account(environ: Mapping[str, str] = os.environ, *, whole: bool = False) -> Account:
    """Return what can be seen from here. Reads at most two small files; asks no one, raises nothing.

    `whole` looks at ~/.aws also where the environment says all: a client trips over what is wrong there.
    """
    region = next((environ[name] for name in _REGIONS if environ.get(name)), "")
    source = _in_environment(environ)
    if half := _half(environ, _KEY_ID, _SECRET):
        return Account("", region, f"{half[0]} is set without {half[1]}", f"set {half[1]} or unset {half[0]}")
    if unfit := next((name for name in _SENT if _UNFIT.search(environ.get(name, ""))), ""):
        missing = f"{unfit} holds a blank, a line break or a sign that no key has"
        return Account("", region, missing, f"copy {unfit} again, to its last letter and no further")
    # The profile is read through botocore, whose import takes a tenth of a second: not for nothing.
    is_wanted = whole or not source or not region
    if is_wanted and (any(map(environ.get, _PROFILES)) or any(_files(environ))):
        try:
            profile = _profile(environ)
        except _UnusableFilesError as wrong:
            return Account(source, region, wrong.says, wrong.todo)
        name = profile["name"]
        if not source and (half := _half(profile, *_KEYS_IN_PROFILE)):
            missing = f"{half[0]} of the profile {name} is there without {half[1]}"
            return Account("", region, missing, f"give the profile both, or put {half[0]} away")
        source = source or next(
            (f"profile {name} ({kind})" for key, kind in _IN_PROFILE.items() if profile.get(key)), ""
        )
        region = region or str(profile.get("region") or "")
        try:
            region = region and written.region(region)
        except ValueError as error:
            return Account(source, "", f"AWS credentials, but region={region!r} of the profile: {error}")
    if not source:
        return Account("", region, "no AWS credentials in the environment, in .env or in ~/.aws")
    missing = "" if region else "AWS credentials, but no region: set AWS_REGION"
    return Account(source, region, missing)


def lend_dotenv(path: Path, environ: MutableMapping[str, str] = os.environ) -> None:
    """Put the file's AWS_ variables into the environment, where every AWS client looks; which wins over it.

    Who has an identity there already is given none of the file's. A file that is not there lends nothing;
    raises OSError and UnicodeDecodeError for one that cannot be read, ValueError for a line that is none.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a directory", str(path.absolute()))
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as lines:
        holed = next((number for number, line in enumerate(lines, 1) if "\0" in line), None)
        if holed is not None:
            # The system takes no such value; text of 16 bits a letter has one behind each.
            raise ValueError(f"line {holed} of {path.absolute()} holds a NUL: save the file as UTF-8 text")
        lines.seek(0)
        wrong = next((binding.original.line for binding in parse_stream(lines) if binding.error), None)
    if wrong is not None:
        raise ValueError(f"line {wrong} of {path.absolute()} cannot be read: write NAME=value")
    has_identity = any(environ.get(name) for name in _IDENTITY)
    has_region = any(environ.get(name) for name in _REGIONS)
    for name, value in dotenv_values(path).items():
        is_ours = not (has_identity and name in _IDENTITY) and not (has_region and name in _REGIONS)
        if name.startswith(_PREFIX) and value and is_ours:
            environ.setdefault(name, value)


def _in_environment(environ: Mapping[str, str]) -> str:
    if environ.get(_KEY_ID) and environ.get(_SECRET):
        return _KEY_ID
    if any(map(environ.get, _PROFILES)):
        return ""
    return next((told for name, told in _LENT.items() if environ.get(name)), "")


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    for variable, name in _FILES:
        # Of a user who does not exist there is no home, and so no such file.
        with contextlib.suppress(RuntimeError):
            path = Path(environ.get(variable) or f"~/.aws/{name}").expanduser()
            if path.is_file():
                yield path


class _UnusableFilesError(Exception):
    """botocore cannot use ~/.aws as it is: `says` what is wrong and where, in a line, `todo` what to do."""

    def __init__(self, says: str, todo: str) -> None:
        super().__init__(says)
        self.says = says
        self.todo = todo


def _profile(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of the profile in force with its name. Raises _UnusableFilesError."""
    from botocore.exceptions import (  # noqa: PLC0415 - see find_account
        BotoCoreError,
        ConfigParseError,
        ProfileNotFound,
    )
    from botocore.session import Session  # noqa: PLC0415

    session = Session()
    try:
        return {**session.get_scoped_config(), "name": session.profile or "default"}
    except ProfileNotFound as error:
        variable = next(name for name in _PROFILES if environ.get(name))
        says = f"{variable} names the profile {error.kwargs['profile']}, which is not in ~/.aws"
        raise _UnusableFilesError(says, f"correct {variable} or unset it") from None
    except ConfigParseError as error:
        says = f"{error.kwargs['path']} cannot be read as AWS's settings"
        raise _UnusableFilesError(says, "correct that file or put it away") from None
    except BotoCoreError as error:
        raise _UnusableFilesError(" ".join(str(error).split()), "correct ~/.aws/config") from None
    except OSError as error:
        says = f"{error.filename or '~/.aws'} cannot be read: {error.strerror or error}"
        raise _UnusableFilesError(says, "let this user read it") from None


def _half(given: Mapping[str, Any], key: str, secret: str) -> tuple[str, str] | None:
    """Return the name of the one that is there and of the one that is not, where only one is."""
    if bool(given.get(key)) is bool(given.get(secret)):
        return None
    return (key, secret) if given.get(key) else (secret, key)

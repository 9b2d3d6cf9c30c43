"""Which AWS account this machine points to, told without a single request; proves nothing of it.

Looks where botocore's chain looks, except where looking means asking: roles of EC2 instances are not
searched for, and a role, a sign-on or a helper program that is named counts as found.
"""

import contextlib
import errno
import os
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

_REGIONS: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")
_LENT: Final = {
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "the container's role",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "the container's role",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "the role of AWS_WEB_IDENTITY_TOKEN_FILE",
}
_IN_PROFILE: Final = {
    "aws_access_key_id": "access key",
    "role_arn": "role",
    "sso_session": "single sign-on",
    "sso_start_url": "single sign-on",
    "login_session": "login",
    "credential_process": "credential_process",
    "web_identity_token_file": "web identity",
}
_FILES: Final = (("AWS_SHARED_CREDENTIALS_FILE", "credentials"), ("AWS_CONFIG_FILE", "config"))


@dataclass(frozen=True, slots=True)
class Account:
    """Where credentials were found and the region that goes with them; `missing` says what was not."""

    source: str = ""
    region: str = ""
    missing: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether requests could be signed, and where to send them is known."""
        return not self.missing


def find_account(environ: Mapping[str, str] = os.environ) -> Account:
    """Return what can be seen from here. Reads at most two small files; asks no one, raises nothing."""
    region = next((environ[name] for name in _REGIONS if environ.get(name)), "")
    source = _in_environment(environ)
    if environ.get(_KEY_ID) and not environ.get(_SECRET):
        return Account("", region, f"{_KEY_ID} is set without {_SECRET}")
    # The profile is read through botocore, whose import takes a tenth of a second: not for nothing.
    if (not source or not region) and (environ.get("AWS_PROFILE") or any(_files(environ))):
        profile, wrong = _profile()
        if wrong and not source:
            return Account("", region, wrong)
        source = source or next(
            (f"profile {profile['name']} ({kind})" for key, kind in _IN_PROFILE.items() if profile.get(key)),
            "",
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
    if environ.get("AWS_PROFILE"):
        return ""
    return next((told for name, told in _LENT.items() if environ.get(name)), "")


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    for variable, name in _FILES:
        # Of a user who does not exist there is no home, and so no such file.
        with contextlib.suppress(RuntimeError):
            path = Path(environ.get(variable) or f"~/.aws/{name}").expanduser()
            if path.is_file():
                yield path


def _profile() -> tuple[dict[str, Any], str]:
    """Return the settings of the profile in force with its name, and what is wrong with it."""
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - see find_account
    from botocore.session import Session  # noqa: PLC0415

    session = Session()
    try:
        return {**session.get_scoped_config(), "name": session.profile or "default"}, ""
    except BotoCoreError as error:
        return {}, " ".join(str(error).split())

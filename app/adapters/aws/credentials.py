"""Who this process is to AWS: botocore's chain of places, where no helper program outlives who asked it."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process
from typing import Any, Final

from aiobotocore.credentials import AioProcessProvider
from aiobotocore.session import AioSession
from botocore.exceptions import CredentialRetrievalError

_HELPER: Final = AioProcessProvider.METHOD


async def find_credentials(session: AioSession) -> Any:  # noqa: ANN401 - botocore's
    """Return the credentials, or None where no place has any; the session remembers what it found.

    Follows the chain, which may ask others and runs what `credential_process` names: give it a deadline.
    Raises botocore's errors and OSError, none of which need be fit to be shown.
    """
    _watch_helper(session)
    try:
        return await session.get_credentials()
    except (ValueError, TypeError, AttributeError):
        # What a helper program said was no JSON, or another JSON; it may hold a secret.
        raise CredentialRetrievalError(provider=_HELPER, error_msg="no answer that can be read") from None


def _watch_helper(session: AioSession) -> None:
    chain = session.get_component("credential_provider")
    helper = chain.get_provider(_HELPER)
    if type(helper) is _HelperProgram:
        return
    profile = session.get_config_variable("profile") or "default"
    watched = _HelperProgram(profile, lambda: session.full_config, popen=_start)
    chain.insert_after(_HELPER, watched)
    chain.remove(_HELPER)  # the first of that name


class _HelperProgram(AioProcessProvider):  # type: ignore[misc] # untyped
    """The one that ends its program."""


async def _start(*words: str, **named: Any) -> "_Helper":  # noqa: ANN401 - as botocore starts it
    # A group of its own: what the program starts goes with it, and holds no pipe of ours open.
    starting = asyncio.ensure_future(asyncio.create_subprocess_exec(*words, process_group=0, **named))
    try:
        return _Helper(await asyncio.shield(starting))
    except asyncio.CancelledError:
        await _Helper(await starting).end()
        raise


class _Helper:
    """A program that is waited for; given up, it is killed with all it started."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        try:
            return await self._process.communicate()
        except asyncio.CancelledError:
            await self.end()
            raise

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

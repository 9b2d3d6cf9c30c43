"""An examination of the double's account, for the tests of `dialai doctor`."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest

from app.adapters.flow_folder import FlowFolder
from app.commands.doctor_aws import AwsExam
from app.commands.doctor_findings import Finding, Mark, examine
from app.settings import read_settings
from tests.doubles.aws import AwsDouble
from tests.doubles.aws.transcribe_h2 import TranscribeHttp2
from tests.doubles.aws.transcribe_ws import TranscribeWebSocket

PATIENCE_S = 600
"""The double answers always: a busy machine may take its time."""

CHOSEN = ("DIALAI_STT", "DIALAI_LLM", "DIALAI_TTS")
AWS = ("Transcribe port", "Transcribe", "Polly", "Polly voices", "Bedrock reply", "Bedrock extract")


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


def with_double(
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[AwsDouble], None] = lambda _: None,
    transport: str = "websocket",
) -> dict[str, Finding]:
    """Examine an account that is the double's, after `spoil` did something to it."""

    async def run() -> dict[str, Finding]:
        async with AwsDouble(parts=[TranscribeWebSocket(), TranscribeHttp2()]) as double:
            for name in CHOSEN:
                monkeypatch.delenv(name)
            for name, value in double.environment(transport).items():
                monkeypatch.setenv(name, value)
            spoil(double)
            settings = read_settings()
            async with AwsExam(settings, FlowFolder(settings.flows_dir)) as exam:
                await exam.prepare()
                checks = [replace(check, deadline_s=PATIENCE_S) for check in exam.checks()]
                return {check.name: finding async for check, finding in examine(checks)}

    return asyncio.run(run())


def failures(found: dict[str, Finding]) -> dict[str, Finding]:
    return {name: finding for name, finding in found.items() if finding.mark is Mark.FAILED}

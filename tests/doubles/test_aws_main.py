import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from tests.doubles.aws.parts import phrases_of_callers

DOUBLE = (sys.executable, "-m", "tests.doubles.aws")
ROOT = Path(__file__).parents[2]
ASKS = """
import os, boto3
polly = boto3.client("polly", endpoint_url=os.environ["DIALAI_AWS_ENDPOINT_URL"])
print(len(polly.describe_voices(Engine="neural", LanguageCode="es-US")["Voices"]))
print(os.environ["DIALAI_STT"], os.environ["DIALAI_TRANSCRIBE_ENDPOINT_URL"].split(":")[0])
raise SystemExit(3)
"""


def test_a_command_finds_the_double_as_its_aws_and_keeps_its_exit_status():
    async def run():
        process = await asyncio.create_subprocess_exec(
            *DOUBLE, "--", sys.executable, "-c", ASKS, stdout=PIPE, stderr=PIPE, cwd=ROOT
        )
        said, told = await process.communicate()
        return process.returncode, said.decode().split(), told.decode()

    status, said, told = asyncio.run(run())
    assert said == ["2", "aws", "wss"]
    assert status == 3
    assert "1 x DescribeVoices complete" in told


def test_a_command_that_is_not_there_is_named_in_one_line():
    async def run():
        process = await asyncio.create_subprocess_exec(
            *DOUBLE, "--", "no-such-command", stdout=PIPE, stderr=PIPE, cwd=ROOT
        )
        _, told = await process.communicate()
        return process.returncode, told.decode()

    status, told = asyncio.run(run())
    assert status == 1
    assert told == "python -m tests.doubles.aws: no-such-command: No such file or directory\n"


def test_served_by_hand_it_says_what_to_export_and_ends_with_ctrl_c():
    async def run():
        process = await asyncio.create_subprocess_exec(*DOUBLE, stdout=PIPE, stderr=PIPE, cwd=ROOT)
        assert process.stderr is not None
        assert process.stdout is not None
        assert await process.stderr.readline() == b"Serving until Ctrl-C.\n"
        process.send_signal(signal.SIGINT)
        said = await process.stdout.read()
        return await process.wait(), said.decode()

    status, said = asyncio.run(run())
    assert status == 0
    assert "export DIALAI_AWS_ENDPOINT_URL=http://127.0.0.1:" in said
    assert "export SSL_CERT_FILE=/" in said


def test_the_lines_of_callers_are_known(tmp_path):
    (tmp_path / "a.yaml").write_text(
        'steps:\n  - say: "Yes, please."  # so\n  - wait_prompt\n  - say: four\n'
    )
    assert phrases_of_callers(tmp_path) == ["four", "yes please"]

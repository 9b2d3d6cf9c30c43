"""The IAM policy allows what the code asks of AWS, and nothing else."""

import ast
import fnmatch
import json
from pathlib import Path

from botocore import xform_name
from botocore.session import Session

from app.settings import Settings

ROOT = Path(__file__).parents[2]
POLICY = json.loads((ROOT / "infra" / "iam-policy.json").read_text())
ASKING = [*(ROOT / "app" / "adapters" / "aws").glob("*.py"), *(ROOT / "app" / "commands").glob("doctor*.py")]

NEEDED_BY = {
    "synthesize_speech": {"polly:SynthesizeSpeech"},
    "describe_voices": {"polly:DescribeVoices"},
    "converse": {"bedrock:InvokeModel"},
    "converse_stream": {"bedrock:InvokeModelWithResponseStream"},
    "start_stream_transcription": {"transcribe:StartStreamTranscription"},
    "get_caller_identity": set(),  # allowed to everybody, and cannot be forbidden
}
"""The actions behind each method of an AWS client, as the service authorisation reference has them."""


def operations() -> set[str]:
    """The names of all operations that the services we use offer."""
    session = Session()
    services = ("polly", "bedrock-runtime", "bedrock", "sts", "transcribe")
    return {
        xform_name(name)
        for service in services
        for name in session.get_service_model(service).operation_names
    } | {"start_stream_transcription"}


def asked() -> set[str]:
    """The operations that the code calls as methods of something."""
    offered = operations()
    return {
        node.attr
        for path in ASKING
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in offered
    }


def allowed() -> set[str]:
    return {action for statement in POLICY["Statement"] for action in statement["Action"]}


def test_every_operation_the_code_asks_for_is_known_to_this_test() -> None:
    assert asked() == NEEDED_BY.keys()


def test_the_policy_allows_what_is_asked_and_nothing_else() -> None:
    needed = {action for name in asked() for action in NEEDED_BY[name]}
    if "/stream-transcription-websocket" in "".join(path.read_text() for path in ASKING):
        needed.add("transcribe:StartStreamTranscriptionWebSocket")
    if "guardrailConfig" in "".join(path.read_text() for path in ASKING):
        needed.add("bedrock:ApplyGuardrail")
    assert allowed() == needed


def test_the_policy_only_allows_and_names_no_wildcard_action() -> None:
    assert {statement["Effect"] for statement in POLICY["Statement"]} == {"Allow"}
    assert not any("*" in action for action in allowed())


def test_the_default_model_is_covered_and_other_makers_models_are_not() -> None:
    (think,) = (s for s in POLICY["Statement"] if s["Sid"] == "Think")
    profile = Settings().bedrock_model
    model = profile.partition(".")[2]

    def covered(arn: str) -> bool:
        return any(fnmatch.fnmatchcase(arn, pattern) for pattern in think["Resource"])

    # A profile that spans regions needs itself and its model in every region it may send a request to.
    assert covered(f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{profile}")
    assert covered(f"arn:aws:bedrock:us-west-2::foundation-model/{model}")
    assert not covered("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0")

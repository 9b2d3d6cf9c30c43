import asyncio
import ssl
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from app.media.audio import mulaw_level
from tests.doubles.aws import AwsDouble, Ending, NeverHappensError, Service
from tests.doubles.aws.brain import Ask, CallTool, Say
from tests.doubles.aws.certs import make_certificates
from tests.doubles.aws.script import HttpError, Script, Stall
from tests.doubles.clients import LLAMA, client, said

TOOL = {
    "toolSpec": {
        "name": "note",
        "description": "Keep what the caller told.",
        "inputSchema": {"json": {"type": "object", "properties": {"stars": {"type": "integer"}}}},
    }
}


async def words(answer) -> str:
    events = [event async for event in answer["stream"]]
    assert list(events[0]) == ["messageStart"]
    assert [next(iter(event)) for event in events[-3:]] == ["contentBlockStop", "messageStop", "metadata"]
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    return "".join(delta["text"] for delta in deltas)


def refusal_of(double: AwsDouble, service: str, operation: str, secret: str = "", **given) -> dict:
    """Return the error the real client makes of a refused request."""

    async def run():
        async with client(double, service, secret=secret) as c:
            await getattr(c, operation)(**given)

    async def within():
        async with double:
            with pytest.raises(ClientError) as refused:
                await run()
        return refused.value.response

    return asyncio.run(within())


def test_a_streamed_answer_comes_token_by_token_and_is_logged():
    async def run():
        async with AwsDouble() as double, client(double, "bedrock-runtime") as c:
            system = [{"text": "You are kind.\nGoal: the visit to the clinic. Be brief."}]
            answer = await c.converse_stream(modelId=LLAMA, messages=said("hello"), system=system)
            text = await words(answer)
            request = await double.next(Service.BEDROCK)
            assert text == request.said
            assert "the visit to the clinic?" in text
            assert request.pieces == len(text.split())
            assert await request.over() is Ending.COMPLETE
            assert request.operation == "ConverseStream"
            assert request.body["modelId"] == LLAMA
            assert request.body["messages"] == said("hello")
            assert request.region == "us-east-1"
            with pytest.raises(NeverHappensError):
                await request.client_gone()
            with pytest.raises(NeverHappensError):
                await request.has_sent(1_000)

    asyncio.run(run())


def test_the_brain_decides_what_is_said_and_the_request_where_it_stops():
    asks: list[Ask] = []

    def brain(ask: Ask) -> Say:
        asks.append(ask)
        return Say("One two three. END four")

    async def run():
        async with AwsDouble() as double, client(double, "bedrock-runtime") as c:
            double.account.brain = brain
            limits = {"maxTokens": 2}
            cut = await c.converse(modelId=LLAMA, messages=said("go"), inferenceConfig=limits)
            assert cut["output"]["message"]["content"] == [{"text": "One two"}]
            assert cut["stopReason"] == "max_tokens"
            stops = {"stopSequences": ["END"]}
            stopped = await c.converse(modelId=LLAMA, messages=said("go"), inferenceConfig=stops)
            assert stopped["output"]["message"]["content"] == [{"text": "One two three. "}]
            assert stopped["stopReason"] == "stop_sequence"
            assert stopped["usage"]["outputTokens"] == 4

    asyncio.run(run())
    assert asks[0].caller_lines == ["go"]


def test_a_tool_is_called_with_what_the_caller_said():
    async def run():
        async with AwsDouble() as double, client(double, "bedrock-runtime") as c:
            config = {"tools": [TOOL], "toolChoice": {"auto": {}}}
            answer = await c.converse(modelId=LLAMA, messages=said("four stars"), toolConfig=config)
            (block,) = answer["output"]["message"]["content"]
            assert answer["stopReason"] == "tool_use"
            assert block["toolUse"]["name"] == "note"
            assert block["toolUse"]["input"] == {"stars": 4}

    asyncio.run(run())


def test_a_model_that_can_streams_its_tool_call_in_parts():
    async def run():
        async with AwsDouble() as double, client(double, "bedrock-runtime") as c:
            double.account.brain = lambda ask: CallTool("note", {"stars": 4, "why": "no waiting"}, "Noted.")
            config = {"tools": [TOOL], "toolChoice": {"tool": {"name": "note"}}}
            answer = await c.converse_stream(
                modelId="amazon.nova-lite-v1:0", messages=said("x"), toolConfig=config
            )
            events = [event async for event in answer["stream"]]
            start = next(e["contentBlockStart"] for e in events if "contentBlockStart" in e)
            assert start["contentBlockIndex"] == 1
            assert start["start"]["toolUse"]["name"] == "note"
            deltas = [e["contentBlockDelta"]["delta"] for e in events if "contentBlockDelta" in e]
            assert deltas[0] == {"text": "Noted."}
            parts = [delta["toolUse"]["input"] for delta in deltas[1:]]
            assert len(parts) > 1
            assert "".join(parts) == '{"stars": 4, "why": "no waiting"}'
            assert {"messageStop": {"stopReason": "tool_use"}} in events

    asyncio.run(run())


@pytest.mark.parametrize(
    ("operation", "changed", "status", "kind", "message"),
    [
        (
            "converse_stream",
            {"toolConfig": {"tools": [TOOL]}},
            400,
            "ValidationException",
            "This model doesn't support tool use in streaming mode.",
        ),
        (
            "converse",
            {"toolConfig": {"tools": [TOOL], "toolChoice": {"any": {}}}},
            400,
            "ValidationException",
            (
                "This model doesn't support the toolConfig.toolChoice.any field."
                " Remove toolConfig.toolChoice.any and try again."
            ),
        ),
        (
            "converse",
            {"modelId": "meta.llama3-8b-instruct-v1:0", "toolConfig": {"tools": [TOOL]}},
            400,
            "ValidationException",
            "This model doesn't support tool use.",
        ),
        (
            "converse_stream",
            {"modelId": "meta.llama9-1t-instruct-v1:0"},
            400,
            "ValidationException",
            "The provided model identifier is invalid.",
        ),
        ("converse", {"modelId": "meta.llama3-3-70b-instruct-v1:0"}, 400, "ValidationException", "on-demand"),
        (
            "converse",
            {"guardrailConfig": {"guardrailIdentifier": "gr-none", "guardrailVersion": "1"}},
            400,
            "ValidationException",
            "guardrail identifier or version",
        ),
        ("converse", {"messages": []}, 400, "ValidationException", "at least one message"),
        ("converse", {"messages": said(" ")}, 400, "ValidationException", "is blank"),
        ("converse", {"messages": said("a") + said("b")}, 400, "ValidationException", "must alternate"),
        (
            "converse",
            {"messages": [{"role": "assistant", "content": [{"text": "a"}]}]},
            400,
            "ValidationException",
            "must start with a user message",
        ),
        (
            "converse",
            {"messages": [*said("a"), {"role": "assistant", "content": [{"text": "b"}]}]},
            400,
            "ValidationException",
            "last turn in the conversation to be a user message",
        ),
        (
            "converse",
            {"inferenceConfig": {"temperature": 1.5}},
            400,
            "ValidationException",
            "less than or equal to 1",
        ),
    ],
)
def test_bedrock_refuses_in_its_own_words(operation, changed, status, kind, message):
    given = {"modelId": LLAMA, "messages": said("hello"), **changed}
    error = refusal_of(AwsDouble(), "bedrock-runtime", operation, **given)
    assert error["ResponseMetadata"]["HTTPStatusCode"] == status
    assert error["Error"]["Code"] == kind
    assert message in error["Error"]["Message"]


def test_what_the_account_may_not_do_is_denied():
    double = AwsDouble()
    double.account.denied.add("bedrock:InvokeModelWithResponseStream")
    error = refusal_of(double, "bedrock-runtime", "converse_stream", modelId=LLAMA, messages=said("hello"))
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert error["Error"]["Code"] == "AccessDeniedException"
    assert "not authorized to perform: bedrock:InvokeModelWithResponseStream" in error["Error"]["Message"]


def test_a_model_without_access_is_denied():
    double = AwsDouble()
    double.account.locked_models.add("meta.llama3-3-70b-instruct-v1:0")
    error = refusal_of(double, "bedrock-runtime", "converse", modelId=LLAMA, messages=said("hello"))
    assert error["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("service", "operation", "given", "kind"),
    [
        (
            "bedrock-runtime",
            "converse_stream",
            {"modelId": LLAMA, "messages": said("x")},
            "InvalidSignatureException",
        ),
        ("polly", "describe_voices", {}, "InvalidSignatureException"),
        ("bedrock", "list_foundation_models", {}, "InvalidSignatureException"),
        ("sts", "get_caller_identity", {}, "SignatureDoesNotMatch"),
    ],
)
def test_a_wrong_secret_opens_nothing(service, operation, given, kind):
    error = refusal_of(AwsDouble(), service, operation, "wrong", **given)
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert error["Error"]["Code"] == kind


def test_barge_in_is_seen_at_the_source_when_the_stream_is_closed():
    async def run():
        async with AwsDouble() as double, client(double, "bedrock-runtime") as c:
            double.scripts.always(Service.BEDROCK, Script(Stall(after=3)))
            answer = await c.converse_stream(modelId=LLAMA, messages=said("hello"))
            heard = 0
            async for event in answer["stream"]:
                heard += "contentBlockDelta" in event
                if heard == 3:
                    break
            request = await double.next(Service.BEDROCK)
            await request.has_sent(3)
            assert request.ending is None
            answer["stream"].close()
            assert await request.client_gone() >= request.first_piece_at
            assert request.pieces == 3

    asyncio.run(run())


def test_tokens_stop_with_the_client_and_not_at_the_end_of_the_reply():
    async def run():
        async with AwsDouble() as double, client(double, "bedrock-runtime") as c:
            double.account.brain = lambda ask: Say("word " * 10_000)
            double.scripts.always(Service.BEDROCK, Script(between_ms=5))
            answer = await c.converse_stream(modelId=LLAMA, messages=said("hello"))
            request = await double.next(Service.BEDROCK)
            await request.has_sent(4)
            answer["stream"].close()
            await request.client_gone()
            assert request.pieces < 10_000

    asyncio.run(run())


def test_a_caller_who_waits_for_headers_can_leave():
    async def run():
        async with AwsDouble() as double, client(double, "bedrock-runtime") as c:
            double.scripts.once(Service.BEDROCK, Script(headers_ms=600_000))
            waiting = asyncio.ensure_future(c.converse_stream(modelId=LLAMA, messages=said("hello")))
            request = await double.next(Service.BEDROCK)
            waiting.cancel()
            await request.client_gone()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(run())


def test_boto3_in_a_thread_is_served_as_well():
    def talk(double: AwsDouble) -> tuple[str, bytes]:
        given = {
            "endpoint_url": double.endpoint_url,
            "region_name": double.region,
            "aws_access_key_id": double.access_key,
            "aws_secret_access_key": double.secret_key,
            "config": Config(retries={"total_max_attempts": 1}),
        }
        bedrock, polly = boto3.client("bedrock-runtime", **given), boto3.client("polly", **given)
        events = list(bedrock.converse_stream(modelId=LLAMA, messages=said("hello"))["stream"])
        spoken = polly.synthesize_speech(
            OutputFormat="mulaw", SampleRate="8000", VoiceId="Joanna", Engine="neural", Text="Hello."
        )
        sound = spoken["AudioStream"].read()
        bedrock.close()
        polly.close()
        return next(iter(events[-2])), sound

    async def run():
        async with AwsDouble() as double:
            return await asyncio.to_thread(talk, double)

    last, sound = asyncio.run(run())
    assert last == "messageStop"
    assert mulaw_level(sound) > -40


def test_who_we_are_and_which_models_there_are_can_be_asked_harmlessly():
    async def run():
        async with AwsDouble() as double:
            async with client(double, "sts") as c:
                assert (await c.get_caller_identity())["Account"] == "123456789012"
            async with client(double, "bedrock") as c:
                models = (await c.list_foundation_models(byProvider="Meta"))["modelSummaries"]
                assert {model["providerName"] for model in models} == {"Meta"}
                plain = LLAMA.removeprefix("us.")
                detail = await c.get_foundation_model(modelIdentifier=plain)
                assert detail["modelDetails"]["inferenceTypesSupported"] == ["INFERENCE_PROFILE"]
                profile = await c.get_inference_profile(inferenceProfileIdentifier=LLAMA)
                assert profile["inferenceProfileId"] == LLAMA
                listed = await c.list_inference_profiles()
                assert LLAMA in {p["inferenceProfileId"] for p in listed["inferenceProfileSummaries"]}
                double.account.locked_models.add(plain)
                access = await c.get_foundation_model_availability(modelId=plain)
                assert access["authorizationStatus"] == "NOT_AUTHORIZED"
                with pytest.raises(ClientError, match="ResourceNotFoundException"):
                    await c.get_foundation_model(modelIdentifier="meta.llama9")
                with pytest.raises(ClientError, match="inference profile identifier is invalid"):
                    await c.get_inference_profile(inferenceProfileIdentifier=plain)

    asyncio.run(run())


def test_another_region_is_told_apart_and_scripted_alone():
    async def run():
        async with AwsDouble() as double:
            down = Script(HttpError(503, "ServiceUnavailableException"))
            double.scripts.always(Service.BEDROCK, down, where=lambda r: r.region == "us-east-1")
            async with client(double, "bedrock-runtime") as near:
                with pytest.raises(ClientError, match="ServiceUnavailable"):
                    await near.converse(modelId=LLAMA, messages=said("x"))
            async with client(double, "bedrock-runtime", region_name="us-west-2") as far:
                assert (await far.converse(modelId=LLAMA, messages=said("x")))["stopReason"] == "end_turn"
            assert [r.region for r in double.requests] == ["us-east-1", "us-west-2"]

    asyncio.run(run())


def test_a_mistake_in_a_brain_fails_the_test_that_made_it():
    def brain(ask: Ask) -> Say:
        raise ZeroDivisionError

    async def run():
        async with AwsDouble() as double, client(double, "bedrock-runtime") as c:
            double.account.brain = brain
            await c.converse(modelId=LLAMA, messages=said("x"))

    with pytest.raises(ZeroDivisionError):
        asyncio.run(run())


def test_both_names_of_this_machine_are_certified(tmp_path: Path):
    files = make_certificates(tmp_path)
    trust = files.client_context()
    trust.verify_flags |= 0x20 | 0x80000  # what Python 3.13 adds: VERIFY_X509_STRICT and partial chains

    async def run():
        async def greet(reader, writer):
            writer.write(b"hello")
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=files.server_context("h2"))
        port = server.sockets[0].getsockname()[1]
        async with server:
            for name in ("localhost", "127.0.0.1"):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", port, ssl=trust, server_hostname=name
                )
                assert await reader.read() == b"hello"
                writer.close()
                await writer.wait_closed()

    asyncio.run(run())


def test_the_environment_leads_a_program_here():
    async def run():
        async with AwsDouble() as double:
            told = double.environment()
            assert told["DIALAI_AWS_ENDPOINT_URL"] == double.endpoint_url
            assert told["AWS_ACCESS_KEY_ID"] == double.access_key
            ssl.create_default_context(cafile=told["SSL_CERT_FILE"])

    asyncio.run(run())

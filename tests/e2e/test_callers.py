"""People who call, each in their own way, side by side against one server."""

import asyncio
import audioop
import io
import json
import wave
from typing import Any

import pytest

from app.adapters.offline.timed import TONE_MS_PER_CHARACTER
from app.simulator.line import AUDIBLE_RMS
from app.simulator.script import DropSocket, HangUp, Press, Say, Script, Silent, WaitPrompt
from tests.e2e.flow import KEYS, QUESTIONS, VALUES
from tests.e2e.town import TIMED, Server, told, town

W = WaitPrompt()
FIRST = (W, Press("1"), W, Press("4"))
REST = (W, Press("12"), W, Press(KEYS["pin"]))
FRAME_MS = 20

EVERYTHING = VALUES | {"pin": "[sensitive]"}
"""As the log tells it to anybody; the secret is sealed."""

SCRIPTS = {
    "keys": (Script((*FIRST, W, Press("2"), *REST, W, Press("1"))), "completed"),
    "interrupts_by_key": (Script((*FIRST, W, Press("2"), *REST, Press("1", 1500))), "completed"),
    "interrupts_by_voice": (Script((*FIRST, W, Press("2"), *REST, Say("yes, yes, yes", 1500))), "completed"),
    "types_ahead": (
        Script((W, Press("1"), W, Press("4212", gap_ms=60), W, Press(KEYS["pin"]), W, Press("1"))),
        "completed",
    ),
    "drops_the_socket": (
        Script((*FIRST, W, DropSocket(), W, Press("2"), *REST, W, Press("1"))),
        "completed",
    ),
    "drops_while_asked": (
        Script((*FIRST, Silent(400), DropSocket(), W, Press("2"), *REST, W, Press("1"))),
        "completed",
    ),
    "speaks_over_the_secret": (
        Script(
            (
                *FIRST,
                W,
                Press("2"),
                W,
                Press("12"),
                W,
                Say("one two three"),
                Press("7"),
                Silent(300),
                Press(KEYS["pin"][1:]),
                W,
                Press("1"),
            )
        ),
        "completed",
    ),
    "silent": (Script((), patience_ms=60_000), "no_input"),
    "hangs_up": (Script((*FIRST, W, Silent(300), HangUp())), "partial"),
    "hangs_up_early": (Script((W, HangUp())), "break_off"),
    "refuses": (Script((W, Press("2"))), "refused"),
}


@pytest.fixture(scope="module")
def evening(tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("callers")

    async def run() -> dict[str, Any]:
        async with town(folder, TIMED) as (server, network):
            calls = [network.call_in(script, flow="short") for script, _ in SCRIPTS.values()]
            held = await told(server, await asyncio.gather(*calls))
        return {"server": server, **dict(zip(SCRIPTS, held, strict=True))}

    return asyncio.run(run())


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_call_ends_once_and_the_line_was_kept_well(evening, name):
    evening[name].assert_sound()
    assert evening[name].record["disposition"] == SCRIPTS[name][1]


@pytest.mark.parametrize("name", [name for name, (_, end) in SCRIPTS.items() if end == "completed"])
def test_every_answer_of_a_whole_call_is_what_the_caller_gave(evening, name):
    assert evening[name].values == EVERYTHING
    assert sorted(evening[name].given) == sorted(EVERYTHING)


def test_who_leaves_in_the_middle_leaves_the_answers_they_gave(evening):
    assert evening["hangs_up"].values == {"agreed": True, "score": 4}
    assert evening["hangs_up_early"].values == {}
    assert evening["refuses"].values == {"agreed": False}
    assert evening["silent"].record["answers"]["agreed"]["status"] == "no_input"


@pytest.mark.parametrize(("name", "within_ms"), [("interrupts_by_key", 100), ("interrupts_by_voice", 400)])
def test_an_interruption_silences_the_bot_and_is_the_answer(evening, name, within_ms):
    act = evening[name].report.acts[-1]
    assert act.interrupted
    assert act.barge_in_ms is not None
    assert act.barge_in_ms <= within_ms
    turn = evening[name].record["turns"][-1]
    assert turn["step"] == "again"
    assert turn["barged_in"]


@pytest.mark.parametrize("name", ["drops_the_socket", "drops_while_asked"])
def test_a_lost_socket_costs_one_question_and_no_answer(evening, name):
    report, record = evening[name].report, evening[name].record
    assert report.streams == 2
    assert [h.text for h in report.happenings if h.kind == "twiml_says"] == ["One moment, please."] * 2
    asked = [turn["step"] for turn in record["turns"]]
    assert asked.count("score") == 1
    assert asked.count("reason") <= 2


# What must not be kept.


def test_secret_digits_stand_in_no_log_line_and_no_plain_column(evening):
    server: Server = evening["server"]
    tables = [name for (name,) in server.rows("select name from sqlite_master where type = 'table'")]
    for name in tables:
        for row in server.rows(f'select * from "{name}"'):  # noqa: S608 - the database's own names
            assert KEYS["pin"] not in repr(row), name
    assert KEYS["pin"] not in server.output
    assert KEYS["pin"] not in json.dumps(evening["keys"].record)
    for path in (server.database, server.database.with_name(server.database.name + "-wal")):
        assert not path.exists() or KEYS["pin"].encode() not in path.read_bytes()
    digits = [
        json.loads(data)["fact"]["digit"]
        for (data,) in server.rows(
            "select data from call_event where call = ? and kind = 'DigitPressed'",
            evening["keys"].record["id"],
        )
    ]
    assert digits[-9:-1] == ["[sensitive]"] * 8


def channels(audio: bytes) -> tuple[bytes, bytes]:
    """The caller's and the bot's side of a recording, as 16-bit PCM at 8 kHz."""
    with wave.open(io.BytesIO(audio)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8_000, 2)
        both = file.readframes(file.getnframes())
    return audioop.tomono(both, 2, 1, 0), audioop.tomono(both, 2, 0, 1)


def loud(pcm: bytes) -> list[tuple[int, int]]:
    """The stretches with sound, each from and to in milliseconds; holes of 100 ms belong to them."""
    found: list[tuple[int, int]] = []
    step = FRAME_MS * 16
    for at in range(0, len(pcm), step):
        if audioop.rms(pcm[at : at + step], 2) > AUDIBLE_RMS:
            begins = at // 16
            if found and begins - found[-1][1] <= 100:
                found[-1] = (found[-1][0], begins + FRAME_MS)
            else:
                found.append((begins, begins + FRAME_MS))
    return found


def test_a_recording_holds_every_prompt_whole_after_the_callers_yes(evening):
    _, bot = channels(evening["keys"].audio)
    lengths = [after - before for before, after in loud(bot)]
    wanted = [len(QUESTIONS[name]) * TONE_MS_PER_CHARACTER for name in ("score", "reason", "orders", "again")]
    assert len(lengths) == len(wanted) + 1  # and the goodbye, of which the caller's line may lose the end
    for length, whole in zip(lengths, wanted, strict=False):
        assert abs(length - whole) <= 2 * FRAME_MS, (lengths, wanted)


def test_a_recording_holds_what_the_caller_said(evening):
    told_ = evening["interrupts_by_voice"]
    caller, bot = channels(told_.audio)
    act = told_.report.acts[-1]
    (begins, ends), *more = loud(caller)
    assert not more
    assert abs((ends - begins) - (act.ended_ms - act.began_ms)) <= 3 * FRAME_MS
    assert abs(begins - act.began_ms) <= 300
    # The prompt stops in the recording where the caller stopped it.
    assert any(begins < stop <= begins + 500 for _, stop in loud(bot))


def test_a_recording_is_silent_on_both_sides_while_a_secret_is_given(evening):
    told_ = evening["speaks_over_the_secret"]
    caller, bot = channels(told_.audio)
    said = next(act for act in told_.report.acts if act.kind == "say")
    assert loud(caller) == []
    assert not [
        stretch for stretch in loud(bot) if said.began_ms - 200 < stretch[1] and stretch[0] < said.ended_ms
    ]


@pytest.mark.parametrize("name", ["refuses", "silent", "hangs_up_early"])
def test_nobody_is_recorded_who_did_not_say_yes(evening, name):
    assert evening[name].audio is None
    server: Server = evening["server"]
    assert not list((server.data_dir / "audio").glob(f"{evening[name].record['id']}/call.wav"))


@pytest.mark.parametrize("name", ["drops_the_socket", "drops_while_asked"])
def test_a_recording_goes_on_after_the_line_was_lost(evening, name):
    _, bot = channels(evening[name].audio)
    last = len(QUESTIONS["again"]) * TONE_MS_PER_CHARACTER
    assert any(abs(after - before - last) <= 2 * FRAME_MS for before, after in loud(bot))

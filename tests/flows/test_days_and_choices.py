# ruff: noqa: E501 - a flow in a line is easier to read whole
"""`select_many`, `date`, `callback` and choices in an order by lot: from the file to the call."""

from datetime import UTC, date, datetime

import pytest

from app.commands.rehearsal import Rehearsal
from app.domain.answers import Source, Status, Understood
from app.domain.errands import ErrandResult, KeepCallback
from app.domain.grammar import Day, Several
from app.flows.expressions import compile_expression, evaluate
from app.flows.fixed import fixed_utterances
from app.flows.interpreter import FlowRun
from app.flows.loader import FlowErrors, load_flow
from app.flows.model import AskMoment, CallbackStep
from app.flows.parts import DayBound
from app.flows.scenarios import written
from app.flows.sprint import Asked, End, ErrandEnded, Expect, Heard, NoInput, RunErrand, Universal
from app.flows.walk import walk

END = "  - {label: bye, end: completed}\n"
CHOICES = """\
    choices:
      lab: {key: "1", text: laboratory}
      shop: {key: "2", text: pharmacy}
      desk: {key: "3", text: front desk}
      other: {text: something else, fixed: last}
      none: {key: "0", text: none of them, exclusive: true, fixed: first}
"""
USED = f"  - select_many: used\n    prompt: Which?\n{CHOICES}"
NOON = datetime(2026, 5, 4, 3, 30, tzinfo=UTC)
"""Still the third of May in New York."""


def load(steps, head=""):
    return load_flow(f"flow: x\n{head}steps:\n{steps}", path="f", audio_exists=lambda _: True)


def errors(steps, head=""):
    with pytest.raises(FlowErrors) as caught:
        load(steps, head)
    return [line.removeprefix("f:") for line in str(caught.value).split("\n")]


def talked(flow, *typed, now=NOON):
    call = Rehearsal(flow, now=now)
    lines = call.begin()
    for each in typed:
        lines += call.give(each)
    said = [line.text for line in lines if line.kind == "bot"]
    return said, {name: written(answer) for name, answer in call.answers.items()}


def given(value):
    return Heard(Understood(value, str(value)), Source.KEY, "")


def asked(steps, head="", seed="", now=NOON):
    run = FlowRun(load(steps + END, head), seed=seed)
    run.tell_time(now)
    return run, run.start().wait


def test_several_choices_are_one_answer_in_the_order_of_the_file():
    flow = load(USED + "  - {message: echo, prompt: 'You used ${used}.'}\n" + END)
    assert talked(flow, "31#")[1] == {"used": "lab, desk"}
    said, _ = talked(flow, "the front desk, the pharmacy and the laboratory")
    assert said[-1] == "You used laboratory, pharmacy, and front desk."


@pytest.mark.parametrize(
    ("value", "is_taken"),
    [
        (("lab", "shop"), True),
        (("none",), True),
        (("none", "lab"), False),
        (("shop", "lab"), False),
        (("lab", "lab"), False),
        (("lab", "cellar"), False),
        ((), False),
        ("lab", False),
        (("lab", "shop", "desk", "other"), False),
    ],
)
def test_only_choices_that_go_together_are_an_answer(value, is_taken):
    run, wait = asked(USED.replace("    prompt", "    most: 3\n    prompt"))
    assert isinstance(wait.grammar.body, Several)
    assert isinstance(run.resume(given(value)).wait, End) is is_taken


def test_conditions_read_a_list():
    ask = USED + "  - {yes_no: both, when: '\"lab\" in used && size(used) > 1', prompt: Both?}\n"
    first = ask + "  - {set: first, value: 'used.filter(u, u != \"none\")'}\n" + END
    assert talked(load(first), "12#", "1")[1] == {"used": "lab, shop", "both": "true", "first": "lab, shop"}
    assert "both" not in talked(load(first), "1#")[1]
    assert evaluate(compile_expression("[1, 2]"), {}) is not None
    assert not walk(load(first)).coverage.branches.missed


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        (USED + "  - {yes_no: q, prompt: Q?, when: 'used == \"lab\"'}\n", '`used` is a list: write "lab" in used'),
        (USED + "  - {yes_no: q, prompt: Q?, when: '\"lob\" in used'}\n",
         "`lob` is never an answer to `used`, only desk, lab, none, other or shop (did you mean lab?)"),
        (USED.replace("    prompt", "    least: 6\n    prompt"), "there are 4 choices to take together"),
        (USED.replace("    prompt", "    least: 3\n    most: 2\n    prompt"), "and `most` is 2"),
        (USED.replace('key: "3"', 'key: "12"'), "`12` begins with `1`: keys in a row could mean either"),
        (USED.replace("select_many", "select_one"), "`exclusive` belongs to a `select_many`"),
        (USED.replace("    prompt", "    order: random\n    prompt"), "the order is heard only where the prompt says"),
        (USED + "  - {message: m, prompt: '${choices}.'}\n", "there is no question `choices`"),
        ("  - {yes_no: today, prompt: Q?}\n", "`today` has a meaning of its own"),
        ("  - {date: d, prompt: D?, range: [tomorrow, today]}\n", "a day is expected here, such as `2026-05-03`"),
        ("  - {date: d, prompt: D?, range: [2026-02-30, today]}\n", "there is no day `2026-02-30`"),
        ("  - {date: d, prompt: D?, range: [today - 9000y, today]}\n", "the day lies outside of 1800 to 2200"),
        ("  - {date: d, prompt: D?, range: [today, today - 1d]}\n", "the first day stands first"),
        ("  - {date: d, prompt: D?, range: [today]}\n", "two"),
        ("  - {callback: c, prompt: When?}\n", "`prompt` needs `ask_time: true`: nothing is asked here"),
        ("  - {callback: c, days: 3}\n", "`days` needs `ask_time: true`"),
        ("  - {callback: c, number: 5550}\n", "`5550` is no telephone number"),
        ("  - {callback: c, number: '${phone}'}\n", "there is no question `phone`"),
        ("  - {callback: c, on_fail: nowhere}\n", "there is no step or label `nowhere`"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(steps, line):
    found = errors(steps + END)
    assert any(line in each for each in found), found


def test_a_time_zone_is_one_of_the_world():
    (line,) = errors(END, "time_zone: Mars/Olympus\n")
    assert "`Mars/Olympus` is no time zone; write one such as `America/New_York`" in line
    assert "is no time zone" in errors(END, "time_zone: ../../etc/passwd\n")[0]
    assert load(END, "time_zone: Asia/Tokyo\n").time_zone == "Asia/Tokyo"
    assert load(END).time_zone == "UTC"


LISTED = '  - select_one: used\n    prompt: "Say it. ${choices}"\n    order: {}\n' + CHOICES.replace(
    "exclusive: true, ", ""
)


def test_choices_come_by_lot_the_same_for_the_whole_call_and_pinned_ones_stay():
    heard = {
        seed: tuple(option.value for option in asked(LISTED.replace("{}", "random", 1), seed=seed)[1].grammar.body.options)
        for seed in map(str, range(30))
    }  # fmt: skip
    assert len(set(heard.values())) == 6
    assert all((order[0], order[-1]) == ("none", "other") for order in heard.values())
    run, wait = asked(LISTED.replace("{}", "random", 1), seed="4")
    listed = [utterance.text for utterance in wait.prompt.utterances]
    assert [each.split()[1] for each in listed[1:-1]] == [
        {"none": "none", "lab": "laboratory,", "shop": "pharmacy,", "desk": "front"}[value] for value in heard["4"][:-1]
    ]  # fmt: skip
    assert listed[-1] == "Something else."
    assert run.resume(NoInput()).wait.grammar == wait.grammar


def test_a_rotation_begins_anywhere_and_a_fixed_order_is_the_files():
    def orders(order):
        return {
            tuple(o.value for o in asked(LISTED.replace("{}", order, 1), seed=str(s))[1].grammar.body.options)
            for s in range(30)
        }

    assert orders("fixed") == {("none", "lab", "shop", "desk", "other")}
    assert orders("rotate") == {
        ("none", *middle, "other")
        for middle in (("lab", "shop", "desk"), ("shop", "desk", "lab"), ("desk", "lab", "shop"))
    }
    pinned = LISTED.replace("{}", "random", 1).replace('"1", ', '"1", fixed: first, ')
    pinned = pinned.replace('"2", ', '"2", fixed: last, ').replace('"3", ', '"3", fixed: last, ')
    assert len(asked(pinned)[1].grammar.body.options) == 5


def test_the_list_of_choices_is_spoken_beforehand():
    texts = [utterance.text for utterance in fixed_utterances(load(LISTED.replace("{}", "random", 1) + END))]
    assert "For laboratory, press 1." in texts
    assert "Say it." in texts


@pytest.mark.parametrize(
    ("bounds", "earliest", "latest", "leans"),
    [
        ("today - 2d, today", date(2026, 5, 1), date(2026, 5, 3), "past"),
        ("today + 1d, today+6w", date(2026, 5, 4), date(2026, 6, 14), "future"),
        ("today - 1m, today + 1y", date(2026, 4, 3), date(2027, 5, 3), ""),
        ("2024-02-29, 2024-02-29 + 1y", date(2024, 2, 29), date(2025, 2, 28), "past"),
    ],
)
def test_the_bounds_of_a_day_are_counted_from_the_callers_today(bounds, earliest, latest, leans):
    _, wait = asked(f"  - {{date: d, prompt: D?, range: [{bounds}]}}\n", "time_zone: America/New_York\n")
    assert wait.grammar.body == Day(earliest, latest, date(2026, 5, 3), leans)


def test_a_bound_stays_in_the_calendar():
    assert DayBound(months=-(12 * 3_000)).seen_from(date(2026, 5, 3)) == date.min
    assert DayBound(months=12 * 9_000).seen_from(date(2026, 5, 3)) == date.max
    assert DayBound(date(2026, 1, 31), months=1).seen_from(date(2000, 1, 1)) == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("value", "is_taken"),
    [("2026-05-03", True), ("2026-05-04", False), ("soon", False), (3, False), ("2026-13-01", False)],
)
def test_only_a_day_in_the_bounds_is_an_answer(value, is_taken):
    run, _ = asked("  - {date: d, prompt: D?, range: [2026-05-01, 2026-05-03]}\n")
    assert isinstance(run.resume(given(value)).wait, End) is is_taken


def test_a_day_is_read_back_compared_and_said_as_the_language_says_it():
    steps = (
        "  - {language: l, prompt: {en: E, es: S}, keys: {'1': en, '2': es}}\n"
        "  - {date: d, prompt: {en: When?, es: ¿Cuándo?}, range: [today - 1y, today], confirm: always,\n"
        "     then: [{when: 'd == today', goto: bye}]}\n"
        "  - {message: echo, prompt: {en: 'On ${d}.', es: 'El ${d}.'}}\n"
    )
    flow = load(steps + END, "languages: {en: {}, es: {}}\ntime_zone: America/New_York\n")
    said, answers = talked(flow, "2", "02052026", "1")
    assert said[-1] == "El sábado, 2 de mayo de 2026."
    assert "sábado, 2 de mayo de 2026" in said[-2]
    assert answers["d"] == "2026-05-02"
    assert talked(flow, "1", "today", "yes")[0][-1] != "On Sunday, the third of May 2026."
    assert not walk(flow).coverage.branches.missed


def test_a_caller_names_when_to_call_back_and_it_is_kept():
    run, wait = asked("  - {callback: later, ask_time: true, days: 2}\n", "time_zone: America/New_York\n")
    assert isinstance(wait, Expect)
    assert wait.kind == "callback"
    assert wait.prompt.text.startswith("When shall we call you?")
    assert isinstance(run.resume(given("2026-05-04T15:00")).wait, Expect)
    assert isinstance(run.resume(given("soon")).wait, Expect)
    run, _ = asked("  - {callback: later, ask_time: true, days: 2}\n", "time_zone: America/New_York\n")
    kept = run.resume(given("2026-05-04T15:00-04:00"))
    assert isinstance(kept.wait, RunErrand)
    assert kept.wait.errand == KeepCallback("later", "2026-05-04T15:00-04:00", "America/New_York", "")
    assert kept.settled[0].value == "2026-05-04T15:00-04:00"
    assert isinstance(run.resume(ErrandEnded(ErrandResult(ok=True))).wait, End)


def test_a_caller_who_names_no_time_is_kept_without_one_and_who_would_rather_not_is_not():
    steps = "  - {callback: later, ask_time: true, max_attempts: 1, number: '${phone}', special: {refused: '9'}}\n"
    run = FlowRun(load(steps + END, "variables: [phone]\n"), variables={"phone": "+15550123"})
    run.start()
    sprint = run.resume(NoInput())
    assert sprint.wait.errand == KeepCallback("later", "", "UTC", "+15550123")
    assert sprint.settled[0].status is Status.NO_INPUT
    run = FlowRun(load(steps + END, "variables: [phone]\n"))
    run.start()
    assert isinstance(
        run.resume(Heard(Understood(None, "", status=Status.REFUSED), Source.KEY, "9")).wait, End
    )


@pytest.mark.parametrize("ask", ["true", "false"])
@pytest.mark.parametrize(("on_fail", "goes_to"), [("sorry", "sorry"), ("skip", "bye"), (None, "bye")])
def test_a_wish_that_could_not_be_kept_goes_on_by_on_fail(ask, on_fail, goes_to):
    says = f", on_fail: {on_fail}" if on_fail else ""
    steps = f"  - {{callback: later, ask_time: {ask}{says}}}\n{END}  - {{label: sorry, end: partial}}\n"
    if goes_to == "bye":
        steps = steps.replace("  - {label: sorry, end: partial}\n", "")
    flow = load(steps)
    run = FlowRun(flow)
    wait = run.start().wait
    if isinstance(wait, Expect):
        wait = run.resume(given("2026-01-02T12:00+00:00")).wait
    assert isinstance(wait, RunErrand)
    assert run.resume(ErrandEnded(ErrandResult(ok=False, reason="unavailable"))).wait.step == goes_to
    assert not walk(flow).coverage.branches.missed


def test_without_a_time_nothing_is_asked_and_with_words_of_ones_own_those_are():
    flow = load("  - {callback: later, number: '+15550123'}\n" + END)
    assert isinstance(flow.steps[0], CallbackStep)
    assert FlowRun(flow).start().wait.errand == KeepCallback("later", "", "UTC", "+15550123")
    flow = load("  - {callback: later, ask_time: true, prompt: At what time?}\n" + END)
    assert isinstance(flow.steps[0], AskMoment)
    assert FlowRun(flow).start().wait.prompt.text == "At what time?"


def test_a_caller_who_wants_no_call_at_all_may_say_so_where_a_time_is_asked():
    run, _ = asked("  - {callback: later, ask_time: true}\n")
    assert run.resume(Asked(Universal.OPT_OUT)).wait.errand.step == "later"


def test_a_remark_in_one_language_leaves_the_other_to_its_own_words():
    ask = (
        "  - {yes_no: q, prompt: {en: Q?, es: Q?}, help: {en: Say yes.}, nomatch: [{es: Diga sí.}, {en: Yes or no.}],\n"
        "     noinput: [{es: ¿Hola?}]}\n"
    )
    _, wait = asked(ask, "languages: {en: {}, es: {}}\n")
    run, _ = asked(ask, "languages: {en: {}, es: {}}\n")
    silent = run.resume(NoInput()).wait.prompt.text
    assert silent.endswith(wait.prompt.text)
    assert "Hola" not in silent
    assert talked(load(ask + END, "languages: {en: {}, es: {}}\n"), "maybe so", "maybe so")[0][1:] == [
        "Yes or no. Q?", "Yes or no. Q?",
    ]  # fmt: skip
    spanish = load(ask + END, "languages: {es: {}, en: {}}\n")
    assert talked(spanish, "tal vez")[0][1] == "Diga sí. Q?"
    assert "Say yes" not in talked(spanish, "*4")[0][1]

"""Quotas, web services and opting out as flows write them: what is refused, asked, and what comes of it."""

import pytest

from app.domain.answers import Source, Status, Understood
from app.domain.call import Disposition
from app.domain.errands import Cell, ErrandResult, KeepCallback, OptOut, Post, ReserveQuota
from app.domain.results import ColumnKind
from app.flows.columns import columns_of
from app.flows.errand_steps import Errands
from app.flows.interpreter import FlowRun
from app.flows.loader import FlowErrors, load_flow
from app.flows.manual import manual
from app.flows.memory import Memory
from app.flows.model import Flow, private_names
from app.flows.sprint import End, ErrandEnded, Expect, Heard, RunErrand
from app.flows.walk import walk

WHOLE = """\
flow: clinic
quotas:
  - {name: young, when: age < 40, target: 200}
  - {name: regular, when: regular, target: 300}
steps:
  - {numeric: age, prompt: How old are you?, range: [0, 110]}
  - {yes_no: regular, prompt: Do you come often?}
  - {quota: room, full: enough}
  - webhook: crm
    url: https://crm.example.com/x
    send: {years: age, adult: age >= 18, nothing: missing}
    headers: {X-Api-Key: "${secret.crm}"}
    save: {tier: [gold, silver], points: number, vip: boolean}
    timeout: 2s
    on_fail: sorry
  - {message: balance, when: tier == "gold", prompt: "You have ${points} points."}
  - {webhook: tell, url: "https://crm.example.com/y", send: [age], wait: false}
  - {yes_no: more, prompt: May we call again?, then: [{when: "!more", goto: optout}]}
  - {end: completed, prompt: Goodbye.}
  - {label: sorry, end: partial, prompt: Sorry.}
  - {label: enough, end: quota_full, prompt: Enough.}
  - {label: optout, opt_out: number, end_as: refused, prompt: No more.}
"""


def loaded(text: str) -> Flow:
    return load_flow(text, path="f.yaml", audio_exists=lambda _: True)


def whole() -> Flow:
    return loaded(
        WHOLE.replace("nothing: missing", "nothing: who").replace("steps:", "variables: [who]\nsteps:")
    )


def key(value: object) -> Heard:
    return Heard(Understood(value, str(value)), Source.KEY, "1")


def at_quota(*, age: int = 30, regular: bool = True) -> tuple[FlowRun, RunErrand]:
    run = FlowRun(whole())
    run.start()
    run.resume(key(age))
    wait = run.resume(key(regular)).wait
    assert isinstance(wait, RunErrand | Expect)
    return run, wait


def done(**values: object) -> ErrandEnded:
    return ErrandEnded(ErrandResult(ok=True, values=values))


FAILED = ErrandEnded(ErrandResult(ok=False, reason="timeout"))


def test_a_caller_needs_a_place_in_every_cell_that_counts_them() -> None:
    _, wait = at_quota()
    assert wait.errand == ReserveQuota("clinic", (Cell("young", 200), Cell("regular", 300)))
    _, wait = at_quota(age=50)
    assert wait.errand == ReserveQuota("clinic", (Cell("regular", 300),))
    _, wait = at_quota(age=50, regular=False)
    assert isinstance(wait.errand, Post)


def test_a_full_cell_ends_where_the_flow_says_and_counts_so() -> None:
    run, _ = at_quota()
    assert run.resume(FAILED).wait == End("enough", Disposition.QUOTA_FULL)


CORRECTED = """\
flow: back
quotas:
  - {name: young, when: age < 40, target: 5}
  - {name: old, when: age >= 60, target: 5}
steps:
  - {numeric: age, range: [0, 99], prompt: Age?}
  - {quota: room, full: over}
  - {yes_no: right, prompt: Is that right?, then: [{when: "!right", goto: age}]}
  - {end: completed, prompt: Bye.}
  - {label: over, end: quota_full, prompt: Full.}
"""


def test_a_corrected_answer_asks_for_its_own_places_and_for_none_where_it_has_none() -> None:
    run = FlowRun(loaded(CORRECTED))
    run.start()
    # Who has no place to give up needs no errand.
    assert isinstance(run.resume(key(50)).wait, Expect)
    run.resume(key(value=False))
    asked = []
    for age in (70, 50, 30):
        wait = run.resume(key(age)).wait
        asked.append((wait.number, wait.errand))
        assert isinstance(run.resume(done()).wait, Expect)
        run.resume(key(value=False))
    assert asked == [
        (1, ReserveQuota("back", (Cell("old", 5),))),
        (2, ReserveQuota("back", ())),
        (3, ReserveQuota("back", (Cell("young", 5),))),
    ]


def test_who_gives_up_a_place_is_over_no_quota_and_asks_again_until_it_is_done() -> None:
    run = FlowRun(loaded(CORRECTED))
    run.start()
    run.resume(key(30))
    run.resume(done())
    run.resume(key(value=False))
    for result in (FAILED, done()):
        assert run.resume(key(50)).wait.errand == ReserveQuota("back", ())
        assert isinstance(run.resume(result).wait, Expect)
        run.resume(key(value=False))
    assert isinstance(run.resume(key(50)).wait, Expect)


def test_a_place_that_came_too_late_is_given_up_too() -> None:
    run = FlowRun(loaded(CORRECTED.replace("over, end: quota_full, prompt: Full.", "over, goto: right")))
    run.start()
    run.resume(key(30))
    assert isinstance(run.resume(FAILED).wait, Expect)
    run.resume(key(value=False))
    assert run.resume(key(50)).wait.errand == ReserveQuota("back", ())


def test_what_is_sent_is_worked_out_and_what_is_unknown_is_nothing() -> None:
    run, _ = at_quota()
    wait = run.resume(done()).wait
    assert wait.number == 2
    assert wait.errand == Post(
        "https://crm.example.com/x",
        {"years": 30, "adult": True, "nothing": None},
        {"X-Api-Key": "${secret.crm}"},
        ("tier", "points", "vip"),
        2_000,
    )
    assert wait.within_ms > 2_000
    assert wait.meanwhile.text == "One moment, please."


def test_a_reply_is_held_to_the_types_that_the_author_named_and_can_be_read() -> None:
    run, _ = at_quota()
    run.resume(done())
    sprint = run.resume(done(tier="Gold", points="12", vip="true", other=1))
    assert [(a.slot, a.value, a.label) for a in sprint.settled] == [
        ("tier", "gold", "gold"),
        ("points", 12, "12"),
        ("vip", True, "yes"),
    ]
    assert sprint.prompts[0].text == "You have 12 points."
    assert sprint.wait.errand.waits is False
    assert isinstance(run.resume(done()).wait, Expect)


def test_a_number_beyond_all_bounds_is_no_answer() -> None:
    run, _ = at_quota()
    run.resume(done())
    sprint = run.resume(done(points=10**400))
    assert [(a.slot, a.status) for a in sprint.settled if a.slot == "points"] == [("points", Status.MISSING)]


def test_what_the_reply_lacks_is_missing_and_a_failure_goes_to_on_fail() -> None:
    run, _ = at_quota()
    run.resume(done())
    sprint = run.resume(done(tier="bronze"))
    assert [(a.value, a.status) for a in sprint.settled] == [(None, Status.MISSING)] * 3
    assert sprint.prompts == ()
    run, _ = at_quota()
    run.resume(done())
    assert run.resume(FAILED).wait == End("sorry", Disposition.PARTIAL)


def test_an_outcome_that_is_no_errands_changes_nothing_while_one_runs() -> None:
    run, wait = at_quota()
    assert run.resume(key(value=True)).wait == wait
    assert run.again().wait == wait


def test_who_opts_out_by_a_step_is_told_after_it_is_kept() -> None:
    run, _ = at_quota(age=50, regular=False)
    run.resume(done())
    run.resume(done())
    wait = run.resume(key(value=False)).wait
    assert wait.errand == OptOut("optout")
    assert run.disposition_on_hang_up() is Disposition.REFUSED
    sprint = run.resume(done())
    assert (sprint.prompts[0].text, sprint.wait) == ("No more.", End("optout", Disposition.REFUSED))


def test_a_step_of_another_kind_goes_on_after_its_errand() -> None:
    # A callback's question asks by its own rules, and keeps the wish as any errand.
    flow = whole()
    errands = Errands(flow, Memory(flow, {}, ""))
    step = flow.steps[0]
    wait = errands.order(step, KeepCallback("age", "", "UTC"))
    assert errands.ended(step, wait, ErrandResult(ok=True)) == ((), "")


def test_every_way_of_an_errand_is_walked() -> None:
    coverage = walk(whole()).coverage
    assert (coverage.steps.missed, coverage.branches.missed, coverage.ends.missed) == ((), (), ())


def test_values_of_a_reply_are_columns_of_their_kinds_and_secret_ones_are_sealed() -> None:
    kinds = {column.name: column.kind for column in columns_of(whole())}
    assert (kinds["tier"], kinds["points"], kinds["vip"]) == (
        ColumnKind.ONE,
        ColumnKind.NUMBER,
        ColumnKind.BOOLEAN,
    )
    text = WHOLE.replace("timeout: 2s", "sensitive: true").replace(", nothing: missing", "")
    assert private_names(loaded(text)) == {"tier", "points", "vip"}
    assert {c.name for c in columns_of(loaded(text)) if c.sensitive} == {"tier", "points", "vip"}


HOOK = "  - {webhook: crm, url: %s}\n"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (", target: 200", "", "quotas[0]: `target` is missing"),
        ("target: 200", "target: many", "quotas[0].target: a whole number is expected here"),
        ("target: 200", "target: -1", "quotas[0].target"),
        ("target: 200", "target: 0", "quotas[0].target: at least 1 is allowed here"),
        ("when: age < 40", "when: age <", "quotas[0].when: this is not an expression"),
        ("when: age < 40", "when: agee < 40", "reads `agee`, which is no answer and no variable"),
        ("when: age < 40", "when: points > 4", "reads `points`, which cannot have been answered by then"),
        ("when: age < 40", 'when: age == "x"', "the quota `young` counts nobody"),
        ("name: regular", "name: young", "the name `young` is taken by an earlier quota"),
        ("  - {quota: room, full: enough}\n", "", "quotas: no step looks at these"),
        ("full: enough", "full: enoughh", "there is no step or label `enoughh` (did you mean enough?)"),
        ("https://crm.example.com/x", "http://crm.example.com/x", "answers are sent encrypted"),
        ("https://crm.example.com/x", "https://localhost/x", "`localhost` is a private address"),
        ("https://crm.example.com/x", "https://0x7f.1/x", "is a private address"),
        ("https://crm.example.com/x", "https://[::ffff:10.0.0.1]/", "is a private address"),
        ("https://crm.example.com/x", "https://metadata.google.internal/", "is a private address"),
        ("https://crm.example.com/x", "crm.example.com", "an address is expected here"),
        ("https://crm.example.com/x", "https://crm.example.com:99999/", "an address is expected here"),
        ("https://crm.example.com/x", "https://u:p@crm.example.com/", "an address has no user"),
        ("https://crm.example.com/x", "https://crm.example.com/${age}", "an address has no user"),
        ("timeout: 2s", "timeout: 11s", "steps.crm.timeout"),
        ('"${secret.crm}"', "abc123", "`X-Api-Key` looks like a secret"),
        ('"${secret.crm}"', '"${age}"', "a header may only hold `${secret.NAME}`"),
        ('"${secret.crm}"', '"a\\tb ${secret.crm}"', "a header is one line of plain letters"),
        ("X-Api-Key", "Content-Type", "the header `Content-Type` is set by DialAI"),
        ("X-Api-Key", "X Key", "headers"),
        ("vip: boolean", "age: number", "the name `age` is taken by a step"),
        ("send: [age], wait: false", "send: [age], save: {a: text}, wait: false", "`save` needs the reply"),
        ("send: [age], wait: false", "send: [age], on_fail: sorry, wait: false", "`on_fail` needs the reply"),
        ("send: [age], wait: false", "send: [agee], wait: false", "there is no question `agee`"),
        ("send: [age]", "send: age", "steps.tell.send"),
        ("range: [0, 110]}", "range: [0, 110], sensitive: true}", "`age` is sensitive; this step needs"),
        ("opt_out: number", "opt_out: caller", "opt_out"),
        ("end_as: refused", "end_as: machine", "end_as"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(old: str, new: str, says: str) -> None:
    assert old in WHOLE
    with pytest.raises(FlowErrors) as raised:
        loaded(WHOLE.replace(", nothing: missing", "").replace(old, new, 1))
    assert says in str(raised.value)


def test_quotas_without_cells_are_nothing_to_look_at() -> None:
    with pytest.raises(FlowErrors, match="the flow has no `quotas`"):
        loaded("flow: a\nsteps:\n  - {quota: room, full: x}\n  - {label: x, end: completed}\n")


def test_a_service_in_ones_own_network_is_named_as_such() -> None:
    text = WHOLE.replace(", nothing: missing", "").replace("https://crm.example.com/x", "http://10.0.0.7/x")
    assert loaded(text.replace("timeout: 2s", "private: true"))


def test_what_reads_a_sensitive_answer_is_sensitive_as_it_is_sent() -> None:
    text = WHOLE.replace("range: [0, 110]}", "range: [0, 110], sensitive: true}").replace(
        "timeout: 2s", "sensitive: true"
    )
    text = text.replace(", nothing: missing", "").replace(
        "send: [age], wait", "sensitive: true, send: [age], wait"
    )
    run = FlowRun(loaded(text))
    run.start()
    run.resume(key(50))
    assert run.resume(key(value=False)).wait.errand.sensitive


def test_the_manual_shows_the_steps_at_work() -> None:
    shown = manual()
    for heading in ("### `quotas`", "### `quota`", "### `webhook`", "### `opt_out`"):
        assert heading in shown

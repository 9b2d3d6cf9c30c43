"""What the manual says besides the forms: how to begin, how to test, and whole flows that show a step."""

from collections.abc import Mapping
from typing import Final

from app.flows import errand_forms, schema, step_forms, talk_forms
from app.flows.container_forms import RepeatForm

INTRODUCTION: Final = """\
# Writing a call flow

One YAML file is one flow. It is read as YAML 1.2: `no`, `010` and `10:00` are what they look like.
Every step is one item of `steps`; the key that says what it does holds its name, which is also the
column in the results. A first flow, `hello.yaml`, in the folder of flows (`DIALAI_FLOWS_DIR`):

```yaml
flow: hello
steps:
  - {message: intro, prompt: Hello. One question only.}
  - {rating: score, prompt: "From 1 to 5, how are you?", then: [{when: score <= 2, goto: sorry}]}
  - {end: completed, prompt: I am glad to hear it. Goodbye.}
  - {label: sorry, end: completed, prompt: I am sorry to hear it. Goodbye.}
```

`dialai flows check FILE` says what is wrong and where, and how long a call takes; `dialai flows try FILE`
lets you answer the flow in the terminal, again from the start whenever you save it; `dialai flows test`
holds it to the scenarios beside it; `dialai flows graph FILE` draws it. `dialai flows schema > flow.json`
gives an editor what it needs to complete and check while you type: with the YAML language server, by a first
line `# yaml-language-server: $schema=flow.json`. A server takes over a flow that you save, for the next
call; calls in progress keep theirs, and a broken file keeps its last good flow. `dialai calls export` writes
what callers answered as tables, `dialai flows codebook FILE` says what stands in them, `dialai report FLOW`
how calls ended.

Steps follow each other as in the file. `then`, `goto` and the like lead elsewhere: to a step's name, or to
its `label`, which a step without a name of its own (`end`, `goto`, `transfer`, `opt_out`) may bear.

Conditions (`when`) are written in CEL: `score <= 2 && reason == "price"`, `!again || age >= 18`. What is
compared is the value, not the text: a choice's name (`"f"`), a number, `true` or `false`, a day
(`visit < "2026-06-01"`), in a list `"lab" in used` and `size(used) > 1`. `today` is the day of the call. An
answer that is missing or refused decides nothing, and a condition left undecided is false; `reason != ""`
asks whether there is an answer. A prompt says answers and variables by `${name}`, as the language says them
(a choice's text, a day in words); `$${` is a plain `${`. The prompt of a question with choices may say them
with their keys by `${choices}`.

An entry by keys ends with `#` (`end_key`), or as soon as no longer answer can match: an age up to 110 ends
after `9` `5`. Keys that follow an answer answer the next questions. Keys that follow an entry that was no
answer still belong to it, up to `#` or a pause of a second and a half, and answer nothing.
"""
PROMPTS: Final = """\
A prompt is a text (in a flow of one language) or a text for each language; in place of a text may
stand the keys under "A prompt".
"""
SCENARIOS: Final = """\
## Scenarios

A file in the folder `tests` beside the flows holds callers of one flow, and what must come of each.
`dialai flows test` plays them in writing and names file and line of what did not come.

```yaml
flow: after-a-visit
scenarios:
  - scenario: tells what went wrong
    variables: {name: Ann}
    now: 2026-05-04 10:00
    world: {places: full, crm: {tier: gold}}
    caller:
      - press: "1"
      - say: I waited for an hour
      - {say: "yes", sure: 0.6}
      - silence
    expects:
      disposition: completed
      path: [lang, intro, why, thanks]
      answers: {why: I waited for an hour, score: refused, age: null}
```

The caller can `press` keys, `say` words (heard as well as `sure` says, from 0 to 1; a number is said in
words), stay silent (`silence`) and `hang_up`; where the call is handed over, `taken` and `nobody` say
whether somebody takes it. The keys of one `press` come without a pause, as on the line: they answer this
question and the next ones, but behind a wrong entry they are dropped, up to a `#`.

Of `expects` everything may be left out: `path` names all steps in the order they are entered; an answer is
its value, or `refused`, `dont_know`, `no_input`, `no_match`, or `missing` (what `set` could not work out,
or a round that a correction left out), or nothing (`null`) where the question was never settled; of several
choices it is `lab, pharmacy`. `now` is when the call is, for days such as "yesterday". `world` says what
comes of what steps ask for outside of the call: a word for why nothing does, or what the reply brings; what
is not named there is done.

`dialai flows test --verbose` shows the call of each scenario that fails. What comes by lot comes in every
scenario, and in `dialai flows try`, in the same order: this shows in which.

What comes of a `quota` or a `webhook` may stand under `world`, by the step's name: `room: full`,
`crm: timeout`, or the reply itself, `crm: {tier: gold, points: 3}`. Of those that are not named comes
what is hoped for.

Then it walks every branch of each flow by itself: at each question no answer, a wrong one, each request
(`*0`), each choice, and numbers and texts to both sides of all that conditions compare them with. A step,
a branch or an end that is never reached is an error; what the scenarios reach is told beside it. Where the
answers come together in too many ways to try them all, it goes on by lot, to the ends of the flow; what it
still misses then is an error too (`cut short`), but for what a scenario reaches.
"""
CALLERS: Final = """\
## Simulated calls

`dialai call FLOW` holds a whole call over a simulated telephone, with sound. Who calls stands in a file of
the folder `callers` beside the flows: the one named like the flow, or the one that `--caller` names. Where
there is none, `anyone` calls and presses 1 whenever the bot waits.

```yaml
title: A caller who interrupts
flow: hello
steps:
  - wait_prompt
  - {press: "9#", gap_ms: 300}
  - {say: four, interrupt_after_ms: 1200}
  - silent_ms: 3000
  - wait_prompt
  - hang_up
expects:
  disposition: partial
  answers: {score: 4}
```

`wait_prompt` waits until the bot has spoken and waits itself; `press` takes keys, `say` words. Both may come
`interrupt_after_ms` after the bot began to speak. There are `silent_ms`, `noise_ms`, `hang_up` and
`drop_socket` (the line is lost), too. Beside `steps` may stand `locale` (of the caller's voice), `number`,
`variables`, `outbound: true` (the bot dials) and with it `answers` (`human`, `busy`, `no_answer`, `failed`,
`machine`), `patience_ms` (how long the caller stays when all is done) and `may_end_early: true`: without
it a call that ends with steps left to do has failed. What does not come as `expects` says, written
as in a scenario, is told, with exit code 1.
"""
OWN_WORDS: Final = """\
## The bot's own words

Where a flow has no text of its own, the bot says what its language brings along. A project words it
otherwise in a file for each language in the folder `languages` beside the flows: `languages/en.yaml`, or
`languages/en-GB.yaml` for one locale alone. What is left out stays as it is; `dialai flows check` reads
these files with every flow, and a running server takes over what is saved.

```yaml
help: You can press a key or just speak. Press star to hear the question again.
no_match: [I beg your pardon?, "I am sorry, please use the keys of your phone."]
confirm: "{answer}, is that right?"
```

One flow has words of its own under its language, with the same names. They go before the project's:

```yaml
flow: polite
languages:
  en:
    words: {goodbye: We thank you. Goodbye., confirm: "I heard {answer}. Did I hear that right?"}
steps:
  - {yes_no: well, prompt: Are you well?}
  - {end: completed}
```

"""
EXAMPLES: Final[Mapping[type[step_forms.StepForm], str]] = {
    schema.OpenForm: """\
flow: after-a-visit
languages: {en: {voice: Joanna, locale: en-US, lexicons: [clinic]}}
steps:
  - open: why
    prompt: "What could we have done better?"
    probe: {max: 2, about: what happened exactly}
    summary: true
  - end: completed
    prompt: "Thank you. Goodbye."
""",
    schema.SelectManyForm: """\
flow: services-used
steps:
  - select_many: used
    prompt: "Which of these did you use? ${choices} Then press pound."
    order: random
    choices:
      lab: {key: "1", text: the laboratory, synonyms: [lab, blood test]}
      pharmacy: {key: "2", text: the pharmacy}
      none: {key: "0", text: none of them, exclusive: true, fixed: last}
  - {message: thanks, when: '!("none" in used)', prompt: "Thank you for telling us about ${used}."}
  - {end: completed, prompt: Goodbye.}
""",
    schema.DateForm: """\
flow: next-visit
time_zone: America/New_York
steps:
  - {date: visit, range: [today, today + 6w], confirm: always, prompt: When is your next visit?}
  - {message: soon, when: visit == today, prompt: See you in a moment.}
  - {end: completed, prompt: Goodbye.}
""",
    schema.CallbackForm: """\
flow: call-me-back
time_zone: America/New_York
steps:
  - {yes_no: want_call, prompt: Shall we call you back?}
  - {callback: later, when: want_call, ask_time: true}
  - {message: promised, when: 'later != ""', prompt: "We will call you ${later}."}
  - {end: completed, prompt: Goodbye.}
""",
    RepeatForm: """\
flow: household
steps:
  - {numeric: children, range: [0, 6], prompt: How many children live with you?}
  - repeat: child
    times: children
    steps:
      - {numeric: age, range: [0, 17], prompt: "How old is child number ${number}?"}
      - {yes_no: school, when: age >= 5, prompt: Does that child go to school?}
  - repeat: parents
    over: {m: your mother, f: your father}
    steps:
      - {yes_no: alive, prompt: "Is ${item} still alive?"}
  - {message: oldest, when: age_1 > 12, prompt: "The first is ${age_1} years old."}
  - {end: completed, prompt: Goodbye.}
""",
    schema.SectionForm: """\
flow: which-services
steps:
  - section: services
    order: random
    pick: 2
    steps:
      - {yes_no: lab, prompt: Did you use the laboratory?}
      - {yes_no: pharmacy, prompt: Did you use the pharmacy?}
      - section: parking
        steps:
          - {yes_no: parked, prompt: Did you park with us?}
          - {rating: spaces, when: parked, prompt: "From 1 to 5, how easy was it to find a space?"}
  - {set: happy, value: parked && spaces > 3}
  - end: completed
    prompt: Thank you. Goodbye.
""",
    errand_forms.QuotaStepForm: """\
flow: visitors
quotas:
  - {name: young, when: age < 40, target: 200}
  - {name: regular, when: regular, target: 300}
steps:
  - {numeric: age, prompt: How old are you?, range: [0, 110]}
  - {yes_no: regular, prompt: Do you come here often?}
  - {quota: room, full: enough}
  - {rating: score, prompt: "From 1 to 5, how was your visit?"}
  - {end: completed, prompt: Thank you. Goodbye.}
  - {label: enough, end: quota_full, prompt: We have heard enough visitors like you. Thank you. Goodbye.}
""",
    errand_forms.WebhookForm: """\
flow: loyalty
steps:
  - {digits: card, prompt: Your card's last four digits?, length: 4, sensitive: true}
  - webhook: customer
    url: https://crm.example.com/customers
    send: {card: card}
    headers: {X-Api-Key: "${secret.crm}"}
    sensitive: true
    save: {tier: [gold, silver], points: number}
    on_fail: sorry
  - {message: balance, when: tier == "gold", prompt: "You have ${points} points."}
  - {end: completed, prompt: Goodbye.}
  - {label: sorry, end: completed, prompt: We cannot look that up right now. Goodbye.}
""",
    errand_forms.OptOutForm: """\
flow: short
steps:
  - {consent: agreed, prompt: May we ask you one question?, on_no: optout}
  - {rating: score, prompt: "From 1 to 5, how was your visit?"}
  - {end: completed, prompt: Thank you. Goodbye.}
  - {label: optout, opt_out: number, end_as: refused, prompt: We will not call again. Goodbye.}
""",
    talk_forms.ConverseForm: """\
flow: after-a-bad-visit
languages: {en: {voice: Joanna, locale: en-US}, es: {voice: Lupe, locale: es-US}}
partial_if: [incident]
steps:
  - converse: followup
    prompt: {en: "What happened?", es: "¿Qué pasó?"}
    goal: Learn what happened at the visit and what would have helped.
    style: warm and brief
    extract:
      incident: text
      mood: [calm, upset]
      want_call: {type: boolean, about: {en: "May we call you about it?", es: "¿Podemos llamarle?"}}
    exits:
      urgent: {when: the caller describes an emergency, goto: operator}
    limits: {turns: 6, duration: 120s, forbid: [medical advice]}
    on_fail: thanks
    then: [{when: want_call, goto: call_back}]
  - {label: thanks, end: completed, prompt: {en: "Thank you. Goodbye.", es: "Gracias. Adiós."}}
  - {label: call_back, end: callback, prompt: {en: "We will call. Goodbye.", es: "Le llamaremos. Adiós."}}
  - {label: operator, transfer: "+15550100", on_fail: thanks}
""",
}
"""Whole flows that show a step at work."""

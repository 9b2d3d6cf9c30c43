"""What the manual says of bounds: each from the constant that the code itself holds to."""

from typing import Final

from app.domain.conversation import LONGEST_TEXT
from app.flows import (
    bounds,
    errand_forms,
    expressions,
    going,
    house_words,
    library,
    talk_forms,
    walk,
    yaml_tree,
)
from app.flows.container_forms import MOST_ROUNDS, USUAL_ROUNDS

_BOUNDS: Final = (
    (
        "a file",
        (
            f"{yaml_tree.MAX_BYTES // 1024} kB, {yaml_tree.MAX_NODES:,} values, "
            f"{yaml_tree.MAX_DEPTH} levels; {yaml_tree.MAX_LINE:,} characters in a line"
        ),
    ),
    (
        "a flow",
        (
            f"{library.MOST_STEPS} steps, those of every round of a `repeat` and of each `run_flow` counted; "
            f"{library.MOST_OTHERS} other flows that it runs"
        ),
    ),
    (
        "a call",
        (
            f"{going.MOST_STEPS:,} steps one after the other without a question; then it goes in "
            "circles, and ends with an apology"
        ),
    ),
    (
        "`repeat`",
        (
            f"{MOST_ROUNDS} rounds; a number of `times` or of `most` above that is refused. What an "
            f"expression gives above `most` is as many rounds as `most`, of {USUAL_ROUNDS} without it. "
            f"Where `times` names an answer that can be more than {MOST_ROUNDS}, `most` must be given"
        ),
    ),
    (
        "an expression",
        (
            f"{expressions.MAX_EXPRESSION} characters; {bounds.MOST_SUMS} times `+`, "
            f"{bounds.MOST_SUMS_WITH_MACRO} beside `.exists()` and the like; {bounds.MOST_MACROS} times "
            "`.exists()`, `.all()` and `.filter()`, none inside another; no `.map()`; "
            f"{bounds.MOST_MATCHES} times `.matches()`, whose pattern is one text of "
            f"{bounds.LARGEST_PATTERN:,} characters, multiplied by its counts such as `{{20}}`"
        ),
    ),
    (
        "what an expression gives",
        (
            f"{expressions.MAX_TEXT:,} characters of text, the rest is cut off; "
            f"{expressions.MAX_LIST} texts in a list, the others are left out"
        ),
    ),
    ("a `webhook`", f"{errand_forms.MOST_VALUES} values in `send`, and in `save`"),
    (
        "a `converse`",
        f"{talk_forms.MOST_FIELDS} values in `extract`, {LONGEST_TEXT} characters of a text, the rest is cut",
    ),
    ("a quota", f"a `target` of {errand_forms.MOST_TARGET:,}"),
    (
        "the walk of `dialai flows test`",
        (
            f"{walk.MOST_WORK:,} steps of work, then {walk.MOST_WORK_BY_LOT:,} by lot: an answer on the way "
            "costs 1, and 1 more for every 10 steps of the flow"
        ),
    ),
    ("a prompt of the bot's own", f"{house_words.LONGEST} characters"),
)

LIMITS: Final = """\
## Limits

What goes beyond a bound is refused when the file is read, unless something else stands here.

| of | bound |
|---|---|
""" + "".join(f"| {of} | {bound} |\n" for of, bound in _BOUNDS)

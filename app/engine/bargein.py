"""May this prompt be interrupted, by what, and what is left of it to say afterwards."""

from dataclasses import dataclass, replace

from app.domain.speech import BargeIn, Prompt
from app.flows.sprint import Expect, Sprint, question_of


@dataclass(frozen=True, slots=True)
class Breath:
    """What is spoken in one playback: prompts that share a rule of interruption.

    The first `lead` utterances are messages; the rest, if any, is the question itself.
    """

    prompt: Prompt
    lead: int
    is_question: bool = False

    @property
    def messages(self) -> Prompt:
        """The part that is lost when it was not heard: a question can be asked again, a message not."""
        return replace(self.prompt, utterances=self.prompt.utterances[: self.lead])


def breaths_of(sprint: Sprint) -> tuple[Breath, ...]:
    """Return the playbacks a sprint needs, in order.

    Prompts under the same rule are spoken in one breath, so that no mark's round trip stands between
    them. A question that keys typed ahead must not answer begins a breath of its own: keys pressed
    before it belong to what came before.
    """
    breaths: list[Breath] = []
    for prompt in sprint.prompts:
        _append(breaths, prompt, is_question=False, joins=True)
    question = question_of(sprint.wait)
    if question is not None:
        _append(breaths, question.prompt, is_question=True, joins=not question.flushes_type_ahead)
    return tuple(breaths)


def _append(breaths: list[Breath], prompt: Prompt, *, is_question: bool, joins: bool) -> None:
    if not prompt.utterances:
        return
    lead = 0 if is_question else len(prompt.utterances)
    if joins and breaths and breaths[-1].prompt.bargein is prompt.bargein:
        last = breaths[-1]
        joined = replace(prompt, utterances=last.prompt.utterances + prompt.utterances)
        breaths[-1] = Breath(joined, last.lead + lead, is_question)
    else:
        breaths.append(Breath(prompt, lead, is_question))


def keys_may_run_ahead(sprint: Sprint, breaths: tuple[Breath, ...]) -> bool:
    """Say whether keys pressed before this sprint may answer its question."""
    return (
        isinstance(sprint.wait, Expect)
        and not sprint.wait.flushes_type_ahead
        and sprint.wait.policy.dtmf
        and all(breath.prompt.bargein is not BargeIn.NONE for breath in breaths)
    )


def rest_of(breath: Breath, utterances_heard: int) -> Breath:
    """Return what is left to say when the first utterances were heard whole: from a sentence's start."""
    left = breath.prompt.utterances[utterances_heard:]
    return replace(
        breath, prompt=replace(breath.prompt, utterances=left), lead=max(0, breath.lead - utterances_heard)
    )

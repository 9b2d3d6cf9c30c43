"""What the bot says where the flow's author wrote nothing: from the language's catalogue.

Knows the catalogue's words and their voices; knows no flow's steps and no attempts.
"""

from app.domain.speech import BargeIn, Prompt, Utterance
from app.flows.model import LanguageSpec
from app.flows.parts import prompts_of
from app.flows.speaking import Preface, masked, sentences
from app.flows.sprint import Farewell


def no_input(count: int) -> Preface:
    """Say that nothing was heard; `count` is the how-manieth time."""
    return lambda language: _line(_escalated(prompts_of(language).no_input, count), language)


def no_match(count: int) -> Preface:
    """Say that it was no answer; `count` is the how-manieth time."""
    return lambda language: _line(_escalated(prompts_of(language).no_match, count), language)


def help_text(language: LanguageSpec) -> tuple[Utterance, ...]:
    """Say how to answer."""
    return _line(prompts_of(language).help, language)


def use_keys(language: LanguageSpec) -> tuple[Utterance, ...]:
    """Say that this question takes keys only."""
    return _line(prompts_of(language).keypad_only, language)


def nobody_there(language: LanguageSpec) -> tuple[Utterance, ...]:
    """Say that no person can take the call."""
    return _line(prompts_of(language).transfer_failed, language)


def cut_off(language: LanguageSpec) -> tuple[Utterance, ...]:
    """Say sorry for a line that was lost."""
    return _line(prompts_of(language).welcome_back, language)


def one_moment(language: LanguageSpec) -> tuple[Utterance, ...]:
    """Say that something takes a moment."""
    return _line(prompts_of(language).one_moment, language)


def call_back(language: LanguageSpec) -> tuple[Utterance, ...]:
    """Ask when to call again."""
    return _line(prompts_of(language).call_back, language)


def skipped(language: LanguageSpec) -> tuple[Utterance, ...]:
    """Say that the question is passed over."""
    return _line(prompts_of(language).skipped, language)


def talk_no_input(count: int) -> Preface:
    """Say in a conversation that nothing was heard; `count` is the how-manieth time."""
    return lambda language: _line(_escalated(prompts_of(language).talk_no_input, count), language)


def talk_no_match(count: int) -> Preface:
    """Say in a conversation that nothing was understood; `count` is the how-manieth time."""
    return lambda language: _line(_escalated(prompts_of(language).talk_no_match, count), language)


def talk_help(language: LanguageSpec) -> tuple[Utterance, ...]:
    """Say how to take part in a conversation."""
    return _line(prompts_of(language).talk_help, language)


def talk_over(language: LanguageSpec) -> tuple[Utterance, ...]:
    """Say that a conversation is left as it is."""
    return _line(prompts_of(language).talk_over, language)


def read_back(label: str, language: LanguageSpec, *, sensitive: bool) -> tuple[Utterance, ...]:
    """Say what was understood and ask whether it is right. A sensitive one stays out of logs and caches."""
    spoken = sentences(prompts_of(language).confirm.replace("{answer}", label), language)
    return masked(spoken) if sensitive else spoken


def farewell(kind: Farewell, language: LanguageSpec) -> Prompt:
    """Return the last words of a call that ends by itself; nothing interrupts them."""
    prompts = prompts_of(language)
    texts = {
        Farewell.ERROR: prompts.apology,
        Farewell.TIME_UP: prompts.time_is_up,
        Farewell.BUSY: prompts.lines_busy,
        Farewell.OPTED_OUT: prompts.opted_out,
        Farewell.GOODBYE: prompts.goodbye,
    }
    return Prompt(_line(texts[kind], language), BargeIn.NONE)


def fixed_lines(language: LanguageSpec) -> tuple[Utterance, ...]:
    """Return everything this room says that is the same in every call, for the prompt cache."""
    prompts = prompts_of(language)
    texts = (
        *prompts.no_input,
        *prompts.no_match,
        prompts.help,
        prompts.keypad_only,
        prompts.goodbye,
        prompts.apology,
        prompts.time_is_up,
        prompts.lines_busy,
        prompts.transfer_failed,
        prompts.welcome_back,
        prompts.opted_out,
        prompts.skipped,
        prompts.one_moment,
        prompts.call_back,
        *prompts.talk_no_input,
        *prompts.talk_no_match,
        prompts.talk_help,
        prompts.talk_over,
    )
    return tuple(utterance for text in texts for utterance in _line(text, language))


def _line(text: str, language: LanguageSpec) -> tuple[Utterance, ...]:
    return sentences(text, language)


def _escalated(texts: tuple[str, ...], count: int) -> str:
    return texts[min(count, len(texts)) - 1]

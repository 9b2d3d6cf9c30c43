"""Every limit of the engine that a flow does not set, each with the reason for its size."""

from app.domain.call import Millis
from app.flows.asking import LEAST_CONFIDENCE

RING_MS: Millis = 120_000
"""A placed call's stream must be up by then: Twilio rings 60 s by default and adds 5 s; twice that."""

RESUME_MS: Millis = 60_000
"""A caller whose stream was lost is waited for this long: Twilio asks for new TwiML within seconds."""

BARGE_IN_VOICED_MS: Millis = 200
"""Voice that interrupts a prompt: shorter sounds are coughs and clicks (dialogue-rules.md, barge-in)."""

FALSE_ALARM_MS: Millis = 1_000
"""When no word arrived this long after the sound ended, it was no answer and the prompt goes on."""

FINAL_WAIT_MS: Millis = 1_500
"""A recogniser's final is waited for this long, counted from the voice's end: AWS's p99 is 1.9 s after
speech, its median 1.1 s, and a partial that already is an answer never waits."""

NOISE_HOLD_MS: Millis = 5_000
"""Sound without words holds the no-input timer this long at most (dialogue-rules.md, rule 10)."""

FIRST_AUDIO_MS: Millis = 6_000
"""A prompt that has not begun by then has failed: the caller must hear something within 8 s."""

COMMIT_MS: Millis = 5_000
"""An answer that is not on disk by then is not acknowledged: the call apologises and ends."""

TRANSFER_MS: Millis = 20_000
"""The carrier has this long to say whether it takes a transfer over."""

DIAL_MS: Millis = 60_000
"""From the order to hand the caller over until the carrier has told that nobody takes the call: it says a
sentence, rings 30 s and 5 s more, and its request may be repeated."""

TALK_MS: Millis = 14_700_000
"""Whoever took the call may talk for so long: Twilio ends a dialled call after 4 h, and then says so."""

OUTCOME_MS: Millis = 10_000
"""A transfer's outcome is waited for this long after the caller has left: the two are told separately."""

PROMPT_SLACK_MS: Millis = 15_000
PROMPT_MS_PER_CHARACTER: Millis = 200
"""A prompt whose last mark never comes is over after its slack plus this much for each character:
twice what the slowest voice needs. The speaker knows the true length and is quicker."""

PAUSE_FLOOR_MS: Millis = 600
PAUSE_CEILING_MS: Millis = 2_000
"""Bounds of the silence that ends an open answer, however the caller pauses (dialogue-rules.md)."""

KEY_PAUSE_MS: Millis = 1_500
"""Keys closer together than this are typed in one go: after an entry that was no answer they still belong to
it. Half the inter-digit time, and two to three times what a caller takes who reads a number off a card; who
has heard that it was wrong begins anew later than that."""

VOICE_IS_AN_ANSWER_MS: Millis = 500
"""So much voice answers an open question even when the recogniser found no word: its audio is kept."""

LOW_CONFIDENCE = LEAST_CONFIDENCE
"""Words below this are no match, as at every question of a flow."""

HINTED_PHRASES = 1
"""How many phrases of each universal a recogniser is told to expect: more of them cost it the answers."""

MEANWHILE_MS: Millis = 2_000
"""A caller who waits so long for the flow's errand is told that it takes a moment: silence is a fault."""

FIRST_TOKEN_MS: Millis = 3_000
"""A model whose first word takes longer is too slow to talk with (dialogue-rules.md, conversation)."""

SENTENCE_MS: Millis = 4_500
"""A model's first whole sentence must be there by then, counted from the question to it."""

REPLY_SOUNDS_MS: Millis = 5_500
"""A model's reply must sound by then, counted likewise: with the longest pause that ends a turn (2 s) the
caller hears something within 8 s."""

EXTRACTION_MS: Millis = 3_000
"""What a conversation brought is waited for this long at its end; nobody speaks meanwhile."""

INTERPRETATION_MS: Millis = 2_000
"""A model has this long to say what words mean; then they are no match (dialogue-rules.md, answers)."""

"""Caller audio in, facts out: detects voice, feeds the open turn of recognition, keeps spoken answers.

Runs for every frame of the call, so it does as little as it can. Knows what is sound and what is
voice; nothing of questions.
"""

import audioop
from collections import deque
from collections.abc import Callable

import structlog

from app.domain.call import Millis
from app.domain.speech import Hints, SpeechEdge
from app.engine.actions import Listen
from app.engine.events import Fact, SpeechEnded, SpeechStarted, TranscriberFailed
from app.media.audio import BYTES_PER_MS
from app.session.ports import Post, Transcriber, TranscriberTurn, VoiceDetector

PCM_BYTES_PER_MS = 2 * BYTES_PER_MS

PRE_ROLL_MS: Millis = 300
"""Sound before the voice that the recogniser gets too (dialogue-rules.md, endpointing)."""

RING_MS: Millis = 600
"""What is remembered while nothing is fed: the pre-roll and the evidence the detector needed."""

CHUNK_MS: Millis = 80
"""Audio goes to the recogniser in pieces of this length: latency follows it, cost goes against it."""

KEY_TONE_MS: Millis = 400
"""A key's tone is on the line at most this long after its message came."""

LONGEST_KEPT_MS: Millis = 180_000
"""A spoken answer is kept to this length; a turn is over long before (max_speech)."""

_log = structlog.get_logger(__name__)


class Listener:
    """Listens to one leg. `post_at` posts a fact of the past, `post` one of now."""

    def __init__(
        self,
        transcriber: Transcriber,
        detector: VoiceDetector,
        *,
        post: Post,
        post_at: Callable[[Fact, Millis], None],
        keep: Callable[[str, bytes], None],
        expecting: Hints,
    ) -> None:
        self._transcriber = transcriber.join(expecting, post)
        self._continuous = transcriber.is_continuous
        self._detector = detector
        self._post = post
        self._post_at = post_at
        self._keep = keep
        self._order: Listen | None = None
        self._turn: TranscriberTurn | None = None
        self._voice_on = False
        self._feeding = False
        self._chunk: list[bytes] = []
        self._chunk_bytes = 0
        self._ring: deque[bytes] = deque()
        self._ring_bytes = 0
        self._kept: list[bytes] | None = None
        self._kept_bytes = 0

    def audio(self, mulaw: bytes, at: Millis) -> None:
        """Take caller audio of any length that ends at `at` on the call's clock."""
        pcm = audioop.ulaw2lin(mulaw, 2)
        if self._feeding:
            self._chunk.append(pcm)
            self._chunk_bytes += len(pcm)
            if self._chunk_bytes >= CHUNK_MS * PCM_BYTES_PER_MS:
                self._flush()
        else:
            self._remember(pcm)
        if self._kept is not None and self._kept_bytes:
            self._keep_more(pcm)
        edge = self._detector.feed(pcm, at)
        if edge is not None:
            self._take_edge(edge)

    def key_pressed(self, at: Millis) -> None:
        """Take no key's tone for voice."""
        self._detector.mute(at + KEY_TONE_MS)

    def listen(self, order: Listen) -> None:
        """Open a turn of recognition; voice that is under way belongs to it."""
        self._close_turn()
        self._order = order
        self._kept = [] if order.keep_audio and not order.sensitive else None
        self._kept_bytes = 0
        try:
            self._turn = self._transcriber.open(order.turn, order.hints)
        except Exception:  # noqa: BLE001 - an engine's fault is a fact of this turn, keys still work
            self._transcriber_broke()
        if self._voice_on or self._continuous:
            self._start_feeding(RING_MS if self._voice_on else PRE_ROLL_MS)

    def stop(self, turn: int, *, keep: bool) -> None:
        """Recognise no more for this turn; an older number changes nothing."""
        order = self._order
        if order is None or order.turn != turn:
            return
        if keep and self._kept:
            self._keep(order.keep_audio, b"".join(self._kept))
        self._close_turn()

    def close(self) -> None:
        """Stop all work."""
        self._close_turn()
        self._transcriber.close()

    def _take_edge(self, edge: SpeechEdge) -> None:
        self._voice_on = edge.started
        if edge.started:
            if self._order is not None and not self._feeding:
                self._start_feeding(edge.evidence_ms + PRE_ROLL_MS)
            self._post_at(SpeechStarted(edge.evidence_ms), edge.at)
            return
        self._flush()
        self._feeding = self._feeding and self._continuous
        turn = self._turn
        self._post_at(SpeechEnded(edge.evidence_ms), edge.at)
        if turn is not None and turn is self._turn:
            try:
                turn.speech_ended()
            except Exception:  # noqa: BLE001 - as in `listen`
                self._transcriber_broke()

    def _remember(self, pcm: bytes) -> None:
        ring = self._ring
        ring.append(pcm)
        self._ring_bytes += len(pcm)
        while self._ring_bytes - len(ring[0]) >= RING_MS * PCM_BYTES_PER_MS:
            self._ring_bytes -= len(ring.popleft())

    def _start_feeding(self, pre_roll_ms: Millis) -> None:
        """Feed from here on, beginning with the last `pre_roll_ms` remembered."""
        pre_roll = b"".join(self._ring)[-pre_roll_ms * PCM_BYTES_PER_MS :]
        self._ring.clear()
        self._ring_bytes = 0
        self._feeding = True
        self._chunk.append(pre_roll)
        self._chunk_bytes += len(pre_roll)
        if self._kept is not None and not self._kept_bytes and self._voice_on:
            self._keep_more(pre_roll)

    def _flush(self) -> None:
        chunk, self._chunk, self._chunk_bytes = b"".join(self._chunk), [], 0
        if self._turn is not None and chunk:
            try:
                self._turn.feed(chunk)
            except Exception:  # noqa: BLE001 - as in `listen`
                self._transcriber_broke()

    def _keep_more(self, pcm: bytes) -> None:
        if self._kept is not None and self._kept_bytes < LONGEST_KEPT_MS * PCM_BYTES_PER_MS:
            self._kept.append(pcm)
            self._kept_bytes += len(pcm)

    def _transcriber_broke(self) -> None:
        turn = self._order.turn if self._order else 0
        _log.exception("transcriber_broke", turn=turn)
        self._turn = None
        self._post(TranscriberFailed(turn, "error"))

    def _close_turn(self) -> None:
        turn, self._turn = self._turn, None
        self._order = self._kept = None
        self._kept_bytes = 0
        self._feeding = False
        self._chunk, self._chunk_bytes = [], 0
        if turn is not None:
            try:
                turn.close()
            except Exception:  # noqa: BLE001 - a turn that is over can fail nobody
                _log.exception("transcriber_broke_on_close")

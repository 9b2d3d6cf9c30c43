"""Runs `dialai talk` on a sound device made of arithmetic: run by test_talk.py in a process of its own.

The device speaks one of the given words each time the loudspeaker has fallen silent, and writes what the
loudspeaker got to a file.
"""

import asyncio
import audioop
import sys
import threading
from pathlib import Path

from app import cli
from app.adapters.device.ports import Wires
from app.adapters.offline.espeak import EspeakSynthesizer
from app.commands import talk
from app.domain.speech import Utterance
from app.media.audio import to_pcm16, write_wav

BLOCK = 160
QUIET_BLOCKS = 40


class ArithmeticDevice:
    name = "arithmetic"
    latency_ms = 40

    def __init__(self, words: list[bytes], heard: Path) -> None:
        self.words = words
        self.heard = heard
        self.sound = bytearray()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, name="device")

    def start(self, wires: Wires) -> None:
        self.wires = wires
        self.thread.start()

    def run(self) -> None:
        quiet, microphone = 0, bytearray()
        has_sounded = False
        while not self.over.wait(0.02):  # a device's own pace
            block = self.wires.render(BLOCK)
            self.sound += block
            is_loud = audioop.rms(block, 2) > 100
            has_sounded = has_sounded or is_loud
            quiet = 0 if is_loud else quiet + 1
            if has_sounded and quiet == QUIET_BLOCKS and self.words:
                has_sounded = False
                microphone += self.words.pop(0)
            captured = bytes(microphone[: 2 * BLOCK])
            del microphone[: 2 * BLOCK]
            hiss = bytes((i * 37) % 5 if i % 2 == 0 else 0 for i in range(2 * BLOCK - len(captured)))
            self.wires.captured(captured + hiss)

    def close(self) -> None:
        if not self.over.is_set():
            self.over.set()
            self.thread.join()
            self.heard.write_bytes(write_wav(bytes(self.sound)))


async def spoken(words: list[str]) -> list[bytes]:
    synthesizer = EspeakSynthesizer()
    try:
        return [
            to_pcm16(b"".join([piece async for piece in synthesizer.synthesize(Utterance(word, "en-US"))]))
            for word in words
        ]
    finally:
        await synthesizer.aclose()


if __name__ == "__main__":
    heard, words, *arguments = sys.argv[1:]
    device = ArithmeticDevice(asyncio.run(spoken([word for word in words.split(",") if word])), Path(heard))
    talk.find_device = lambda *_: device
    sys.argv[1:] = ["talk", *arguments]
    cli.main()

"""The fake bot as a program with the operators' API: what `dialai call` starts in a test."""

import argparse
import asyncio
import os
import signal
import sys

import httpx
from fake_bot import FakeBot
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ANSWER = {
    "value": 4,
    "label": "four",
    "status": "ok",
    "source": "key",
    "confidence": 1.0,
    "asks": 1,
}


class FakeServer:
    def __init__(self, port: int) -> None:
        twiml = '<Response><Connect><Stream url="/voice/stream"/></Connect></Response>'
        self.bot = FakeBot(questions=1, prompt_ms=300, twiml=twiml, port=port)
        self.bot.api_url = os.environ["DIALAI_TWILIO_API_URL"]
        self.bot.sid, self.bot.token = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
        self.bot.more_routes = [
            Route("/readyz", self.ready),
            Route("/api/flows", self.flows),
            Route("/api/calls", self.dial, methods=["POST"]),
            Route("/api/calls", self.calls),
            Route("/api/calls/1", self.call),
            Route("/api/calls/1/events", self.events),
            Route("/api/calls/1/audio", self.audio),
        ]

    async def ready(self, request: Request) -> Response:
        return Response(status_code=200)

    async def flows(self, request: Request) -> Response:
        assert request.headers["authorization"] == f"Bearer {os.environ['DIALAI_API_KEY']}"
        return JSONResponse({"flows": [{"name": "tiny", "version": "1", "languages": ["en"]}]})

    async def calls(self, request: Request) -> Response:
        form = self.bot.webhooks[0][1] if self.bot.webhooks else None
        return JSONResponse({"calls": [{"id": "1", "carrier_sid": form["CallSid"]}] if form else []})

    async def dial(self, request: Request) -> Response:
        body = await request.json()
        if body["variables"].get("refuse"):
            return JSONResponse({"error": "no"}, 400)
        path = f"/2010-04-01/Accounts/{self.bot.sid}/Calls.json"
        form = {
            "To": body["to"],
            "From": os.environ["TWILIO_FROM_NUMBER"],
            "Url": f"{os.environ['DIALAI_PUBLIC_URL']}/voice/incoming",
        }
        async with httpx.AsyncClient(auth=(self.bot.sid, self.bot.token), trust_env=False) as http:
            await http.post(self.bot.api_url + path, data=form)
        return JSONResponse({"id": "1"}, 201)

    async def call(self, request: Request) -> Response:
        disposition = "completed" if self.bot.received[-1]["event"] == "stop" else None
        turn = {"step": "score", "input": "4", "understood": "four", "latency_ms": {"total": 9}}
        found = {"id": "1", "disposition": disposition, "answers": {"score": ANSWER}, "turns": [turn]}
        return JSONResponse(found)

    async def events(self, request: Request) -> Response:
        utterances = [{"text": "How many?", "sensitive": False}]
        given = {
            "kind": "Record",
            "writes": "AnswerGiven",
            "entry": {"answer": {"slot": "score", **ANSWER}},
        }
        lines = [
            {
                "fact": {"kind": "LegAnswered"},
                "orders": [{"kind": "Play", "prompt": {"utterances": utterances}}],
            },
            {"fact": {"kind": "FinalTranscript", "text": "four"}, "orders": [given]},
        ]
        return JSONResponse({"events": [{"seq": n, "at_ms": 100, "data": d} for n, d in enumerate(lines)]})

    async def audio(self, request: Request) -> Response:
        return Response(b"RIFF", media_type="audio/wav")


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    given = parser.parse_args()
    if os.environ["DIALAI_DATA_DIR"].endswith("taken"):
        sys.exit("the data directory is taken by another server")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with FakeServer(given.port).bot:
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())

"""The flows' pages: each flow with what is wrong with it, its outline, its picture and its scenarios."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from app.domain.access import Role
from app.flows.model import ChooseLanguage, Flow, Select, Step
from app.flows.parts import Piped, Text
from app.web.access import Guard
from app.web.console.diagram import draw, jumps_of, kind_of
from app.web.console.flow_files import FlowFile, FlowFiles, ScenarioRuns
from app.web.console.pages import Pages
from app.web.doors import Doors
from app.web.requests import Refused, as_json


def flow_router(doors: Doors, pages: Pages) -> APIRouter:
    """Return the pages about flows, and what they ask for behind the scenes."""
    router = APIRouter(dependencies=[Depends(Guard(doors, Role.VIEWER))])
    rooms = FlowPages(doors, pages)
    router.add_api_route("/flows", rooms.list, methods=["GET"], response_model=None)
    router.add_api_route("/flows/{name}", rooms.one, methods=["GET"], response_model=None)
    router.add_api_route("/api/flows/{name}/scenarios", rooms.scenarios, methods=["GET"], response_model=None)
    return router


@dataclass(frozen=True, slots=True)
class Lead:
    """A way from a step to another that is not simply the next one, and why it is taken."""

    to: str
    why: str


@dataclass(frozen=True, slots=True)
class Line:
    """A step in the outline. `says` is in the flow's first language."""

    number: int
    name: str
    kind: str
    line: int
    says: str
    when: str
    choices: tuple[str, ...]
    leads: tuple[Lead, ...]


class FlowPages:
    """One method per route."""

    def __init__(self, doors: Doors, pages: Pages) -> None:
        self._doors = doors
        self._pages = pages
        self._files = FlowFiles(doors.flow_files, doors.chores)
        self._runs = ScenarioRuns(doors.chores)

    async def list(self, request: Request) -> Response:
        """Show every file of the folder."""
        files = await self._files.all()
        runs = {file.address: await self._runs.known(file) for file in files}
        return self._pages.render(request, "flows.html", files=files, runs=runs, serving=self._serving)

    async def one(self, request: Request) -> Response:
        """Show one flow."""
        name = request.path_params["name"]
        file = await self._files.at(name)
        if file is None:
            raise Refused(404, f"there is no flow {name}")
        flow = file.flow
        return self._pages.render(
            request,
            "flow.html",
            file=file,
            flow=flow,
            outline=list(_outline(flow)) if flow else [],
            diagram=draw(flow) if flow else None,
            run=await self._runs.known(file),
            serving=self._serving,
        )

    async def scenarios(self, request: Request) -> Response:
        """Hold a flow to its scenarios and tell what came of it."""
        name = request.path_params["name"]
        file = await self._files.at(name)
        if file is None:
            raise Refused(404, f"there is no flow {name}")
        return as_json(await self._runs.of(file))

    def _serving(self, file: FlowFile) -> Flow | None:
        """Return the flow that calls are held by from this file: of a broken one, its last good version."""
        return self._doors.flows.get(file.name) if file.is_owner else None


def _outline(flow: Flow) -> Iterator[Line]:
    ways = jumps_of(flow)
    for number, step in enumerate(flow.steps, 1):
        leads = [
            Lead(flow.steps[way.target].name, way.why)
            for way in ways
            # That the next step follows one that is passed over goes without saying.
            if way.source == number - 1 and not (way.is_skip and way.target == number)
        ]
        yield Line(
            number,
            step.name,
            _kind(step),
            step.place.line,
            _says(getattr(step, "prompt", None), flow),
            step.when.source if step.when else "",
            tuple(_choices(step, flow)),
            tuple(leads),
        )


def _kind(step: Step) -> str:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type(step).__name__)
    return words.replace(" ask ", " ").strip().removesuffix(" step").removeprefix("ask ") or kind_of(step)


def _says(prompt: Text | None, flow: Flow) -> str:
    return _written(prompt[flow.default_language].text) if prompt else ""


def _choices(step: Step, flow: Flow) -> Iterator[str]:
    if isinstance(step, ChooseLanguage):
        yield from (f"{key}: {language}" for key, language in step.keys.items())
    if isinstance(step, Select):
        for choice in step.choices:
            label = choice.text.get(flow.default_language, choice.value)
            yield f"{choice.key}: {label}" if choice.key else label


def _written(text: Piped) -> str:
    return "".join(part if isinstance(part, str) else f"${{{part.source}}}" for part in text.parts)

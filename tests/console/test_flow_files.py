"""The folder of flows as the Flows page reads it: what one file has to do with another."""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from app.web.console import flow_files
from app.web.console.flow_files import FlowFile, FlowFiles, ScenarioRuns
from tests.console.seed import FLOWS

FLOW = "flow: {name}\nversion: {version}\nlanguages: {{en: {{locale: en-US}}}}\nsteps: [{{end: completed}}]\n"


@pytest.fixture
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("about-you", "clinic-visit", "welcome"):
        shutil.copy(FLOWS / f"{name}.yaml", tmp_path)
    return tmp_path


def reader(folder: Path, threads: Executor) -> FlowFiles:
    return FlowFiles(lambda: sorted(folder.glob("*.yaml")), threads)


def by_file(files: FlowFiles) -> dict[str, FlowFile]:
    return {file.file: file for file in asyncio.run(files.all())}


def break_about_you(folder: Path) -> None:
    path = folder / "about-you.yaml"
    path.write_text(path.read_text().replace("numeric:", "numericx:"))


def test_a_flow_whose_included_flow_breaks_has_problems(folder: Path, threads: Executor) -> None:
    files = reader(folder, threads)
    assert by_file(files)["clinic-visit.yaml"].errors == 0
    break_about_you(folder)
    found = by_file(files)
    assert found["clinic-visit.yaml"].errors
    assert found["welcome.yaml"].errors == 0


def test_a_file_is_read_once_for_each_time_it_is_saved(
    folder: Path, threads: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    check = flow_files.check_file
    monkeypatch.setattr(flow_files, "check_file", lambda path: read.append(path.stem) or check(path))
    files = reader(folder, threads)
    by_file(files)
    by_file(files)
    assert read == ["about-you", "clinic-visit", "welcome"]
    break_about_you(folder)
    by_file(files)
    assert read[3:] == ["about-you", "clinic-visit"]  # welcome runs no other flow


def test_the_projects_own_words_are_part_of_every_flow(folder: Path, threads: Executor) -> None:
    files = reader(folder, threads)
    assert not any(file.errors for file in by_file(files).values())
    (folder / "languages").mkdir()
    (folder / "languages/xx.yaml").write_text("help: Hm?\n")
    assert all(file.errors for file in by_file(files).values())


def test_scenarios_stand_until_an_included_flow_is_saved(
    folder: Path, threads: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(path: Path) -> dict[str, object]:
        return {"ok": True, "of": path.stem}

    monkeypatch.setattr(flow_files, "_run", run)
    files, runs = reader(folder, threads), ScenarioRuns(threads)
    visit = by_file(files)["clinic-visit.yaml"]
    welcome = by_file(files)["welcome.yaml"]

    async def play() -> list[object]:
        await runs.of(visit)
        await runs.of(welcome)
        before = await runs.known(visit)
        break_about_you(folder)
        return [before, await runs.known(visit), await runs.known(welcome)]

    before, after, others = asyncio.run(play())
    assert before == {"ok": True, "of": "clinic-visit"}
    assert after is None
    assert others == {"ok": True, "of": "welcome"}


def test_a_name_is_one_files_and_the_other_says_so_on_a_page_of_its_own(
    tmp_path: Path, threads: Executor
) -> None:
    for name in ("one", "other"):
        (tmp_path / f"{name}.yaml").write_text(FLOW.format(name="other", version=1))
    files = reader(tmp_path, threads)
    found = by_file(files)
    assert [file.address for file in found.values()] == ["other", "other.yaml"]
    assert found["one.yaml"].errors == 0
    assert found["other.yaml"].checked.problems[-1].message == (
        f"the name `other` is taken by {tmp_path / 'one.yaml'}"
    )
    (tmp_path / "other.yaml").write_text("flow: other\nsteps: []\n")
    assert asyncio.run(files.at("other.yaml")) == by_file(files)["other.yaml"]
    second = asyncio.run(files.at("other.yaml"))
    assert second is not None
    assert second.errors
    first = asyncio.run(files.at("other"))
    assert first is not None
    assert first.file == "one.yaml"
    (tmp_path / "one.yaml").unlink()
    (tmp_path / "other.yaml").write_text(FLOW.format(name="other", version=2))
    assert [(file.address, file.errors) for file in by_file(files).values()] == [("other", 0)]

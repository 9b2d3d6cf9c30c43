"""The state diagram in the documentation is the machine's own."""

from pathlib import Path

from app.engine.states import diagram


def test_the_picture_in_the_design_page_is_the_machine():
    page = Path(__file__).parents[2] / "docs" / "design.md"
    assert diagram() in page.read_text()

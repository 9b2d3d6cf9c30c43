"""A conversation's ways out in the form that a model fills in."""

import pytest

from app.adapters.aws.forms import extraction_form, read_extraction
from app.domain.conversation import Brief, Exit


def brief(*names):
    return Brief("talk", "en-US", exits=tuple(Exit(name, "so") for name in names))


@pytest.mark.parametrize(
    ("names", "nothing"),
    [(("done",), "none"), (("none",), "none_meant"), (("none", "none_meant"), "none_meant_meant")],
)
def test_to_go_on_talking_is_none_of_the_ways_out(names, nothing):
    form = extraction_form(brief(*names))["properties"]["exit"]
    assert form["enum"] == [*names, nothing]
    assert f'"{nothing}" to go on talking' in form["description"]
    assert read_extraction({"exit": nothing}, brief(*names), None).exit == ""
    assert read_extraction({"exit": names[0]}, brief(*names), None).exit == names[0]

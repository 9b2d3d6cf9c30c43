"""Outcome rates against cases counted by hand and by the R packages outcomerate and responserates."""

import pytest

from app.domain.call import Disposition
from app.domain.rates import GROUPS, Group, eligibility, groups_with, rates, tally


def cases(**counts: int) -> dict[Group, int]:
    return dict.fromkeys(Group, 0) | {Group(name): count for name, count in counts.items()}


TWELVE = cases(I=4, P=2, R=1, NC=1, O=1, UH=1, UO=1, NE=1)
"""The twelve people of outcomerate's manual."""


def test_the_twelve_cases_of_a_manual_give_its_rates() -> None:
    assert eligibility(TWELVE) == pytest.approx(9 / 10)
    assert rates(TWELVE) == pytest.approx(
        {
            "RR1": 4 / 11,
            "RR2": 6 / 11,
            "RR3": 4 / 10.8,
            "RR4": 6 / 10.8,
            "RR5": 4 / 9,
            "RR6": 6 / 9,
            "COOP1": 4 / 8,
            "REF1": 1 / 11,
            "CON1": 8 / 11,
        }
    )


def test_a_hundred_interviews_and_twenty_that_nobody_answered() -> None:
    # The example of responserates: 83.3 % throughout, and everybody who was reached took part.
    found = rates(cases(I=100, NC=20))
    assert found.pop("COOP1") == 1
    assert found.pop("REF1") == 0
    assert {round(rate or 0, 3) for rate in found.values()} == {0.833}


def test_every_group_counts_where_aapor_counts_it() -> None:
    # Powers of two: a sum tells which groups are in it.
    found = rates(cases(I=1, P=2, R=4, NC=8, O=16, UH=32, UO=64, NE=128), e=0.5)
    assert found == pytest.approx(
        {
            "RR1": 1 / 127,
            "RR2": 3 / 127,
            "RR3": 1 / 79,
            "RR4": 3 / 79,
            "RR5": 1 / 31,
            "RR6": 3 / 31,
            "COOP1": 1 / 23,
            "REF1": 4 / 127,
            "CON1": 23 / 127,
        }
    )


def test_a_rate_that_no_case_can_have_is_none() -> None:
    assert set(rates(cases()).values()) == {None}
    unknown = rates(cases(UH=3))
    assert (unknown["RR1"], unknown["RR3"], unknown["RR5"], unknown["COOP1"]) == (0, None, None, None)
    assert rates(cases(UH=3), e=0.5)["RR3"] == 0
    assert eligibility(cases(UH=3)) is None


def test_every_disposition_has_a_group() -> None:
    assert set(GROUPS) == set(Disposition)
    counted = tally(dict.fromkeys(Disposition, 1))
    assert set(counted) == set(Group)
    assert sum(counted.values()) == len(Disposition)


def test_a_project_counts_as_it_likes() -> None:
    table = groups_with(" machine=NC, no_input = UO,")
    assert (table[Disposition.MACHINE], table[Disposition.NO_INPUT]) == (
        Group.NON_CONTACT,
        Group.UNKNOWN_OTHER,
    )
    assert table[Disposition.BUSY] is GROUPS[Disposition.BUSY]
    assert tally({Disposition.MACHINE: 3}, table)[Group.NON_CONTACT] == 3


@pytest.mark.parametrize("wrong", ["machine", "machine=XX", "robot=NC", "=", "machine=nc"])
def test_a_group_that_does_not_exist_is_refused_with_those_that_do(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"write disposition=group.* I, P, R, NC, O, UH, UO, NE"):
        groups_with(wrong)

"""Outcome rates of a survey by AAPOR's Standard Definitions: groups of dispositions, and the formulas.

A case is a call. Where one number is called several times, each attempt counts as a case of its own.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from app.domain.call import Disposition


class Group(StrEnum):
    """AAPOR's groups of final dispositions."""

    COMPLETE = "I"
    PARTIAL = "P"
    REFUSAL = "R"
    NON_CONTACT = "NC"
    OTHER = "O"
    UNKNOWN_HOUSEHOLD = "UH"
    UNKNOWN_OTHER = "UO"
    NOT_ELIGIBLE = "NE"


GROUPS: Final[Mapping[Disposition, Group]] = {
    Disposition.COMPLETED: Group.COMPLETE,
    Disposition.PARTIAL: Group.PARTIAL,
    Disposition.BREAK_OFF: Group.REFUSAL,
    Disposition.REFUSED: Group.REFUSAL,
    Disposition.OPTED_OUT: Group.REFUSAL,
    Disposition.INELIGIBLE: Group.NOT_ELIGIBLE,
    Disposition.QUOTA_FULL: Group.NOT_ELIGIBLE,
    # The line was taken, yet nobody was there to ask.
    Disposition.NO_INPUT: Group.NON_CONTACT,
    # Somebody was reached and did not refuse; it is no interview.
    Disposition.TRANSFERRED: Group.OTHER,
    Disposition.CALLBACK: Group.OTHER,
    Disposition.INTERRUPTED: Group.OTHER,
    Disposition.ERROR: Group.OTHER,
    # Whom the number belongs to was not learnt.
    Disposition.MACHINE: Group.UNKNOWN_HOUSEHOLD,
    Disposition.NO_ANSWER: Group.UNKNOWN_HOUSEHOLD,
    Disposition.BUSY: Group.UNKNOWN_HOUSEHOLD,
    Disposition.FAILED: Group.UNKNOWN_HOUSEHOLD,
    Disposition.CANCELED: Group.UNKNOWN_HOUSEHOLD,
}
"""Which group a disposition counts in, unless a project says otherwise."""


def groups_with(changes: str) -> dict[Disposition, Group]:
    """Return the table with changes such as `machine=NC, no_input=UO`. Raises ValueError for any other."""
    table = dict(GROUPS)
    for change in filter(None, (part.strip() for part in changes.split(","))):
        disposition, _, group = (part.strip() for part in change.partition("="))
        if disposition not in set(Disposition) or group not in set(Group):
            raise ValueError(
                f"{change}: write disposition=group, as in machine=NC; the groups are {', '.join(Group)}, "
                f"the dispositions {', '.join(Disposition)}"
            )
        table[Disposition(disposition)] = Group(group)
    return table


def tally(
    counts: Mapping[Disposition, int], groups: Mapping[Disposition, Group] = GROUPS
) -> dict[Group, int]:
    """Return how many cases are in each group; every group is there."""
    totals = dict.fromkeys(Group, 0)
    for disposition, count in counts.items():
        totals[groups[disposition]] += count
    return totals


def eligibility(cases: Mapping[Group, int]) -> float | None:
    """Return AAPOR's e: the share of eligible cases among those whose eligibility is known."""
    eligible = sum(cases[group] for group in _KNOWN)
    return _share(eligible, eligible + cases[Group.NOT_ELIGIBLE])


def rates(cases: Mapping[Group, int], e: float | None = None) -> dict[str, float | None]:
    """Return the rates by AAPOR's names, 0 to 1; None where no case could count.

    `e` replaces the estimate of `eligibility`.
    """
    complete, partial, refusal = cases[Group.COMPLETE], cases[Group.PARTIAL], cases[Group.REFUSAL]
    interviews, known = complete + partial, sum(cases[group] for group in _KNOWN)
    unknown = cases[Group.UNKNOWN_HOUSEHOLD] + cases[Group.UNKNOWN_OTHER]
    contacts = interviews + refusal + cases[Group.OTHER]
    share = eligibility(cases) if e is None else e
    # With nobody known to be eligible or not, how many of the unknown are cannot be estimated.
    estimated = 0.0 if share is None else known + share * unknown
    return {
        "RR1": _share(complete, known + unknown),
        "RR2": _share(interviews, known + unknown),
        "RR3": _share(complete, estimated),
        "RR4": _share(interviews, estimated),
        "RR5": _share(complete, known),
        "RR6": _share(interviews, known),
        "COOP1": _share(complete, contacts),
        "REF1": _share(refusal, known + unknown),
        "CON1": _share(contacts, known + unknown),
    }


_KNOWN: Final = (Group.COMPLETE, Group.PARTIAL, Group.REFUSAL, Group.NON_CONTACT, Group.OTHER)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None

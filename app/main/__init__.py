"""Wires the house: settings to adapters, adapters to the session floor; decides nothing of a call."""


class Unusable(Exception):  # noqa: N818 - says what the configuration is
    """The program cannot run like this; one line says why and what to do."""

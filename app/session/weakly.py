"""Ways back to an object for those that it holds itself; knows nothing of either.

What holds one another is freed by the garbage collector only, and the collector holds up every call: a call
whose parts knew it outright would cost all others a third of a millisecond after its end.
"""

from collections.abc import Callable
from typing import ParamSpec
from weakref import WeakMethod

P = ParamSpec("P")


def weakly(method: Callable[P, None]) -> Callable[P, None]:
    """Return what calls this bound method while somebody else keeps its object; later it does nothing."""
    held = WeakMethod(method)

    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        there = held()
        if there is not None:
            there(*args, **kwargs)

    return call

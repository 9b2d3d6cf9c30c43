"""How each provider fares: its breakers, what was counted, how soon it answers. Knows no requests.

One Health serves the process: what one call learns of a provider, the next call needs not learn again.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from app.adapters.resilience.breaker import Breaker, BreakerRules, Permit, State
from app.domain.call import Millis
from app.session.ports import Clock
from app.session.pulse import Recent

ITS_OWN_FAULT = frozenset(("timeout", "throttled", "unavailable", "error", "denied"))
"""Failures that tell of the provider, or of our account there; what it refuses or garbles may be due to what
it was asked."""

_LEVELS = {State.CLOSED: 0.0, State.HALF_OPEN: 1.0, State.OPEN: 2.0}

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """A provider at one moment; `state` is that of the operation which fares worst.

    `counts` has `requests`, `retried`, `stood_in`, `skipped` (it rested) and each reason of a failure.
    """

    service: str
    name: str
    state: State
    counts: Mapping[str, int]
    first_p50_ms: float
    first_p95_ms: float


class Attempt:
    """One request under way; it is settled by exactly one of `answered`, `failed` and `given_up`."""

    def __init__(self, provider: "Provider", operation: str, permit: Permit, began: Millis) -> None:
        self._provider = provider
        self._operation = operation
        self._permit = permit
        self._began = began
        self._has_begun = False

    def first(self) -> None:
        """Take that something of the answer came; only the first time counts."""
        if not self._has_begun:
            self._has_begun = True
            self._provider.first_ms.add(self._provider.clock.now() - self._began)

    def answered(self) -> None:
        """Take that all is well."""
        self._settle(answered=True)

    def failed(self, reason: str) -> None:
        """Take how it failed, in a word."""
        self._provider.counts[reason] += 1
        self._settle(answered=reason not in ITS_OWN_FAULT, reason=reason)

    def given_up(self) -> None:
        """Take that nobody wanted the rest; a provider that had begun to answer is a healthy one."""
        self._settle(answered=self._has_begun or None)

    def _settle(self, *, answered: bool | None, reason: str = "") -> None:
        self._provider.settle(self._operation, self._permit, answered=answered, reason=reason)


class Provider:
    """One provider of one service.

    Each of its operations has a breaker: a model's stream may hang for as long as its forms are well.
    """

    def __init__(self, service: str, name: str, clock: Clock, rules: BreakerRules) -> None:
        self.service = service
        self.name = name
        self.clock = clock
        self.counts: Counter[str] = Counter()
        self.first_ms = Recent()
        self._breakers: defaultdict[str, Breaker] = defaultdict(lambda: Breaker(rules))

    def begin(self, operation: str = "") -> Attempt | None:
        """Begin a request, or return None: the provider is to be left alone with such."""
        permit = self._breakers[operation].ask(self.clock.now())
        if permit is None:
            self.counts["skipped"] += 1
            return None
        self.counts["requests"] += 1
        return Attempt(self, operation, permit, self.clock.now())

    def note(self, event: str) -> None:
        """Count something that happened beside the requests; it decides nothing."""
        self.counts[event] += 1

    def settle(self, operation: str, permit: Permit, *, answered: bool | None, reason: str = "") -> None:
        """Tell the breaker, and the log when that changed whether the provider is used."""
        now, breaker = self.clock.now(), self._breakers[operation]
        before = breaker.state(now)
        breaker.settle(permit, now, answered=answered)
        after = breaker.state(now)
        if after is not before:
            told = "provider_back" if after is State.CLOSED else "provider_rests"
            _log.warning(told, service=self.service, provider=self.name, reason=reason, operation=operation)

    def health(self) -> ProviderHealth:
        """Return how it fares now."""
        now = self.clock.now()
        states = [breaker.state(now) for breaker in self._breakers.values()]
        state = max(states, key=_LEVELS.__getitem__, default=State.CLOSED)
        p50, p95 = self.first_ms.percentile(0.5), self.first_ms.percentile(0.95)
        return ProviderHealth(self.service, self.name, state, dict(self.counts), p50, p95)


class Health:
    """All providers of the process."""

    def __init__(self, clock: Clock, rules: BreakerRules | None = None) -> None:
        self._clock = clock
        self._rules = rules or BreakerRules()
        self._providers: dict[tuple[str, str], Provider] = {}

    def provider(self, service: str, name: str) -> Provider:
        """Return the provider of this name; whoever asks for the same gets the same."""
        key = (service, name)
        if key not in self._providers:
            self._providers[key] = Provider(service, name, self._clock, self._rules)
        return self._providers[key]

    def health(self) -> list[ProviderHealth]:
        """Return how each fares, in the order they were first asked for."""
        return [provider.health() for provider in self._providers.values()]

    def gauges(self) -> dict[str, float]:
        """Return what /metrics shows; a state is 0 closed, 1 half open, 2 open."""
        found: dict[str, float] = {}
        for one in self.health():
            label = f'service="{one.service}",provider="{one.name}"'
            found[f"provider_state{{{label}}}"] = _LEVELS[one.state]
            found[f"provider_first_p50_ms{{{label}}}"] = one.first_p50_ms
            found[f"provider_first_p95_ms{{{label}}}"] = one.first_p95_ms
            for event, count in sorted(one.counts.items()):
                found[f'provider_events{{{label},event="{event}"}}'] = float(count)
        return found

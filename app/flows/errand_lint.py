"""What only the whole flow shows of its errands: quotas that read too early, secrets that would be logged.

Paths it gives are those of the file.
"""

from collections.abc import Iterator

from app.flows.condition_types import complaint, samples_of
from app.flows.findings import Finding
from app.flows.graph import FlowGraph
from app.flows.model import Flow, QuotaStep, Step, WebhookStep, answers_of, private_names
from app.flows.problems import nearest
from app.flows.yaml_tree import Path


def readings(index: int, step: Step) -> Iterator[tuple[Path, frozenset[str], bool]]:
    """Yield which names the step sends, and where it says so."""
    for name, expression in step.body.items() if isinstance(step, WebhookStep) else ():
        yield ("steps", index, "send", name), expression.names, False


def inspect_errands(flow: Flow, graph: FlowGraph) -> Iterator[Finding]:
    """Find what is wrong with the flow's quotas and with what it sends."""
    private = private_names(flow)
    for index, step in enumerate(flow.steps):
        if isinstance(step, QuotaStep):
            yield from _quotas(flow, graph, index)
        elif isinstance(step, WebhookStep) and not step.sensitive:
            for name, expression in step.body.items():
                for read in sorted(expression.names & private):
                    message = f"`{read}` is sensitive; this step needs `sensitive: true` too"
                    yield Finding(("steps", index, "send", name), message)


def _quotas(flow: Flow, graph: FlowGraph, index: int) -> Iterator[Finding]:
    """Find cells that cannot be judged at this step."""
    path: Path = ("steps", index, "quota")
    homes = {name: i for i, step in enumerate(flow.steps) for name in answers_of(step)}
    before, samples = graph.before(index), samples_of(flow)
    for quota in flow.quotas:
        for name in sorted(quota.when.names - flow.variables - {"today"}):
            if name not in homes:
                message = f"the quota `{quota.name}` reads `{name}`, which is no answer and no variable"
                yield Finding(path, message, nearest(name, homes.keys() | flow.variables))
            elif homes[name] not in before:
                message = f"the quota `{quota.name}` reads `{name}`, which cannot have been answered by then"
                yield Finding(path, message)
        why = complaint(quota.when, samples)
        if why:
            yield Finding(path, f"the quota `{quota.name}` counts nobody: {why}")

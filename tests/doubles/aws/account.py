"""What the double's one AWS account holds and allows; a test changes it before it calls."""

from dataclasses import dataclass, field

from tests.doubles.aws.brain import Brain, interviewer
from tests.doubles.aws.models import MODELS, Model
from tests.doubles.aws.sigv4 import Credentials

ACCOUNT_ID = "123456789012"
ARN = f"arn:aws:iam::{ACCOUNT_ID}:user/dialai"


class Refusal(Exception):  # noqa: N818 - the word for what a service does
    """The service answers with this status and error type instead."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message


@dataclass(slots=True)
class Account:
    """Credentials, regions, models, permissions, lexicons, guardrails, and the brain behind the models.

    `denied` holds IAM actions (`polly:SynthesizeSpeech`); `locked_models` those without access.
    """

    credentials: Credentials
    regions: tuple[str, ...]
    brain: Brain = interviewer
    models: dict[str, Model] = field(default_factory=lambda: dict(MODELS))
    locked_models: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    lexicons: set[str] = field(default_factory=set)
    guardrails: set[str] = field(default_factory=set)

    def allow(self, action: str, resource: str = "*") -> None:
        """Return when this account may do so. Raises Refusal as IAM words it."""
        if action in self.denied:
            raise Refusal(
                403,
                "AccessDeniedException",
                f"User: {ARN} is not authorized to perform: {action} on resource: {resource} because no"
                f" identity-based policy allows the {action} action",
            )

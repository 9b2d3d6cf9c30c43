"""What AWS's refusals mean to an operator, and what to do about each; asks nothing itself."""

from typing import Final

from app.adapters.aws.errors import TIMEOUT, UNTRUSTED, Failure, failure_of
from app.commands.doctor_findings import Finding, failed

DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_POLICY: Final = "attach infra/iam-policy.json"
_GUARDRAIL: Final = (
    "set DIALAI_BEDROCK_GUARDRAIL and DIALAI_BEDROCK_GUARDRAIL_VERSION to one of the model's region"
)
WRONG_KEYS: Final = {
    "InvalidClientTokenId": "the access key does not exist (any more): make one in IAM",
    "UnrecognizedClientException": "the access key does not exist (any more): make one in IAM",
    "InvalidSignatureException": "the secret does not belong to the access key: copy it again",
    "SignatureDoesNotMatch": "the secret does not belong to the access key: copy it again",
    "ExpiredToken": "the session is over: sign in again",
    "ExpiredTokenException": "the session is over: sign in again",
    "RequestExpired": "this machine's clock is wrong: set it",
}


def refused(failure: Failure, action: str) -> Finding:
    """Say why a request was refused; `action` is the permission it needs."""
    if failure.code in DENIED:
        return failed(f"the account may not: {failure.code}", f"allow {action}: {_POLICY}")
    if failure.code == UNTRUSTED:
        return failed(failure.cause, "set SSL_CERT_FILE and AWS_CA_BUNDLE to your proxy's or endpoint's CA")
    todo = WRONG_KEYS.get(failure.code, f"check the network, the region and {action}")
    return failed(failure.cause, todo, is_late=failure.reason == TIMEOUT)


def no_model(model: str, error: Exception, action: str, choice: str) -> Finding:
    """Say why a model does not answer; `choice` says how another is chosen."""
    failure = failure_of(error)
    if failure.code in DENIED:
        todo = f"allow {action} ({_POLICY}), and ask for access to the model in Bedrock's console"
        return failed(f"no access to {model}: {failure.code}", todo)
    if failure.code in {"ResourceNotFoundException", "ValidationException"}:
        # Both codes are said of models and of guardrails: only AWS's own words tell which.
        if "guardrail" in str(error).lower():
            return failed(f"the guardrail is not there: {failure.code}", _GUARDRAIL)
        return failed(f"{model}: {failure.code}", choice)
    return refused(failure, action)

"""STS GetCallerIdentity, in the query protocol: who the credentials belong to."""

from tests.doubles.aws.account import ACCOUNT_ID, ARN
from tests.doubles.aws.log import Service
from tests.doubles.aws.routes import Route
from tests.doubles.aws.serving import Serving

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


async def _query(serving: Serving) -> None:
    if await serving.meets_early_fault():
        return
    action = serving.request.body.get("Action", "")
    if action != "GetCallerIdentity":
        serving.refuse(400, "InvalidAction", f"Could not find operation {action} for version 2011-06-15")
        return
    identity = f"<Arn>{ARN}</Arn><UserId>AIDADIALAITESTDOUBLE</UserId><Account>{ACCOUNT_ID}</Account>"
    body = (
        f'<GetCallerIdentityResponse xmlns="{_NAMESPACE}">'
        f"<GetCallerIdentityResult>{identity}</GetCallerIdentityResult>"
        f"<ResponseMetadata><RequestId>{serving.wire.request_id}</RequestId></ResponseMetadata>"
        "</GetCallerIdentityResponse>"
    )
    serving.wire.answer(200, {"Content-Type": "text/xml"}, body.encode())
    serving.complete()


ROUTES = (Route(Service.STS, "GetCallerIdentity", "POST", "/", "sts", _query),)

"""How AWS is reached with these settings: the clients that all requests share, and Transcribe's streams."""

from app.adapters.aws.session import AwsAccess, AwsClients
from app.adapters.aws.transcribe import make_transport
from app.adapters.aws.transcribe_wire import Transport
from app.main import Unusable
from app.settings import Settings

_OFTEN = 5.0


def make_clients(settings: Settings) -> AwsClients:
    """Make what gives clients; reads and asks nothing yet. Raises Unusable without a region."""
    if not settings.region:
        raise Unusable("the engine `aws` needs a region: set AWS_REGION, in the environment or in .env")
    return AwsClients(
        AwsAccess(
            settings.region,
            settings.aws_endpoint_url,
            connect_timeout_s=settings.connect_seconds,
            read_timeout_s=_OFTEN,
            connections=max(10, 2 * settings.max_calls),
        )
    )


def open_transport(settings: Settings, clients: AwsClients) -> Transport:
    """Return what opens Transcribe's streams."""
    return make_transport(
        settings.transcribe_transport.value,
        settings.region,
        clients.keys,
        settings.transcribe_endpoint_url,
        stability=settings.transcribe_stability.value,
    )

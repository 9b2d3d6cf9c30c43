"""Where a <Stream> really goes: what Twilio would refuse, what it signs, and what is dialled on loopback."""

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit


class NotWssError(Exception):
    """A stream URL whose scheme Twilio refuses."""


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """`signed` is the URL as Twilio signs it, `dialled` the one that is reached; `has_query` is a mistake."""

    signed: str
    dialled: str
    has_query: bool


def stream_address(url: str, document_url: str, public_url: str, server_url: str) -> StreamAddress:
    """Resolve a <Stream>'s url. Raises NotWssError.

    A server that calls itself http:// stands on loopback, where no TLS can end: there ws:// passes.
    """
    public = urlsplit(public_url)
    scheme, host, path, query, _ = urlsplit(urljoin(document_url, url))
    if "://" not in url:
        scheme = "ws" if public.scheme == "http" else "wss"
    if scheme != "wss" and (scheme, public.scheme) != ("ws", "http"):
        raise NotWssError(f"<Stream url={url!r}> is not wss")
    server = urlsplit(server_url if host == public.netloc else f"http://{host}")
    return StreamAddress(
        signed=urlunsplit((scheme, host, path, "", "")),
        dialled=urlunsplit(("wss" if server.scheme == "https" else "ws", server.netloc, path, "", "")),
        has_query=bool(query),
    )

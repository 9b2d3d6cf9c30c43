"""Signs webhooks and handshakes as Twilio does; knows nothing of requests."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import urldefrag

HEADER = "X-Twilio-Signature"
Fields = Sequence[tuple[str, str]]


def sign(auth_token: str, url: str, fields: Fields = ()) -> str:
    """The signature of a request: HMAC-SHA1 over the URL and the sorted form fields.

    The URL counts as it was given, without its fragment; a repeated field counts as its set of values.
    """
    text = urldefrag(url).url + "".join(name + value for name, value in sorted(set(fields)))
    # SHA-1 is Twilio's choice, not ours.
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()

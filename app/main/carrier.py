"""Twilio as these settings name it; knows no call."""

from app.adapters.twilio.rest import TwilioCalls, TwilioDialer
from app.settings import Settings


def make_carrier(settings: Settings) -> TwilioCalls | None:
    """Return what ends and redirects calls; None without an account."""
    token = settings.twilio_auth_token.get_secret_value()
    if not settings.twilio_account_sid or not token:
        return None
    return TwilioCalls(settings.twilio_account_sid, token, api_url=settings.twilio_api_url)


def make_dialer(settings: Settings, carrier: TwilioCalls | None, public_url: str) -> TwilioDialer | None:
    """Return what places calls; None without an account."""
    if carrier is None:
        return None
    return TwilioDialer(
        carrier,
        from_number=settings.twilio_from_number,
        public_url=public_url,
        time_limit_s=settings.max_call_seconds,
    )

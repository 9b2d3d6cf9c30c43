"""Makes any studio's audio fit for the line; brings the numeric libraries in only when there is some."""


def to_line(pcm16: bytes, rate: int, channels: int = 1) -> bytes:
    """Return mu-law for the line, see app.media.resampling. Blocks; the first time for their import, too."""
    # A fifth of a second that a start with all prompts cached need not take.
    from app.media.resampling import to_line as fitted  # noqa: PLC0415

    return fitted(pcm16, rate, channels)

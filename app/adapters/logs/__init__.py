"""Structured log lines: how they are set up, what is masked in them, and the canonical ones."""

from app.adapters.logs.canonical import CanonicalLines
from app.adapters.logs.setup import configure_logging

__all__ = ["CanonicalLines", "configure_logging"]

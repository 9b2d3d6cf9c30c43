"""Structured log lines: how they are set up, what is masked in them, and the canonical ones."""

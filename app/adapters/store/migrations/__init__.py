"""Alembic's steps from one revision of the call log to the next."""

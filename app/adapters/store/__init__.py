"""The call log on SQLite or PostgreSQL."""

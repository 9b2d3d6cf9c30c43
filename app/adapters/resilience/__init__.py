"""Providers that fail, made bearable: deadlines, one retry, breakers, the next candidate."""

"""Prompts kept ready: synthesis behind a cache, and recordings."""

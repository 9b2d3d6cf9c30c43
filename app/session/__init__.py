"""The asyncio shell around one live call, and the ports it needs."""

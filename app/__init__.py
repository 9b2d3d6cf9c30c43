"""DialAI: a telephone voice system. `docs/design.md` shows how the floors stand on each other."""

"""A telephone network in a box."""

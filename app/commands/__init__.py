"""The rooms of the `dialai` command."""

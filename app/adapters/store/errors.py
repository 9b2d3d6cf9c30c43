"""What can be wrong with a store as a whole."""


class StoreError(Exception):
    """The store cannot be used; one line says what is wrong, where, and what to do."""

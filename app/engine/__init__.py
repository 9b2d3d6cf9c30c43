"""One call: facts in, orders out."""

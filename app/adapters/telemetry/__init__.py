"""What calls tell of themselves to those who watch machines: histograms and spans; no word of a caller."""

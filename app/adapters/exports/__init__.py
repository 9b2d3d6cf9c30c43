"""Files that researchers' programs read; each room knows one format, none knows where calls are kept."""

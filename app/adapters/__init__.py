"""Each implements a port; none knows another."""

"""What to say next: the flow language and its interpreter."""

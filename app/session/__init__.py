"""The shell around live calls: inbox, deadline, sound in and out, and the desk that admits them."""

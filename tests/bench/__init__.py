"""`make bench`: what a call costs and how promptly it is answered, over real sockets; asserts nothing."""

"""What was heard: sound as bytes and levels, without files, loops or clocks."""

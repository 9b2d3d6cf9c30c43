"""This machine's microphone and loudspeaker as the leg of a call."""

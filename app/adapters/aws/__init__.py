"""Amazon Web Services: Transcribe hears, Bedrock thinks, Polly speaks."""

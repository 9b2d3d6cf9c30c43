"""The doors: Twilio's webhooks, the media socket, the API."""

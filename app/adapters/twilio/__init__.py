"""Twilio's wire, REST and signatures."""

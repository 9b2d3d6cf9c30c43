"""Sends messages to web services by HTTPS, and to none of this machine or network."""

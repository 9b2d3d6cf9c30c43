"""A local AWS for tests and trials: real sockets and protocols, verified signatures, scripted faults."""

from tests.doubles.aws.log import Ending, NeverHappensError, Request, Service
from tests.doubles.aws.server import AwsDouble

__all__ = ["AwsDouble", "Ending", "NeverHappensError", "Request", "Service"]

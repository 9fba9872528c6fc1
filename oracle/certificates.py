"""The public certificate authorities that HTTPS servers are checked against."""

import ssl
from functools import cache

import httpx


@cache
def public_authorities() -> ssl.SSLContext:
    """The authorities of certifi and none of the environment's; for any number of clients. Reading them takes longer
    than making a client, so it is done once a process."""
    return httpx.create_ssl_context(trust_env=False)

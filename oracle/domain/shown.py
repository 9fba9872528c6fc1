"""URLs as they may be shown: logs and `/status` are read by others than those who know what a URL holds."""

from urllib.parse import urlsplit


def shown_url(url: str) -> str:
    """`url` as scheme://host:port/path: without its login and its query, which may hold secrets."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # a password with a slash in it is taken for a port and a path
    except ValueError:
        return "an address that is no URL"
    if not parts.netloc:
        return url.partition("?")[0].rpartition("@")[2]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

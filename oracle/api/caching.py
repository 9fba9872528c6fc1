"""What may be kept of an answer, and for how long."""

from hashlib import sha256

from fastapi import Request, Response
from pydantic import BaseModel

FINAL = "public, max-age=31536000, immutable"
FRESH = "public, max-age=5"


def answer(request: Request, model: BaseModel, *, final: bool) -> Response:
    """`model` as JSON with its ETag, or 304 when the client has it. `final`: it will never be another."""
    body = model.model_dump_json().encode()
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": FINAL if final else FRESH}
    known = [value.strip().removeprefix("W/") for value in request.headers.get("if-none-match", "").split(",")]
    if tag in known or known == ["*"]:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")

"""Every refusal of the public API, and the one shape it has on the wire: `{"error": name, "reason": what to do}`."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from oracle.domain.errors import WellheadError

RETRY_S = 5
"""What a client is asked to wait when the fault is ours and will pass."""


class ErrorBody(BaseModel):
    """A refusal."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"error": "NotHeld", "reason": "ask another node"}]})

    error: str = Field(description="Its name, the same for the same cause.")
    reason: str = Field(description="What is wrong and what to do, for people.")


class ApiError(WellheadError):
    """A refusal of the public API. `status` is the HTTP status it is answered with."""

    status = HTTPStatus.BAD_REQUEST


class NotHeld(ApiError):
    """No standing report, meter or lease of that name, or this node does not have it."""

    status = HTTPStatus.NOT_FOUND


class BadRequest(ApiError):
    """A parameter that cannot be what it should be."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Busy(ApiError):
    """Too many expensive questions at once: this one was not begun."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class RateLimited(ApiError):
    """This client asks more often than it may."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class BodyTooLong(ApiError):
    """A request body beyond what any path here takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TargetTooLong(ApiError):
    """A path and query beyond what any question here needs."""

    status = HTTPStatus.REQUEST_URI_TOO_LONG


class TooManyHeaders(ApiError):
    """More header fields, or longer ones, than a client has reason to send."""

    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


REFUSALS: dict[int | str, dict[str, object]] = {
    "4XX": {"model": ErrorBody, "description": "Refused; the body says why and what to do."},
    "503": {"model": ErrorBody, "description": "The chain or the database cannot be read now: ask again later."},
}
"""For `responses=` of a route."""


def refusal(status: int, error: str, reason: str, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal as sent."""
    body = ErrorBody(error=error, reason=reason[:4096]).model_dump_json()
    return Response(body, status_code=status, headers=dict(headers or {}), media_type="application/json")


def answer_errors(app: FastAPI, log: Callable[..., None]) -> None:
    """Gives every error of `app` that is not answered by name yet its name. `log` takes (event, fields)."""

    def named(_: Request, error: Exception) -> Response:
        status = error.status if isinstance(error, ApiError) else HTTPStatus.SERVICE_UNAVAILABLE
        retry = {"retry-after": str(RETRY_S)} if status in (HTTPStatus.TOO_MANY_REQUESTS, 503) else {}
        return refusal(status, type(error).__name__, str(error), retry)

    def invalid(_: Request, error: Exception) -> Response:
        faults = error.errors() if isinstance(error, RequestValidationError) else ()
        reasons = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
        return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "BadRequest", "; ".join(reasons))

    def http(_: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        name = "".join(word.capitalize() for word in HTTPStatus(error.status_code).phrase.split())
        return refusal(error.status_code, name, f"{error.detail}; what there is: /docs", error.headers)

    def fault(request: Request, error: Exception) -> Response:
        log("fault in this node, please report it", path=request.url.path, error=repr(error))
        return refusal(500, "Fault", "this node has a fault; its operator finds it in the log")

    app.add_exception_handler(WellheadError, named)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, fault)

"""Puts the public API onto the node's application: routes, the gate before them, metrics and the docs page."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import Scope

from oracle.api.docs_page import docs_page
from oracle.api.errors import answer_errors
from oracle.api.gate import Gate, GateRules
from oracle.api.limits import RateLimit
from oracle.api.metrics import Exposition, Part
from oracle.api.parts import http_metrics
from oracle.api.records import PublicRecords
from oracle.api.routes import public_routes
from oracle.settings import ApiSettings

ABOUT = (
    "Reports that stand on-chain, the readings under their roots with Merkle proofs, and a fleet's meter over time. "
    "Everything under a root can be checked against the chain; coverage is this node's own word. Units are in the "
    "names: `unit_s` is unit-seconds, `unix_s` Unix seconds, `wh` watt-hours. Whole numbers beyond 2^53 are strings of "
    "digits. "
    'A refusal is `{"error", "reason"}`.'
)


def _nobody(_: Scope) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Public:
    """What is published. `parts` are read for metrics; `is_exempt` says of a request's scope that no rate
    limit is to hold it up; `log` takes (event, fields); `clock` is monotonic, in seconds."""

    records: PublicRecords
    parts: Mapping[str, Part]
    settings: ApiSettings
    log: Callable[..., None]
    is_exempt: Callable[[Scope], bool] = _nobody
    clock: Callable[[], float] = time.monotonic


def publish(app: FastAPI, public: Public) -> None:
    """Adds the public API to `app`, and the gate that every request to it passes first."""
    settings = public.settings
    rate, answers = RateLimit(settings.requests_per_minute, public.clock), Counter[str]()
    http: Part = lambda: http_metrics(answers, rate, public.records.trees)  # noqa: E731
    exposition = Exposition({**public.parts, "http": http})
    app.title, app.description = "Wellhead node", ABOUT
    app.include_router(public_routes(public.records))

    @app.get("/metrics", tags=["Health"], response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def metrics(request: Request) -> Response:
        """This node in numbers, for Prometheus."""
        body, content_type = exposition.answer(request.headers.get("accept", ""))
        return Response(body, media_type=content_type)

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        """This API as a page."""
        return Response(docs_page(app.openapi()), media_type="text/html; charset=utf-8")

    answer_errors(app, public.log)
    rules = GateRules(rate, settings.trusted_networks, public.is_exempt)
    app.add_middleware(Gate, rules=rules, answers=answers)
    # The outermost: a page must be able to read that it was refused.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET"],
        allow_headers=["if-none-match"],
        expose_headers=["etag", "retry-after"],
        max_age=3600,
    )

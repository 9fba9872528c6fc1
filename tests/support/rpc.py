"""RPCs that misbehave: a provider that counts requests and lets a test answer some of them."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from web3 import Web3
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

Answer = Callable[[Any, Callable[[], RPCResponse]], Any]
"""From a request's parameters, and a call that asks the real RPC, to the response."""


class ScriptedProvider(JSONBaseProvider):
    """Passes requests on to `real`, counts them by method in `asked`, and lets `answers` (by method) speak instead."""

    def __init__(self, real: Any, answers: Mapping[str, Answer] | None = None) -> None:
        super().__init__()
        self._real = real
        self.answers = dict(answers or {})
        self.asked: Counter[str] = Counter()

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """One request."""
        self.asked[method] += 1

        def ask() -> RPCResponse:
            response: RPCResponse = self._real.make_request(method, params)
            return response

        answer = self.answers.get(method)
        response: RPCResponse = answer(params, ask) if answer else ask()
        return response


def scripted(w3: Web3, **answers: Answer) -> tuple[Web3, ScriptedProvider]:
    """A web3 whose RPC is that of `w3` but for `answers`, and its provider."""
    provider = ScriptedProvider(w3.provider, answers)
    return Web3(provider), provider


def refusal(message: str, code: int = -32000, data: object = None) -> RPCResponse:
    """A JSON-RPC error."""
    error: Any = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": 1, "error": error}

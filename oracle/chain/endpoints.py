"""The RPCs of a chain, each asked for itself: whom first, whether it serves the chain, and what is said of failures."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from oracle.chain.endpoint import Endpoint, Response
from oracle.chain.errors import ChainUnreachable, RpcFault, TooFewRpcs, WrongChain
from oracle.domain.spoken import Spoken


class Endpoints:
    """The RPCs of chain `chain_id` (None: whatever they serve), of which `quorum` have to answer where one answer is
    not enough. Safe to share between threads; `log` takes (event, fields)."""

    def __init__(
        self, endpoints: Sequence[Endpoint], quorum: int, chain_id: int | None, log: Callable[..., None]
    ) -> None:
        self.all = tuple(endpoints)
        self._quorum = quorum
        self._chain_id = chain_id
        self._spoken = Spoken(log)

    def candidates(self, block: int | None = None) -> list[Endpoint]:
        """Whom to ask, the best first: those that rest only where there are too few others, those that told of a head
        below `block` never."""
        able = [
            endpoint
            for endpoint in self.all
            if len(self.all) == 1 or block is None or endpoint.head is None or endpoint.head >= block
        ]
        rests = {endpoint: endpoint.rests() for endpoint in able}
        ready = [endpoint for endpoint in able if not rests[endpoint][0]]
        if len(ready) < self._quorum:
            ready = [endpoint for endpoint in able if not rests[endpoint][1]]
        return sorted(ready, key=lambda endpoint: endpoint.rank)

    def ask(self, endpoint: Endpoint, method: str, params: Sequence[Any]) -> Response:
        """One RPC's response, once it is known to serve the chain. Raises RpcFault."""
        self.check_chain(endpoint)
        try:
            response = endpoint.ask(method, params)
        finally:
            self.tell(endpoint.name, endpoint.trouble)
        return response

    def check_chain(self, endpoint: Endpoint) -> None:
        """Asks, when it is due, whether an RPC serves the chain. Raises RpcFault."""
        if self._chain_id is not None:
            try:
                endpoint.check_chain(self._chain_id)
            finally:
                self.tell(endpoint.name, endpoint.trouble)

    def first(self, ask: Callable[[Endpoint], Response]) -> Response:
        """What the best RPC that answers says. Raises as `too_few` when none does."""
        faults: list[RpcFault] = []
        for endpoint in self.candidates():
            try:
                return ask(endpoint)
            except RpcFault as fault:
                faults.append(fault)
        return self.too_few(faults)

    def send_to_all(self, params: Sequence[Any]) -> Response:
        """Hands a transaction to every RPC; one that takes it is enough. Raises as `too_few` when none answers."""
        taken: Response | None = None
        refusal: Response | None = None
        faults: list[RpcFault] = []
        for endpoint in self.candidates():
            try:
                response = self.ask(endpoint, "eth_sendRawTransaction", params)
            except RpcFault as fault:
                faults.append(fault)
                continue
            if "error" in response:
                refusal = refusal or response
            else:
                taken = response
        if taken is None and refusal is None:
            self.too_few(faults)
        return taken or refusal or {}

    def too_few(self, faults: Sequence[RpcFault]) -> NoReturn:
        """Raises what says best why too few answered: WrongChain, ChainUnreachable, TooFewRpcs, or the one RPC's
        fault."""
        wrong = [fault for fault in faults if fault.kind == "wrong chain"]
        resting = [endpoint for endpoint in self.all if endpoint.rests()[1]]
        if wrong and len(wrong) == len(faults):
            raise WrongChain(f"{wrong[0]}: give RPCs and the deployment file of one chain")
        if len(self.all) == 1 and faults:
            raise faults[0]
        if len(self.all) == 1 and resting:
            raise ChainUnreachable(f"{resting[0].trouble}; it is asked again in {resting[0].rests()[0]:.0f} s")
        said = "; ".join(dict.fromkeys(map(str, faults)) or (each.trouble for each in resting)) or "others are behind"
        raise TooFewRpcs(f"fewer than {self._quorum} of {len(self.all)} RPCs answer ({said})")

    def fault(self, endpoint: Endpoint, kind: str, what: str) -> RpcFault:
        """Counts a failure that only shows in what an RPC answered; to be raised."""
        fault = RpcFault(kind, f"the RPC {endpoint.name} {what}")
        endpoint.failed(fault)
        self.tell(endpoint.name, endpoint.trouble)
        return fault

    def tell(self, who: str, trouble: str) -> None:
        """Logs a trouble when it begins and when it is over."""
        if trouble:
            self._spoken.say(who, "rpc trouble", rpc=who, reason=trouble)
        else:
            self._spoken.over(who, "rpc well again", rpc=who)

"""web3 over a pool of RPCs: how contracts and headers are read, with every failure a ChainError."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from web3 import Web3
from web3.contract.contract import Contract, ContractFunction
from web3.exceptions import BadFunctionCallOutput, ContractLogicError, Web3Exception, Web3RPCError
from web3.providers.base import JSONBaseProvider
from web3.types import BlockIdentifier, RPCEndpoint, RPCResponse

from oracle.abi import load
from oracle.chain.codec import ErrorCodec, named
from oracle.chain.endpoint import Endpoint
from oracle.chain.errors import Reorganised, Reverted, RpcRefused, WrongCode
from oracle.chain.pool import STALL_S, Pool
from oracle.chain.view import Block
from oracle.domain.spoken import say_nothing
from oracle.exchange.fetch import Fetcher


class PoolProvider(JSONBaseProvider):
    """A web3 provider that asks a pool of RPCs."""

    def __init__(self, pool: Pool) -> None:
        # web3 asks for the chain's id twice with every call; the pool checks each RPC's by itself.
        super().__init__(cache_allowed_requests=True, cacheable_requests={RPCEndpoint("eth_chainId")})
        self._pool = pool

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """One request. Raises ChainError."""
        return cast(RPCResponse, {"jsonrpc": "2.0", "id": 0, **self._pool.request(method, _plain(params))})


def make_pool(
    rpc_urls: Sequence[str],
    quorum: int,
    fetcher: Fetcher,
    chain_id: int | None = None,
    *,
    stall_s: float = STALL_S,
    log: Callable[..., None] = say_nothing,
) -> Pool:
    """A pool of the RPCs at these addresses; nothing is sent yet."""
    endpoints = [Endpoint(url, fetcher, time.monotonic) for url in rpc_urls]
    return Pool(endpoints, quorum, chain_id, stall_s=stall_s, log=log)


def connect(rpc_url: str, fetcher: Fetcher | None = None) -> Web3:
    """A web3 for one RPC, whatever chain it serves; nothing is sent yet."""
    return web3_of(make_pool([rpc_url], 1, fetcher or Fetcher()))


def web3_of(pool: Pool) -> Web3:
    """A web3 over a pool."""
    return Web3(PoolProvider(pool))


def contract(w3: Web3, interface: str, address: str) -> Contract:
    """A contract of ours by its interface's name (see `oracle.abi`) and address."""
    return w3.eth.contract(address=Web3.to_checksum_address(address), abi=load(interface))


def call(function: ContractFunction, block: BlockIdentifier = "latest") -> Any:
    """What a view function answers as of `block`: a value, or a tuple of several; structs as dicts by member name.

    Raises Reverted or another ChainError.
    """
    with named_errors():
        answer = function.call(block_identifier=block)
        outputs = function.abi["outputs"]
        if len(outputs) == 1:
            return named(outputs[0], answer)
        return tuple(named(output, value) for output, value in zip(outputs, answer, strict=True))


def read_block(w3: Web3, which: BlockIdentifier) -> Block:
    """The header of a block by number or tag. Raises Reorganised when the chain has none of that number."""
    return read_header(w3, which)[0]


def read_header(w3: Web3, which: BlockIdentifier) -> tuple[Block, bytes]:
    """A block's header and its parent's hash. Raises as `read_block`.

    Asked of the provider itself: web3 would format all twenty fields of a header, and a node reads several a second.
    """
    with named_errors():
        header = _header(w3, which)
        return _block(header), bytes.fromhex(header["parentHash"][2:])


def read_newest(w3: Web3) -> tuple[Block, int]:
    """The newest block and its base fee in wei. Raises as `read_block`."""
    with named_errors():
        header = _header(w3, "latest")
        return _block(header), int(header["baseFeePerGas"], 16)


def _header(w3: Web3, which: BlockIdentifier) -> Mapping[str, Any]:
    name = hex(which) if isinstance(which, int) else which
    answer = w3.provider.make_request(RPCEndpoint("eth_getBlockByNumber"), [name, False])
    if "error" in answer:
        raise Web3RPCError(repr(answer["error"]), rpc_response=answer)
    header: Mapping[str, Any] | None = answer["result"]
    if header is None:
        raise Reorganised(f"the chain has no block {which!r} (any more): read again from its head")
    return header


def _block(header: Mapping[str, Any]) -> Block:
    return Block(int(header["number"], 16), bytes.fromhex(header["hash"][2:]), int(header["timestamp"], 16))


@contextmanager
def named_errors() -> Iterator[None]:
    """Turns whatever web3 raises inside into Reverted, WrongCode or RpcRefused; the pool's own ChainErrors
    pass."""
    try:
        yield
    except ContractLogicError as error:
        raise reverted(revert_data(error.data), str(error)) from None
    except BadFunctionCallOutput as error:
        raise WrongCode(f"at an address of the deployment file stands another contract: check it ({error})") from None
    except Web3RPCError as error:
        raise RpcRefused(f"the RPC refused: {rpc_message(error)}") from None
    except (Web3Exception, AttributeError, KeyError, TypeError, ValueError) as error:
        raise RpcRefused(f"the RPC's answer cannot be used ({_brief(error)}): check what rpc_urls point at") from None


def reverted(data: bytes | None, fallback: str) -> Reverted:
    """The named error in revert `data`; without any, one with the RPC's own words `fallback`."""
    decoded = ErrorCodec().decode(data) if data else None
    if decoded is None:
        return Reverted("", {}, f"reverted with unknown data 0x{data.hex()}" if data else fallback)
    name, arguments = decoded
    if name == "Error":
        return Reverted(name, arguments, f"reverted: {arguments['message']}")
    return Reverted(name, arguments, sentence(name, arguments))


def sentence(name: str, arguments: Mapping[str, Any]) -> str:
    """`Name(key=value, ...)`, bytes as hex: how an error is shown to people."""
    shown = (f"0x{value.hex()}" if isinstance(value, bytes) else str(value) for value in arguments.values())
    pairs = (f"{key.rstrip('_')}={value}" for key, value in zip(arguments, shown, strict=True))
    return f"{name}({', '.join(pairs)})"


def revert_data(data: object) -> bytes | None:
    """The raw bytes in a JSON-RPC error's `data`: hex (Anvil, geth), `Reverted 0x..`, or {"result": hex} (Ganache)."""
    if isinstance(data, Mapping):
        data = data.get("result")
    if not isinstance(data, str):
        return None
    try:
        return bytes.fromhex(data.removeprefix("Reverted ").removeprefix("0x"))
    except ValueError:
        return None


def rpc_message(error: Web3RPCError) -> str:
    """The RPC's own words in a JSON-RPC error."""
    answer = error.rpc_response.get("error") if error.rpc_response else None
    return str(answer["message"]) if isinstance(answer, dict) and "message" in answer else str(error)


def _plain(value: Any) -> Any:
    """web3's parameters as JSON has them: bytes as hex."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]

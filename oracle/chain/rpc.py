"""The connection to one RPC: bounded in time, and every failure a ChainError."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from web3 import HTTPProvider, Web3
from web3.contract.contract import Contract, ContractFunction
from web3.exceptions import BadFunctionCallOutput, ContractLogicError, Web3Exception, Web3RPCError
from web3.providers.rpc.utils import ExceptionRetryConfiguration
from web3.types import BlockIdentifier, RPCEndpoint

from oracle.abi import load
from oracle.chain.codec import ErrorCodec, named
from oracle.chain.errors import ChainUnreachable, Reorganised, Reverted, RpcRefused, WrongCode
from oracle.chain.view import Block

TRIES = 2
RETRY_BACKOFF_S = 0.25


def connect(rpc_url: str, timeout_s: int = 10) -> Web3:
    """A web3 for one HTTP RPC; nothing is sent yet. It waits `timeout_s` for an answer, and tries twice."""
    retry = ExceptionRetryConfiguration(
        errors=(requests.ConnectionError, requests.Timeout), retries=TRIES, backoff_factor=RETRY_BACKOFF_S
    )
    provider = HTTPProvider(
        rpc_url,
        request_kwargs={"timeout": timeout_s},
        exception_retry_configuration=retry,
        # web3 asks for the chain's id twice with every call; `check_deployment` has compared it once.
        cache_allowed_requests=True,
        cacheable_requests={RPCEndpoint("eth_chainId")},
    )
    return Web3(provider)


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
        name = hex(which) if isinstance(which, int) else which
        answer = w3.provider.make_request(RPCEndpoint("eth_getBlockByNumber"), [name, False])
        if "error" in answer:
            raise Web3RPCError(repr(answer["error"]), rpc_response=answer)
        header = answer["result"]
        if header is None:
            raise Reorganised(f"the chain has no block {which!r} (any more): read again from its head")
        block = Block(int(header["number"], 16), bytes.fromhex(header["hash"][2:]), int(header["timestamp"], 16))
        return block, bytes.fromhex(header["parentHash"][2:])


@contextmanager
def named_errors() -> Iterator[None]:
    """Turns whatever web3 and the HTTP client raise inside into Reverted, ChainUnreachable, WrongCode or RpcRefused."""
    try:
        yield
    except ContractLogicError as error:
        raise reverted(revert_data(error.data), str(error)) from None
    except requests.RequestException as error:
        raise ChainUnreachable(f"the RPC does not answer ({_lost(error)}): check rpc_url and that it runs") from None
    except BadFunctionCallOutput as error:
        raise WrongCode(f"at an address of the deployment file stands another contract: check it ({error})") from None
    except Web3RPCError as error:
        raise RpcRefused(f"the RPC refused: {rpc_message(error)}") from None
    except (Web3Exception, AttributeError, KeyError, TypeError, ValueError) as error:
        raise RpcRefused(f"the RPC's answer cannot be used ({_brief(error)}): check what rpc_url points at") from None


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


def _lost(error: requests.RequestException) -> str:
    """Why, without the address: its path may hold a provider's key."""
    return f"HTTP {error.response.status_code}" if error.response is not None else type(error).__name__


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]

"""Configuration files (TOML), a node's first of all. Paths in one are relative to it; unknown keys are refused."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from eth_utils.address import is_hex_address, to_checksum_address
from eth_utils.hexadecimal import is_0x_prefixed
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from oracle.domain.errors import WellheadError

EXAMPLE = "examples/node.toml"


class SettingsError(WellheadError):
    """A configuration that is missing, not TOML, or says something that cannot be."""


def _address(value: str) -> str:
    if is_0x_prefixed(value) and is_hex_address(value):
        checksummed = str(to_checksum_address(value))
        if value[2:] in (checksummed[2:], checksummed[2:].lower(), checksummed[2:].upper()):
            return checksummed
    raise ValueError(f"{value!r} is not an address: 0x and 40 hex digits, with a right checksum if mixed-case")


def _http(value: str) -> str:
    if not value.startswith(("http://", "https://")) or len(value.split("/", 3)[2]) == 0 or " " in value:
        raise ValueError(f"{value!r} is not an http:// or https:// address")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):  # what zoneinfo raises for a name it cannot look up
        raise ValueError(f"{value!r} is not a time zone: write one like UTC or Europe/Zurich") from None
    return value


def _listen(value: str) -> str:
    host, separator, port = value.rpartition(":")
    if not separator or not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"{value!r} is not host:port; 127.0.0.1:0 takes a free port")
    return value


def _database(value: str, info: ValidationInfo) -> str:
    return value if value.startswith("postgresql://") else str(_in_folder(Path(value), info))


def _in_folder(value: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder", Path())
    return Path(folder) / value.expanduser()


def _existing(value: Path) -> Path:
    if not value.is_file():
        raise ValueError(f"there is no file {value}")
    return value


Address = Annotated[str, AfterValidator(_address)]
"""A checksummed address, from any 0x-hex one whose checksum, if it has one, is right."""
Url = Annotated[str, AfterValidator(_http)]
NewFile = Annotated[Path, AfterValidator(_in_folder)]
File = Annotated[Path, AfterValidator(_in_folder), AfterValidator(_existing)]


class Section(BaseModel):
    """Base of every part of a configuration: no unknown keys, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ChainSettings(Section):
    """Where the chain is, and where our contracts on it are.

    `rpc_quorum` of the `rpc_urls` have to agree on what a report is made from (default: more than half of them). A
    transaction counts once its block has `confirmations` blocks on it.
    """

    rpc_urls: Annotated[list[Url], Field(min_length=1)]
    deployment: File
    rpc_quorum: Annotated[int, Field(ge=1)] | None = None
    confirmations: Annotated[int, Field(ge=1, le=1000)] = 12

    @property
    def quorum(self) -> int:
        """How many RPCs have to agree."""
        return self.rpc_quorum or len(self.rpc_urls) // 2 + 1

    @model_validator(mode="after")
    def _enough(self) -> "ChainSettings":
        if len(set(self.rpc_urls)) < len(self.rpc_urls):
            raise ValueError("an RPC is given twice: each counts once")
        if self.quorum > len(self.rpc_urls):
            raise ValueError(f"rpc_quorum {self.quorum} is more than the {len(self.rpc_urls)} rpc_urls")
        return self


class KeystoreSettings(Section):
    """A key in a V3 keystore."""

    keystore: File
    password_file: File


class RemoteKeySettings(Section):
    """A key in a remote signer that speaks Web3Signer's ETH1 API; `address` is the key's."""

    signer_url: Url
    address: Address


def _key_kind(value: Any) -> str:
    remote = "signer_url" in value if isinstance(value, dict) else isinstance(value, RemoteKeySettings)
    return "remote" if remote else "keystore"


KeySettings = Annotated[
    Annotated[KeystoreSettings, Tag("keystore")] | Annotated[RemoteKeySettings, Tag("remote")], Discriminator(_key_kind)
]
"""Where a key is: in a keystore file, or with a remote signer."""


class NodeSettings(Section):
    """The node itself. `attempt_s` is a leader's turn in seconds of the chain's clock (default: a twelfth of an epoch);
    `poll_ms` how often the chain's head is looked at.

    `clock` is what samples are taken by: the machine's (and then the chain's head may be off it by `max_skew_s`, or
    nothing is signed), or, for simulated chains whose time is not ours, the chain's own.
    """

    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8547"
    database: Annotated[str, AfterValidator(_database)]
    clock: Literal["machine", "chain"] = "machine"
    max_skew_s: Annotated[int, Field(ge=1, le=3600)] = 60
    attempt_s: Annotated[int, Field(ge=1)] | None = None
    poll_ms: Annotated[int, Field(ge=10, le=60_000)] = 1000

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


class ApiSettings(Section):
    """The public part of the node's HTTP API: which web origins may read it, and how often one client may ask."""

    cors_origins: list[Url] = []
    requests_per_minute: Annotated[int, Field(ge=1)] = 600


class PeerSettings(Section):
    """Another node: its cold address in the node set, and where it listens."""

    node: Address
    url: Url


class SiteSettings(Section):
    """One fleet's site. `interval_s` is the time between samples, in seconds of the chain's clock; `timezone` that of
    the machine that writes an nvidia-smi log. Allocation bodies and inventories are at `<url>/0x<hash>`."""

    fleet: Annotated[int, Field(ge=1)]
    kind: Literal["dcgm", "nvidia-smi"]
    url: Url
    interval_s: Annotated[int, Field(ge=1, le=3600)] = 30
    allocations_url: Url
    inventory_url: Url
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"


class Settings(Section):
    """A whole configuration file."""

    chain: ChainSettings
    node: NodeSettings
    signing_key: KeySettings
    gas_key: KeySettings
    api: ApiSettings = ApiSettings()
    peers: list[PeerSettings] = []
    sites: list[SiteSettings] = []

    @model_validator(mode="after")
    def _no_doubles(self) -> "Settings":
        named = [f"peer {peer.node}" for peer in self.peers] + [f"site of fleet {site.fleet}" for site in self.sites]
        double = next((name for name in named if named.count(name) > 1), None)
        if double is not None:
            raise ValueError(f"{double} is given twice")
        if self.signing_key == self.gas_key:
            raise ValueError("signing_key and gas_key are one key: signing and gas take two different ones")
        return self


_Model = TypeVar("_Model", bound=Section)


def load_settings(path: Path) -> Settings:
    """The configuration of a node in `path`. Raises SettingsError, naming every fault and what to write instead."""
    return read_settings(path, Settings, EXAMPLE)


def read_settings(path: Path, model: type[_Model], example: str) -> _Model:
    """A `model` from the TOML file `path`; `example` is one to copy. Raises as `load_settings`."""
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text())
    except OSError as error:
        raise SettingsError(
            f"cannot read the configuration {path} ({error.strerror}): copy {example} and edit it"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from None
    try:
        return model.model_validate(content, context={"folder": path.resolve().parent})
    except ValidationError as error:
        faults = "\n".join(_told(fault, example) for fault in error.errors())
        raise SettingsError(f"{path} cannot be used:\n{faults}") from None


def _told(fault: Any, example: str) -> str:
    # A key's kind is not something that stands in the file.
    places = [part for at, part in enumerate(fault["loc"]) if not (at and str(fault["loc"][at - 1]).endswith("_key"))]
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in places)
    if fault["type"] == "extra_forbidden":
        return f"  {where}: no such setting; remove it or correct its spelling (see {example})"
    if fault["type"] == "missing":
        return f"  {where}: is missing"
    return f"  {where}: {str(fault['msg']).removeprefix('Value error, ')}".rstrip(": ")

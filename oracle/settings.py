"""Configuration files (TOML), a node's first of all. Paths in one are relative to it; unknown keys are refused."""

import re
import tomllib
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit
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
from oracle.files import read_small

EXAMPLE = "examples/node.toml"
_SERVER = re.compile(r"postgresql://(?:[^@/]*@)?(?P<host>[^/?]*)(?:/(?P<name>[^?]*))?(?:\?(?P<options>.*))?")
"""As libpq takes an address apart: who connects ends at the first @ before a slash."""


class SettingsError(WellheadError):
    """A configuration that is missing, not TOML, or says something that cannot be."""


def _address(value: str) -> str:
    if is_0x_prefixed(value) and is_hex_address(value):
        checksummed = str(to_checksum_address(value))
        if value[2:] in (checksummed[2:], checksummed[2:].lower(), checksummed[2:].upper()):
            return checksummed
    raise ValueError(f"{value!r} is not an address: 0x and 40 hex digits, with a right checksum if mixed-case")


def _http(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or not value.startswith(("http://", "https://")) or " " in value or not value.isprintable():
        # The value itself is not shown: it may hold a password.
        raise ValueError("is not an http:// or https:// address (a / in a password is written %2F)")
    return value


def _origin(value: str) -> str:
    if value.count("/") != 2 or "*" in value or value != value.lower():
        raise ValueError(f"{value!r} is not an origin: scheme://host or scheme://host:port, lower-case, without a path")
    return value


def _network(value: str) -> str:
    try:
        return str(ip_network(value, strict=True))
    except ValueError:
        raise ValueError(f"{value!r} is not an address or a network: write one like 10.0.0.7 or 10.0.0.0/24") from None


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):  # what zoneinfo raises for a name it cannot look up
        raise ValueError(f"{value!r} is not a time zone: write one like UTC or Europe/Zurich") from None
    return value


def _selector(value: str) -> str:
    if "{" in value or "}" in value or not value.isprintable():
        raise ValueError(f'{value!r} is not a list of label matchers: write one like cluster="a",job="dcgm"')
    return value.strip().rstrip(",")


def _listen(value: str) -> str:
    host, separator, port = value.rpartition(":")
    if not separator or not host or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:
        raise ValueError(f"{value!r} is not host:port; 127.0.0.1:0 takes a free port")
    return value


def _database(value: str, info: ValidationInfo) -> str:
    server = _SERVER.fullmatch(value)
    if server is not None:
        options = server["options"] or ""
        if (server["host"] or "host=" in options) and (server["name"] or "dbname=" in options):
            return value
    if "://" in value or not value.strip():
        # The value itself is not shown: it may hold a password.
        raise ValueError("write a path for a SQLite file, or postgresql://user@host:5432/name for a PostgreSQL server")
    return str(_in_folder(Path(value), info))


def _in_folder(value: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder", Path())
    return Path(folder) / value.expanduser()


def _existing(value: Path, info: ValidationInfo) -> Path:
    if not value.is_file() and not (info.context or {}).get("to_be_made"):
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
    """Where the chain is, where our contracts on it are, and what a transaction may cost.

    `rpc_quorum` of the `rpc_urls`, more than half of them (the default is the least such number), have to agree on what
    a report is made from; one that tells of no new block for `stall_s` seconds is called frozen. A transaction counts
    once it has `confirmations` blocks, its own included. After `replace_after_s` seconds without a block it is replaced
    at a higher fee, but one gas never costs more than `max_fee_gwei`.
    """

    rpc_urls: Annotated[list[Url], Field(min_length=1)]
    deployment: File
    rpc_quorum: Annotated[int, Field(ge=1)] | None = None
    confirmations: Annotated[int, Field(ge=1, le=1000)] = 12
    stall_s: Annotated[int, Field(ge=5, le=86_400)] = 300
    max_fee_gwei: Annotated[int, Field(ge=1, le=1_000_000)] = 300
    replace_after_s: Annotated[int, Field(ge=3, le=3600)] = 60

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
        if 2 * self.quorum <= len(self.rpc_urls):
            raise ValueError(
                f"rpc_quorum {self.quorum} is half of the {len(self.rpc_urls)} rpc_urls or less, so as many that lie "
                f"could outvote the others: write {len(self.rpc_urls) // 2 + 1} or more, or leave it out"
            )
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
    """The public part of the node's HTTP API: which web origins may read it, and how often one client may ask.

    A client is the address that a connection comes from; from an address in `trusted_proxies` (addresses or networks)
    it is the one that X-Forwarded-For names.
    """

    cors_origins: list[Annotated[Url, AfterValidator(_origin)]] = []
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 600
    trusted_proxies: list[Annotated[str, AfterValidator(_network)]] = []

    @property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """`trusted_proxies` as networks."""
        return tuple(ip_network(network) for network in self.trusted_proxies)


class PeerSettings(Section):
    """Another node: its cold address in the node set, and where it listens."""

    node: Address
    url: Url


class NodePowerSettings(Section):
    """The Redfish service of one machine that holds boards of the fleet, or of the power strip it hangs on.

    `ca_file`: the certificate that signs its own; `auth_file` (0600): `bearer TOKEN` or `basic USER:PASSWORD`.
    """

    url: Url
    auth_file: File | None = None
    ca_file: File | None = None


class _AnySite(Section):
    """What every kind of site has. `interval_s` is the time between samples in seconds. Allocation bodies and
    inventories are at `<url>/0x<hash>`. `node_power` lists every machine that holds the fleet's boards, or none."""

    fleet: Annotated[int, Field(ge=1)]
    interval_s: Annotated[int, Field(ge=1, le=3600)] = 30
    allocations_url: Url
    inventory_url: Url
    node_power: list[NodePowerSettings] = []


class _Tenants(Section):
    """`tenant_urls`: by lease id, a source of the same kind that the lease's tenant runs inside it."""

    tenant_urls: dict[Annotated[int, Field(ge=1)], Url] = {}


class DcgmSite(_AnySite, _Tenants):
    """A dcgm-exporter that the node scrapes itself."""

    kind: Literal["dcgm"]
    url: Url


class SmiSite(_AnySite, _Tenants):
    """An nvidia-smi CSV log served over HTTP; `timezone` is that of the machine that writes it."""

    kind: Literal["nvidia-smi"]
    url: Url
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"


class PrometheusSite(_AnySite, _Tenants):
    """A Prometheus-compatible store. `url` is what `/api/v1/query` is appended to, `interval_s` that of its scrapes,
    `selector` label matchers that choose the fleet (`cluster="a"`), `tenant` the X-Scope-OrgID of Mimir; `auth_file`
    and `ca_file` as for node_power."""

    kind: Literal["prometheus"]
    url: Url
    selector: Annotated[str, AfterValidator(_selector)] = ""
    tenant: Annotated[str, Field(pattern=r"^[A-Za-z0-9!._*'()|-]{0,150}$")] = ""
    auth_file: File | None = None
    ca_file: File | None = None


class NvmlSite(_AnySite):
    """The GPUs of the machine that the node runs on. Needs `pip install 'wellhead[nvml]'`."""

    kind: Literal["nvml"]

    @property
    def url(self) -> str:
        """Where its samples come from, to be shown."""
        return "nvml://localhost"


class BatchSite(_AnySite):
    """A folder of batches that the fleet's operator signed, one an epoch, served as `<url>/<epoch>`; `interval_s` is
    that of the samples in them."""

    kind: Literal["batch"]
    url: Url


SiteSettings = Annotated[DcgmSite | SmiSite | PrometheusSite | NvmlSite | BatchSite, Field(discriminator="kind")]
"""One fleet's site: one of five kinds."""


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


def address_of(text: str, name: str) -> str:
    """The checksummed address in `text`. Raises SettingsError, which calls it `name`."""
    try:
        return _address(text.strip())
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None


def http_of(text: str, name: str) -> str:
    """The http:// or https:// address in `text`. Raises SettingsError, which calls it `name` and does not show it."""
    try:
        return _http(text.strip())
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None


def remote_key(signer_url: str, address: str) -> RemoteKeySettings:
    """A key in a remote signer as a command line names it. Raises SettingsError."""
    try:
        return RemoteKeySettings(signer_url=signer_url.strip(), address=address.strip())
    except ValidationError as error:
        faults = "\n".join(_told(fault, EXAMPLE) for fault in error.errors())
        raise SettingsError(f"the remote signer cannot be used:\n{faults}") from None


def load_settings(path: Path) -> Settings:
    """The configuration of a node in `path`. Raises SettingsError, naming every fault and what to write instead."""
    return read_settings(path, Settings, EXAMPLE)


def read_settings(path: Path, model: type[_Model], example: str) -> _Model:
    """A `model` from the TOML file `path`; `example` is one to copy. Raises as `load_settings`."""
    try:
        return _read(read_small(path).decode(), path, model, example)
    except OSError as error:
        raise SettingsError(
            f"cannot read the configuration {path} ({error.strerror}): copy {example} and edit it"
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}") from None


def check_settings(text: str, path: Path) -> None:
    """Raises SettingsError where `text` in `path` will be no configuration of a node, once the files it names are
    made."""
    _read(text, path, Settings, EXAMPLE, to_be_made=True)


def _read(text: str, path: Path, model: type[_Model], example: str, *, to_be_made: bool = False) -> _Model:
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of more digits than int() takes
        raise SettingsError(f"{path} is not TOML: {error}") from None
    try:
        return model.model_validate(content, context={"folder": path.resolve().parent, "to_be_made": to_be_made})
    except ValidationError as error:
        faults = "\n".join(_told(fault, example) for fault in error.errors())
        raise SettingsError(f"{path} cannot be used:\n{faults}") from None


def _told(fault: Any, example: str) -> str:
    # A key's kind is not something that stands in the file, and a site's stands there as a value.
    told = fault["loc"]
    places = [part for at, part in enumerate(told) if not (at and str(told[at - 1]).endswith("_key"))]
    if places[:1] == ["sites"] and len(places) > 2:
        del places[2]
    places += ["kind"] if fault["type"].startswith("union_tag") else []
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in places)
    if fault["type"] == "extra_forbidden":
        return f"  {where}: no such setting; remove it or correct its spelling (see {example})"
    if fault["type"] == "missing":
        return f"  {where}: is missing"
    return f"  {where}: {str(fault['msg']).removeprefix('Value error, ')}".rstrip(": ")

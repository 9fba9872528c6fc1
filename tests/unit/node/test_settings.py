"""A configuration says what is wrong with it, all of it, and what to write instead."""

from pathlib import Path

import pytest

from oracle.settings import Settings, SettingsError, address_of, http_of, load_settings, remote_key

EXAMPLE = Path(__file__).parents[3] / "examples" / "node.toml"
GOOD = """
[chain]
rpc_urls = ["http://127.0.0.1:8545"]
deployment = "31337.json"

[node]
listen = "127.0.0.1:0"
database = "node.db"

[signing_key]
keystore = "hot.json"
password_file = "hot.password"

[gas_key]
keystore = "gas.json"
password_file = "gas.password"

[[peers]]
node = "0x5fbdb2315678afecb367f032d93f642f64180aa3"
url = "http://127.0.0.1:9001"

[[sites]]
fleet = 1
kind = "dcgm"
url = "http://127.0.0.1:9400/metrics"
allocations_url = "http://127.0.0.1:8080/allocations"
inventory_url = "http://127.0.0.1:8080/inventories"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("31337.json", "hot.json", "hot.password", "gas.json", "gas.password"):
        (tmp_path / name).touch()
    return tmp_path


def load(folder: Path, text: str) -> Settings:
    (folder / "node.toml").write_text(text)
    return load_settings(folder / "node.toml")


def test_a_good_file_loads_with_paths_beside_it_and_checksummed_addresses(folder: Path) -> None:
    settings = load(folder, GOOD)
    assert settings.chain.deployment == folder / "31337.json"
    assert settings.node.database == str(folder / "node.db")
    assert settings.node.address == ("127.0.0.1", 0)
    assert settings.peers[0].node == "0x5FbDB2315678afecb367f032d93F642f64180aa3"
    assert settings.sites[0].interval_s == 30


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[node]\n", "[node]\nspeed = 3\n", "node.speed: no such setting"),
        ("[chain]\n", "[chains]\n[chain]\n", "chains: no such setting"),
        ("180aa3", "180aa", "peers.1.node: .*is not an address"),
        ("0x5fbdb2315678afecb367f032d93f642f64180aa3", "0x5FBdB2315678afecb367f032d93F642f64180aa3", "checksum"),
        ('"31337.json"', '"1.json"', "there is no file .*1.json"),
        ('"hot.json"', '"other.json"', "signing_key.keystore: there is no file"),
        ('keystore = "hot.json"\n', "", "signing_key.keystore: is missing"),
        (
            '"gas.json"\npassword_file = "gas.password"',
            '"hot.json"\npassword_file = "hot.password"',
            "two different ones",
        ),
        (
            'keystore = "gas.json"',
            'signer_url = "http://a"\nkeystore = "gas.json"',
            "gas_key.keystore: no such",
        ),
        ('["http://127.0.0.1:8545"]', "[]", "chain.rpc_urls"),
        ('["http://127.0.0.1:8545"]', '["http://a", "http://a"]', "twice"),
        ('["http://127.0.0.1:8545"]', '["http://a"]\nrpc_quorum = 2', "more than the 1"),
        ('["http://127.0.0.1:8545"]', '["http://a", "http://b"]\nrpc_quorum = 1', "half of the 2 rpc_urls or less.* 2"),
        (
            '["http://127.0.0.1:8545"]',
            '["http://a", "http://b", "http://c", "http://d"]\nrpc_quorum = 2',
            "half of the 4 rpc_urls or less.* 3",
        ),
        ('"node.db"', '"mysql://a:secret@b/c"', "node.database: write a path .* or postgresql://user@host:5432/name"),
        ('"node.db"', '"postgresql://"', "node.database: write a path"),
        ('"node.db"', '"postgresql://db.internal:5432"', "node.database: write a path"),
        ('"node.db"', '"postgresql:///node"', "node.database: write a path"),
        ('"node.db"', '""', "node.database: write a path"),
        ('"127.0.0.1:0"', '"8547"', "not host:port"),
        ('"127.0.0.1:0"', '"127.0.0.1:٨٠"', "not host:port"),
        ('"127.0.0.1:0"', '"127.0.0.1:70000"', "not host:port"),
        ("http://127.0.0.1:8545", "127.0.0.1:8545", "chain.rpc_urls.1: .*not an http"),
        ("http://127.0.0.1:8545", "http://", "not an http"),
        ('"dcgm"', '"gopher"', "sites.1.kind: .*'prometheus'"),
        ("fleet = 1", 'fleet = 1\ntimezone = "UTC"', "sites.1.timezone: no such setting"),
        ('kind = "dcgm"', 'kind = "prometheus"\nselector = "{a}"', "sites.1.selector: .*label matchers"),
        ('kind = "dcgm"', 'kind = "dcgm"\ntenant_urls = { 0 = "http://a" }', "sites.1.tenant_urls"),
        (
            'kind = "dcgm"',
            'kind = "dcgm"\nnode_power = [{ url = "http://b", auth_file = "none" }]',
            "sites.1.node_power.1.auth_file: there is no file",
        ),
        ("fleet = 1", "fleet = 0", "sites.1.fleet"),
        ('kind = "dcgm"', 'kind = "nvidia-smi"\ntimezone = "Mars/Olympus"', "not a time zone"),
        ("fleet = 1", "fleet = 1\ninterval_s = 0", "sites.1.interval_s"),
        ("[chain]", "[chain", "is not TOML"),
        ("[chain]", "a = " + "[" * 50_000, "is not TOML"),
        ("[chain]", "a = " + "9" * 5000, "is not TOML"),
        (
            "[[peers]]",
            "[[peers]]\nnode='0x5fbdb2315678afecb367f032d93f642f64180aa3'\nurl='http://a'\n[[peers]]",
            "given twice",
        ),
    ],
)
def test_every_fault_is_named(folder: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(SettingsError, match=said):
        load(folder, GOOD.replace(old, new, 1))


def test_a_missing_file_says_where_to_begin(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"examples/node.toml"):
        load_settings(tmp_path / "none.toml")


def test_all_faults_come_at_once(folder: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(
            folder,
            GOOD.replace("fleet = 1", "fleet = 0").replace('"hot.json"', '"x.json"').replace("[node]", "[node]\na=1"),
        )
    assert len(str(refused.value).splitlines()) == 4


def test_the_example_is_a_good_file(tmp_path: Path) -> None:
    text = EXAMPLE.read_text()
    (tmp_path / "node.toml").write_text(text)
    for line in text.splitlines():
        name, _, value = line.partition(" = ")
        if name in {"deployment", "keystore", "password_file", "auth_file", "ca_file"}:
            path = tmp_path / value.strip('"')
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    assert load_settings(tmp_path / "node.toml").sites


@pytest.mark.parametrize(
    "url",
    [
        "ftp://me:s3cret@h",
        "http://me:s3cret@",
        "http://me:s3 cret@h",
        "http://me:s3/cret@h",
        r"http://h/\n?cret",
        r"http://h/\tcret",
    ],
)
@pytest.mark.parametrize("place", ["chain.rpc_urls.1", "peers.1.url", "sites.1.url"])
def test_a_url_that_is_none_is_named_by_its_place_and_not_shown(folder: Path, url: str, place: str) -> None:
    good = {
        "chain": "http://127.0.0.1:8545",
        "peers": "http://127.0.0.1:9001",
        "sites": "http://127.0.0.1:9400/metrics",
    }
    with pytest.raises(SettingsError, match=f"{place}: is not an http:// or https:// address") as refused:
        load(folder, GOOD.replace(good[place.partition(".")[0]], url))
    assert "cret" not in str(refused.value)


def test_a_key_or_address_of_a_command_line_may_have_blanks_around_it() -> None:
    hexed = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
    key = remote_key(" http://signer:9000\n", f" {hexed}\t")
    assert (key.signer_url, key.address) == ("http://signer:9000", hexed)
    assert address_of(f"\t{hexed} ", "it") == hexed
    assert http_of("http://a\n", "it") == "http://a"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:s3cret@db:5432/node",
        "postgresql://me:s3?cret@db/node?sslmode=require",
        "postgresql:///node?host=/run/postgresql",
        "postgresql://db?dbname=node&password=a%40b",
    ],
)
def test_a_postgresql_address_is_taken_as_it_is(folder: Path, url: str) -> None:
    assert load(folder, GOOD.replace('"node.db"', f'"{url}"')).node.database == url


def test_a_wrong_postgresql_address_shows_no_password(folder: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(folder, GOOD.replace('"node.db"', '"postgres://me:s3cret@db/node"'))
    assert "s3cret" not in str(refused.value)

"""The [api] section: origins and proxies are what they should be, or the configuration says so."""

import pytest
from pydantic import ValidationError

from oracle.settings import ApiSettings


@pytest.mark.parametrize(
    "origin", ["https://app.example/", "https://app.example/x", "https://*", "app.example", "https://App.example"]
)
def test_what_no_browser_sends_as_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValidationError, match=r"origin|http://"):
        ApiSettings(cors_origins=[origin])


@pytest.mark.parametrize("proxy", ["10.0.0.1/24", "proxy.example", "", "10.0.0.0/33"])
def test_what_is_no_address_or_network_is_no_proxy(proxy: str) -> None:
    with pytest.raises(ValidationError, match="address or a network"):
        ApiSettings(trusted_proxies=[proxy])


def test_addresses_and_networks_are_taken() -> None:
    settings = ApiSettings(cors_origins=["http://localhost:5173"], trusted_proxies=["10.0.0.0/24", "::1"])
    assert [str(network) for network in settings.trusted_networks] == ["10.0.0.0/24", "::1/128"]

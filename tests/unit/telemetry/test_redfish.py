"""A machine's power from Redfish services over real HTTP, with bodies as DMTF's schemas and vendors shape them."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from oracle.telemetry.auth import authorization
from oracle.telemetry.errors import AuthFileUnusable, ExporterUnreachable, PowerUnknown
from oracle.telemetry.redfish import RedfishPower
from tests.unit.node.site_server import SiteServer

NOW = 1_791_158_400_000
CHASSIS = "/redfish/v1/Chassis/1"


def link(path: str) -> dict[str, str]:
    return {"@odata.id": path}


def chassis(**links: str) -> dict[str, object]:
    return {
        "@odata.type": "#Chassis.v1_21_0.Chassis",
        "@odata.id": CHASSIS,
        "Id": "1",
        "Name": "Computer System Chassis",
        "ChassisType": "RackMount",
        **{name: link(path) for name, path in links.items()},
    }


ENVIRONMENT = {
    "@odata.type": "#EnvironmentMetrics.v1_3_0.EnvironmentMetrics",
    "@odata.id": f"{CHASSIS}/EnvironmentMetrics",
    "Id": "EnvironmentMetrics",
    "Name": "Chassis Environment Metrics",
    "PowerWatts": {"DataSourceUri": f"{CHASSIS}/Sensors/TotalPower", "Reading": 6374.5},
    "EnergykWh": {"DataSourceUri": f"{CHASSIS}/Sensors/TotalEnergy", "Reading": 325675},
}
POWER = {
    "@odata.type": "#Power.v1_7_1.Power",
    "@odata.id": f"{CHASSIS}/Power",
    "Id": "Power",
    "Name": "Power",
    "PowerControl": [
        {"MemberId": "0", "Name": "System Power Control", "PowerConsumedWatts": 5810, "PowerCapacityWatts": 10560},
        {"MemberId": "1", "Name": "CPU Sub-system Power", "PowerConsumedWatts": 603},
    ],
}


class Service:
    def __init__(self, server: SiteServer, client: httpx.Client) -> None:
        self.server, self.client = server, client

    def put(self, path: str, resource: object) -> None:
        self.server.paths[path] = json.dumps(resource).encode()

    def read(self, path: str = CHASSIS, **more: object) -> int | None:
        sample = RedfishPower(self.server.url + path, self.client, **more).read(NOW)  # type: ignore[arg-type]
        assert (sample.gpu_uuid, sample.time_ms, sample.healthy) == (self.server.url + path, NOW, True)
        return sample.power_mw


@pytest.fixture
def service() -> Iterator[Service]:
    server = SiteServer()
    with httpx.Client() as client:
        yield Service(server, client)
    server.close()


def test_a_chassis_leads_to_its_environment_metrics_before_its_older_power(service: Service) -> None:
    service.put(CHASSIS, chassis(EnvironmentMetrics=f"{CHASSIS}/EnvironmentMetrics", Power=f"{CHASSIS}/Power"))
    service.put(f"{CHASSIS}/EnvironmentMetrics", ENVIRONMENT)
    service.put(f"{CHASSIS}/Power", POWER)
    assert service.read() == 6_374_500
    service.put(f"{CHASSIS}/EnvironmentMetrics", {**ENVIRONMENT, "PowerWatts": {"Reading": None}})
    assert service.read() == 5_810_000
    del service.server.paths[f"{CHASSIS}/EnvironmentMetrics"]  # named, and not there
    assert service.read() == 5_810_000


@pytest.mark.parametrize(
    ("path", "resource", "milliwatts"),
    [
        (f"{CHASSIS}/Power", POWER, 5_810_000),
        (f"{CHASSIS}/EnvironmentMetrics", ENVIRONMENT, 6_374_500),
        (
            "/redfish/v1/PowerEquipment/RackPDUs/1/Metrics",
            {
                "@odata.type": "#PowerDistributionMetrics.v1_3_0.PowerDistributionMetrics",
                "PowerWatts": {"Reading": 12000},
            },
            12_000_000,
        ),
    ],
)
def test_the_resource_itself_may_be_given(service: Service, path: str, resource: object, milliwatts: int) -> None:
    service.put(path, resource)
    assert service.read(path) == milliwatts


def test_power_supplies_are_added_up_and_none_may_be_silent(service: Service) -> None:
    base = f"{CHASSIS}/PowerSubsystem"
    service.put(CHASSIS, chassis(PowerSubsystem=base))
    service.put(base, {"CapacityWatts": 13200, "PowerSupplies": link(f"{base}/PowerSupplies")})
    service.put(f"{base}/PowerSupplies", {"Members": [link(f"{base}/PowerSupplies/{n}") for n in range(4)]})
    for n in range(4):
        service.put(f"{base}/PowerSupplies/{n}", {"Id": str(n), "Metrics": link(f"{base}/PowerSupplies/{n}/Metrics")})
        service.put(f"{base}/PowerSupplies/{n}/Metrics", {"InputPowerWatts": {"Reading": 1500.125}})
    assert service.read() == 6_000_500
    service.put(f"{base}/PowerSupplies/2/Metrics", {"InputPowerWatts": {"Reading": None}})
    with pytest.raises(PowerUnknown, match="tells no power"):
        service.read()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>", "not a Redfish resource"),
        (b"[1]", "not a Redfish resource"),
        (b"[" * 100_000, "not a Redfish resource"),
        (b"{}", "tells no power"),
        (b'{"PowerWatts": {"Reading": 0}}', "tells no power"),
        (b'{"PowerWatts": {"Reading": -5}}', "tells no power"),
        (b'{"PowerWatts": {"Reading": 1e300}}', "tells no power"),
        (b'{"PowerWatts": {"Reading": "many"}}', "tells no power"),
        (b'{"PowerControl": []}', "tells no power"),
        (b'{"PowerControl": [7]}', "tells no power"),
        (b'{"EnvironmentMetrics": {"@odata.id": "http://169.254.1.1/redfish/v1"}}', "tells no power"),
        (b'{"Power": {"@odata.id": "//evil.example/redfish/v1"}}', "tells no power"),
    ],
)
def test_a_service_that_tells_nothing_or_nonsense_is_named(service: Service, body: bytes, said: str) -> None:
    service.server.paths[CHASSIS] = body
    with pytest.raises(PowerUnknown, match=said):
        service.read()
    assert [path for path, _ in service.server.asked] == [CHASSIS]  # and no link led anywhere else


def test_a_service_that_is_not_there_or_does_not_know_us(service: Service) -> None:
    with pytest.raises(PowerUnknown, match="answered 404"):
        service.read()
    with pytest.raises(ExporterUnreachable, match="no connection"):
        RedfishPower("http://127.0.0.1:1/redfish/v1/Chassis/1", service.client).read(NOW)


def test_a_login_comes_from_a_file_that_is_ours_alone(tmp_path: Path) -> None:
    file = tmp_path / "login"
    file.write_text("basic root:Gr:im 5\n")
    file.chmod(0o600)
    assert authorization(file) == {"authorization": "Basic cm9vdDpHcjppbSA1"}
    file.write_text("bearer abc.def\n")
    assert authorization(file) == {"authorization": "Bearer abc.def"}
    assert authorization(None) == {}
    file.chmod(0o640)
    with pytest.raises(AuthFileUnusable, match="chmod 600"):
        authorization(file)


@pytest.mark.parametrize(
    "text", ["", "abc", "bearer", "bearer a b", "basic nocolon", "bearer a\nb", "x" * 20_000, "bearer é"]
)
def test_a_login_that_is_none_is_refused_and_never_repeated(tmp_path: Path, text: str) -> None:
    file = tmp_path / "login"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(AuthFileUnusable) as refused:
        authorization(file)
    assert "nocolon" not in str(refused.value)
    with pytest.raises(AuthFileUnusable, match="cannot be read"):
        authorization(tmp_path / "none")

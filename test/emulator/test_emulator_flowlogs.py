"""Flow logs of NICs, NAT gateways and load balancers."""

from __future__ import annotations

import pytest
from account import id_of

API_VERSION = 6
FLOW_LOG = {"name": "f", "action": "ALL", "direction": "INGRESS", "bucket": "logs"}
ABOVE = ("NIC", "NAT gateway", "network load balancer", "application load balancer")


@pytest.fixture
def resource(request, account, datacenter):
    """The path of a resource that can have a flow log."""
    for _ in range(2):
        account.create(f"{datacenter}/lans")
    if request.param == "NIC":
        return account.nic(account.server(datacenter))
    if request.param == "NAT gateway":
        ips = account.properties(account.create("/ipblocks", location="de/fra", size=1))["ips"]
        return account.create(f"{datacenter}/natgateways", name="g", publicIps=ips)
    collection = f"{request.param.partition(' ')[0]}loadbalancers"
    return account.create(f"{datacenter}/{collection}", name="b", listenerLan=1, targetLan=2)


@pytest.mark.parametrize("resource", ABOVE, indirect=True)
def test_a_resource_has_one_flow_log(request, account, resource):
    flow_log = account.create(f"{resource}/flowlogs", **FLOW_LOG)
    name = request.node.callspec.params["resource"]
    expected = f"[(root).properties.name] The {name} already has flow log {id_of(flow_log)}, and can have only one"
    assert account.not_created(f"{resource}/flowlogs", **FLOW_LOG) == [expected]
    account.change(flow_log, action="rejected")
    account.done("PUT", flow_log, {"properties": {**FLOW_LOG, "bucket": "other"}})
    assert account.properties(flow_log) == {**FLOW_LOG, "bucket": "other"}
    account.accepted("DELETE", flow_log)
    other = account.create(f"{resource}/flowlogs", **FLOW_LOG)
    account.delete(resource)
    assert account.gone(flow_log) and account.gone(other)


@pytest.mark.parametrize("resource", ABOVE, indirect=True)
def test_a_flow_log_needs_a_bucket(account, resource):
    given = {**FLOW_LOG, "bucket": ""}
    expected = ["[(root).properties.bucket] The name of a bucket cannot be empty"]
    assert account.not_created(f"{resource}/flowlogs", **given) == expected
    del given["bucket"]
    (message,) = account.not_created(f"{resource}/flowlogs", **given)
    assert message == "[(root).properties.bucket] Attribute 'bucket' is required"
    flow_log = account.create(f"{resource}/flowlogs", **FLOW_LOG)
    assert account.rejected("PATCH", flow_log, {"bucket": ""}) == expected


def test_a_nic_is_created_with_its_flow_log(account, cloud, call, datacenter):
    server = account.server(datacenter)
    items = [{"properties": FLOW_LOG}]
    nic = account.create(f"{server}/nics", {"flowlogs": {"items": items}}, lan=1)
    assert account.names(f"{nic}/flowlogs") == ["f"]
    body = {"properties": {"lan": 1}, "entities": {"flowlogs": {"items": items * 2}}}
    (message,) = account.rejected("POST", f"{server}/nics", body)
    assert message.startswith("[(root).entities.flowlogs.items.[1].properties.name] The NIC already has flow log")
    assert account.ids(f"{server}/nics") == [id_of(nic)]
    assert call("GET", f"{cloud.urls[5]}{nic}/flowlogs").status == 404
    assert "flowlogs" not in call("GET", f"{cloud.urls[5]}{nic}?depth=2").json()["entities"]


def test_a_deleted_data_center_deletes_flow_logs(account, datacenter):
    nic = account.nic(account.server(datacenter))
    flow_log = account.create(f"{nic}/flowlogs", **FLOW_LOG)
    account.delete(datacenter)
    assert account.gone(flow_log)

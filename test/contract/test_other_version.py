"""Calls in the form of one version with a client of the other one.

A program for v5, such as one for 5.0.x, runs on v6 with `IONOS_API_VERSION=6` alone: each operation of v5 takes its
arguments, bodies and forms with a client of v6, too. The differences in this file are those in docs/migration.md.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from operations import OPERATIONS, snake

import ionoscloud
from ionoscloud import ApiValueError

OLDER, NEWER = OPERATIONS[5], OPERATIONS[6]
SECTION = "## From v5 to v6\n"
GONE = "is not part of Cloud API v{}, only of v{} (set Configuration.api_version or IONOS_API_VERSION to {})"
GONE_IN_6, GONE_IN_5 = GONE.format(6, 5, 5), GONE.format(5, 6, 6)
# What v6 does not have.
OPERATION = "k8sVersionsCompatibilitiesGet"
UNPAGED = {
    "datacentersLabelsGet",
    "datacentersServersLabelsGet",
    "datacentersVolumesLabelsGet",
    "datacentersLoadbalancersBalancednicsGet",
}
ATTRIBUTES = {
    "nat": {
        "datacentersLansNicsPost",
        "datacentersLoadbalancersBalancednicsPost",
        "datacentersServersNicsPost",
        "datacentersServersNicsPut",
        "datacentersServersNicsPatch",
    },
    "gatewayIp": {"k8sNodepoolsPost"},
}
# Results that differ: types of v5 and v6.
RESULTS = {
    "contractsGet": ("Contract", "Contracts"),
    "datacentersLansPost": ("LanPost", "Lan"),
    "k8sKubeconfigGet": ("KubernetesConfig", "Kubeconfig"),
}
ACTIONS = {
    "datacentersServersRebootPost",
    "datacentersServersStartPost",
    "datacentersServersStopPost",
    "datacentersServersUpgradePost",
    "datacentersVolumesRestore-snapshotPost",
    "k8sNodepoolsNodesReplacePost",
}
STATUSES = {"k8sPut": (200, 202)}


def in_both():
    return [(operation, NEWER[name]) for name, operation in OLDER.items() if name in NEWER]


def test_the_differences_are_those_of_the_documents():
    assert OLDER.keys() - NEWER.keys() == {OPERATION}
    arguments, attributes, results, statuses = set(), {}, {}, {}
    for older, newer in in_both():
        if lost := {each.name for each in older.placed("path", "query", "header")} - {
            each.name for each in newer.parameters
        }:
            assert lost == {"offset", "limit"}
            arguments.add(older.id)
        if older.body_name and not newer.attaches_by_id:
            for name in older.attributes.keys() - newer.attributes.keys():
                attributes.setdefault(name, set()).add(older.id)
        if older.python_type != newer.python_type:
            results[older.id] = (older.python_type, newer.python_type)
        if older.status != newer.status:
            statuses[older.id] = (older.status, newer.status)
    assert (arguments, attributes, statuses) == (UNPAGED, ATTRIBUTES, STATUSES)
    without_result = {name for name in OLDER if name.endswith("Delete")} | ACTIONS
    assert results == {**RESULTS, **dict.fromkeys(without_result, ("dict", "NoneType"))}


def test_the_guide_lists_the_differences():
    guide = (Path(__file__).parents[2] / "docs" / "migration.md").read_text("utf-8")
    rows = guide.partition(SECTION)[2].partition("\n## ")[0]
    names = [OLDER[name].method for name in ({OPERATION} | UNPAGED | STATUSES.keys() | RESULTS.keys())]
    names += [snake(name) for name in ATTRIBUTES]
    names += [name for types in RESULTS.values() for name in types if name != "Kubeconfig"]
    assert [name for name in names if name not in rows] == []


@pytest.mark.parametrize("operation", OLDER.values(), ids=repr)
def test_a_call_of_v5_works_with_v6(world, operation):
    method = world.method(operation, world.clients[6])
    arguments = world.arguments(operation, everything=True, as_model=True)
    if operation.id == OPERATION:
        with world.nothing_is_sent(), pytest.raises(ApiValueError) as caught:
            method(**arguments)
        assert str(caught.value) == f"{operation.method}() {GONE_IN_6}"
        return
    if operation.id in UNPAGED:
        page = {name: arguments.pop(name) for name in ("offset", "limit")}
        for name, value in page.items():
            with world.nothing_is_sent(), pytest.raises(ApiValueError) as caught:
                method(**arguments, **{name: value})
            assert str(caught.value) == f"{operation.method}: {name} {GONE_IN_6}"
    for name in [name for name, operations in ATTRIBUTES.items() if operation.id in operations]:
        body = arguments[operation.body_name]
        properties = body if operation.bare else body.properties
        setattr(properties, snake(name), False if name == "nat" else "203.0.113.1")
        with world.nothing_is_sent(), pytest.raises(ApiValueError) as caught:
            method(**arguments)
        assert f"{type(properties).__name__}.{snake(name)} {GONE_IN_6}" in str(caught.value)
        setattr(properties, snake(name), None)

    data, status, _ = method(**arguments)
    request, newer = world.cloud.requests_seen[-1], NEWER[operation.id]
    assert (request.api_version, request.method, unquote(request.path)) == (6, operation.verb, world.path(operation))
    world.check_request(request)
    world.check_response(request, world.clients[6].last_response)
    assert (status, type(data).__name__) == (newer.status, newer.python_type)


def test_results_of_v6_have_the_attributes_that_programs_for_v5_read(world):
    contracts, kubeconfigs, clusters = [], [], []
    for version, client in world.clients.items():
        contracts.append(ionoscloud.ContractApi(client).contracts_get().properties.contract_number)
        api = ionoscloud.KubernetesApi(client)
        kubeconfigs.append(api.k8s_kubeconfig_get(world.ids["k8sClusterId"]).properties.kubeconfig)
        clusters.append({*api.k8s_find_by_cluster_id(world.ids["k8sClusterId"]).to_dict()})
        lan = ionoscloud.LanPost(properties=ionoscloud.LanPropertiesPost(name=f"v{version}"))
        made = ionoscloud.LanApi(client).datacenters_lans_post(world.ids["datacenterId"], lan)
        assert (made.properties.name, made.properties.public) == (f"v{version}", False)
    assert contracts == [world.cloud.contract_number] * 2
    assert kubeconfigs[0] == kubeconfigs[1]
    assert clusters[0] == clusters[1]


# Calls in the form of v6 with a client of v5. Nothing is sent, so these calls need no resources.


@pytest.mark.parametrize("operation", [NEWER[name] for name in NEWER if name not in OLDER], ids=repr)
def test_an_operation_of_v6_is_refused_by_v5(world, operation):
    arguments = world.arguments(operation)
    with world.nothing_is_sent(), pytest.raises(ApiValueError) as caught:
        world.method(operation, world.clients[5])(**arguments)
    assert str(caught.value) == f"{operation.method}() {GONE_IN_5}"


@pytest.mark.parametrize("operation", [newer for _, newer in in_both()], ids=repr)
def test_an_argument_of_v6_is_refused_by_v5(world, operation):
    older = OLDER[operation.id]
    arguments = world.arguments(older)
    known = {each.name for each in older.parameters}
    added = {each.name: True for each in operation.parameters if each.name not in known}
    if operation.body_name and not older.body_name:
        added[operation.body_name] = {}
    for name, value in added.items():
        with world.nothing_is_sent(), pytest.raises(ApiValueError) as caught:
            world.method(older, world.clients[5])(**arguments, **{name: value})
        assert str(caught.value) == f"{older.method}: {name} {GONE_IN_5}"


WITH_NEW_ATTRIBUTES = [
    newer
    for older, newer in in_both()
    if older.body_name
    and newer.body_name
    and not newer.attaches_by_id
    and newer.attributes.keys() - older.attributes.keys()
]


@pytest.mark.parametrize("operation", WITH_NEW_ATTRIBUTES, ids=repr)
def test_an_attribute_of_v6_is_refused_by_v5(world, operation):
    older = OLDER[operation.id]
    arguments = world.arguments(older)
    for name in operation.attributes.keys() - older.attributes.keys():
        schema = operation.attributes[name]
        if not schema.get("readOnly"):
            body = operation.wrapped({name: operation.document.example(name, schema)})
            model = getattr(ionoscloud, operation.body_model).from_dict(body)
            with world.nothing_is_sent(), pytest.raises(ApiValueError, match="is not part of Cloud API v5, only of v6"):
                world.method(older, world.clients[5])(**{**arguments, older.body_name: model})
            # A dict can have attributes that the client does not know. The API rejects them.
            with pytest.raises((ApiValueError, ionoscloud.UnprocessableEntityException), match=name):
                world.method(older, world.clients[5])(**{**arguments, older.body_name: body})

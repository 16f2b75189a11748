"""Every name, signature and call form of the published packages that scripts and tools use.

published.json contains those of 5.0.5 and 5.0.8 for v5 of the API, and published-6.json those of 6.1.13 for v6, with
one operation or model per line. The differences of this package are listed here with their reasons, and in
docs/migration.md.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

import ionoscloud

FOLDER = Path(__file__).parent
PUBLISHED = {
    5: json.loads((FOLDER / "published.json").read_text()),
    6: json.loads((FOLDER / "published-6.json").read_text()),
}
PACKAGES = {"5.0.5": PUBLISHED[5]["5.0.5"], "5.0.8": PUBLISHED[5]["5.0.8"], "6.1.13": PUBLISHED[6]["6.1.13"]}
OPTIONS = {
    *("async_req", "_preload_content", "_return_http_data_only", "_request_timeout", "_request_auth"),
    *("response_type", "query_params"),
}
NAMES_OF_6 = {
    **{"BackupUnitsApi": "BackupUnitApi", "ContractResourcesApi": "ContractApi", "DataCentersApi": "DataCenterApi"},
    **{"FirewallRulesApi": "NicApi", "ImagesApi": "ImageApi", "LANsApi": "LanApi", "LabelsApi": "LabelApi"},
    **{"LoadBalancersApi": "LoadBalancerApi", "LocationsApi": "LocationApi", "NetworkInterfacesApi": "NicApi"},
    **{"PrivateCrossConnectsApi": "PrivateCrossConnectApi", "RequestsApi": "RequestApi", "ServersApi": "ServerApi"},
    **{"SnapshotsApi": "SnapshotApi", "UserS3KeysApi": "UserManagementApi", "VolumesApi": "VolumeApi"},
}
MODULES_OF_6 = {(name.partition(".")[0], facts["module"]) for name, facts in PUBLISHED[6]["operations"].items()}
OWN_OPTIONS = {"_total_timeout", "_wait", "filters"}
CLASSES = {
    "Configuration": ionoscloud.Configuration,
    "ApiClient": ionoscloud.ApiClient,
    "RESTResponse": ionoscloud.rest.RESTResponse,
    "RESTClientObject": ionoscloud.rest.RESTClientObject,
}
# Settings that replaced another one in 5.0.8 at the same position, with the same form.
SUCCESSORS = {"api_key": "token", "api_key_prefix": "token_prefix"}
# 6.1.13 has these arguments between those of 5.0.8. Here, those of 5.0.8 keep their positions.
KEYWORD_ONLY = {
    "Configuration.__init__": {"fingerprint"},
    "ApiClient.wait_for": {"max_wait"},
    "ApiClient.wait_for_completion": {"max_wait"},
}
DIFFERENT_DEFAULTS = {
    "connection_pool_maxsize": "unlimited; the published packages close all connections beyond 10",
    "token": "None and {} both mean no token",
    "proxy_headers": "None and {} both mean no headers",
    "token_prefix": "None and {} both mean no token",
    "wait_time": "1 second; 100 was meant as milliseconds and slept as seconds",
    "max_wait_time": "60 seconds; 2000 was meant as milliseconds and slept as seconds",
}
# What the published packages lack, for each version of the API. The attributes are the last ones of their version.
EXTRA_ATTRIBUTES = {
    5: {
        "KubernetesClusterProperties": {"public": "public: bool"},
        "KubernetesClusterPropertiesForPost": {"public": "public: bool"},
        "KubernetesNodePoolProperties": {"gateway_ip": "gatewayIp: str"},
        "KubernetesNodePoolPropertiesForPost": {"gateway_ip": "gatewayIp: str"},
    },
    # Fields of v6 that are newer than 6.1.13.
    6: {
        "CpuArchitectureProperties": {"enabled_features": "enabledFeatures: list[str]"},
        "DatacenterProperties": {"gpu_architecture": "gpuArchitecture: list[GpuArchitectureProperties]"},
        "ImageProperties": {"required_features": "requiredFeatures: list[str]"},
        "KubernetesNodePoolLan": {"datacenter_id": "datacenterId: str"},
        "KubernetesNodePoolProperties": {"taints": "taints: list[KubernetesNodePoolTaint]"},
        "KubernetesNodePoolPropertiesForPost": {"taints": "taints: list[KubernetesNodePoolTaint]"},
        "KubernetesNodePoolPropertiesForPut": {"taints": "taints: list[KubernetesNodePoolTaint]"},
        "LocationProperties": {
            "metro_region": "metroRegion: str",
            "gpu_architecture": "gpuArchitecture: list[GpuArchitectureProperties]",
        },
        "NicProperties": {"vnet": "vnet: str"},
        "ServerEntities": {"gpus": "gpus: Gpus"},
        "ServerProperties": {
            "placement_group_id": "placementGroupId: str",
            "enabled_features": "enabledFeatures: list[str]",
        },
        "TemplateProperties": {"storage_type": "storageType: str", "gpus": "gpus: list[GpuTemplate]"},
    },
}
# Arguments that the published packages lack, as in `EXTRA_ATTRIBUTES`.
EXTRA_ARGUMENTS: dict[int, dict[str, set[str]]] = {
    5: {},
    6: {
        # 5.0.8 has it, and v6 of the API still accepts it.
        "datacenters_servers_get": {"upgrade_needed"},
        # 6.1.13 has these options for all other operations.
        "datacenters_securitygroups_delete": {"depth", "x_contract_number"},
        "datacenters_securitygroups_find_by_id": {"x_contract_number"},
        "datacenters_securitygroups_firewallrules_delete": {"pretty", "depth", "x_contract_number"},
        "datacenters_securitygroups_firewallrules_post": {"pretty", "depth", "x_contract_number"},
        "datacenters_securitygroups_get": {"x_contract_number"},
        "datacenters_securitygroups_patch": {"x_contract_number"},
        "datacenters_securitygroups_post": {"x_contract_number"},
        "datacenters_securitygroups_put": {"x_contract_number"},
        "datacenters_securitygroups_rules_find_by_id": {"x_contract_number"},
        "datacenters_securitygroups_rules_get": {"x_contract_number"},
        "datacenters_securitygroups_rules_patch": {"x_contract_number"},
        "datacenters_securitygroups_rules_put": {"x_contract_number"},
        "datacenters_servers_nics_securitygroups_put": {"x_contract_number"},
        "datacenters_servers_securitygroups_put": {"x_contract_number"},
    },
}
# The body of these operations has another name in 6.x. Both names are accepted, and the position is the same.
BODIES_OF_6 = {"backupunits_patch": {"backup_unit": "backup_unit_properties"}}
# A kubeconfig is a str with the attributes of the model of v5.
DIFFERENT_RESPONSES = {("k8s_kubeconfig_get", "str"): "Kubeconfig"}
# Newer than 6.1.13.
EXTRA_OPERATIONS = {"ServerApi.datacenters_servers_gpus_find_by_id", "ServerApi.datacenters_servers_gpus_get"}
EXTRA_MODELS = {
    *("Gpu", "GpuArchitectureProperties", "GpuProperties", "GpuTemplate", "Gpus"),
    *("KubernetesNodePoolTaint", "TaintEffect"),
    "Kubeconfig",
}


def published(kind):
    """Return a parameter for each published operation or model."""
    return [
        pytest.param(version, name, facts, id=f"v{version}-{name}")
        for version, inventory in PUBLISHED.items()
        for name, facts in inventory[kind].items()
    ]


def published_members():
    for package, facts in PACKAGES.items():
        for name, class_ in CLASSES.items():
            members = facts["rest"][name] if name in facts["rest"] else facts[name].get("members", facts[name])
            for member, signature in members.items():
                yield pytest.param(class_, member, signature, id=f"{package}-{name}.{member}")


def parameter_names(signature: str) -> list[str]:
    return re.findall(r"(?:^\(|, )\*{0,2}(\w+)", signature)


@pytest.mark.parametrize(("class_", "member", "signature"), list(published_members()))
def test_a_published_member_accepts_the_published_arguments(class_, member, signature):
    if signature.startswith("property"):
        found = getattr(class_, member)
        assert isinstance(found, property)
        assert bool(found.fset) == ("settable" in signature)
        return
    parameters = list(inspect.signature(getattr(class_, member)).parameters)
    wanted = [name for name in parameter_names(signature) if name != "cls"]
    if wanted[:1] == ["self"]:
        del parameters[0], wanted[0]
    assert set(wanted) <= set(parameters)
    keyword_only = KEYWORD_ONLY.get(f"{class_.__name__}.{member}", set())
    positional = [SUCCESSORS.get(name, name) for name in wanted if name not in keyword_only]
    assert parameters[: len(positional)] == positional


@pytest.mark.parametrize("package", PACKAGES)
def test_the_configuration_has_every_published_attribute(package):
    configuration = ionoscloud.Configuration()
    for name, default in PACKAGES[package]["Configuration"]["attribute defaults"].items():
        value = getattr(configuration, name)
        if name not in DIFFERENT_DEFAULTS:
            assert repr(value) == default, name
        setattr(configuration, name, value)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_exceptions_are_the_published_ones(package):
    for name, facts in PACKAGES[package]["exceptions"].items():
        found = getattr(ionoscloud.exceptions, name)
        assert getattr(ionoscloud, name) is found
        assert set(facts["bases"]) <= {base.__name__ for base in found.__mro__}
        wanted = [name for name in parameter_names(facts["init"]) if name not in ("self", "args", "kwargs")]
        if wanted:
            assert list(inspect.signature(found).parameters)[: len(wanted)] == wanted


@pytest.mark.parametrize(("version", "operations", "models", "classes"), [(5, 174, 133, 18), (6, 264, 202, 27)])
def test_the_inventory_is_complete(version, operations, models, classes):
    inventory = PUBLISHED[version]
    assert len(inventory["operations"]) == operations
    assert len(inventory["models"]) == models
    assert len({name.partition(".")[0] for name in inventory["operations"]}) == classes


def published_arguments(method):
    """Return the names of the arguments of a method in both versions."""
    found = [
        {*facts["positional"], *facts["keyword"]}
        for inventory in PUBLISHED.values()
        for name, facts in inventory["operations"].items()
        if name.partition(".")[2] == method
    ]
    return set().union(*found, *(extra.get(method, ()) for extra in EXTRA_ARGUMENTS.values()))


@pytest.mark.once
@pytest.mark.parametrize(("version", "name", "facts"), published("operations"))
def test_an_operation_has_the_published_name_and_arguments(version, name, facts):
    class_name, _, method_name = name.partition(".")
    class_ = getattr(importlib.import_module(facts["module"]), class_name)
    assert getattr(ionoscloud, class_name) is getattr(ionoscloud.api, class_name) is class_
    other_names = BODIES_OF_6.get(method_name, {})
    wanted = [other_names.get(argument, argument) for argument in facts["positional"]]
    for method in (getattr(class_, method_name), getattr(class_, f"{method_name}_with_http_info")):
        parameters = dict(inspect.signature(method).parameters)
        del parameters["self"]
        options = parameters.popitem()[1]
        assert options.kind is options.VAR_KEYWORD
        assert [name for name, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD] == wanted
        assert {name for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY} >= {*facts["keyword"], *other_names}
        assert set(parameters) == published_arguments(method_name)
        assert all(parameter.annotation is not parameter.empty for parameter in parameters.values())
    operation: Any = getattr(inspect.getmodule(class_), f"_{method_name.upper()}")
    operation, _ = operation.in_version(version, (), None)
    assert f"{operation.method} {operation.path}" == facts["http"]
    assert operation.body_type == facts.get("body", "")
    response = facts.get("response")
    assert operation.response_type == DIFFERENT_RESPONSES.get((method_name, response), response)
    accepted = {p.name for p in operation.parameters if p.since <= version <= p.until}
    accepted |= {operation.body_name} - {""}
    extra = EXTRA_ARGUMENTS[version].get(method_name, set())
    assert accepted == {*facts["positional"], *facts["keyword"], *extra}
    assert not extra & {*facts["positional"], *facts["keyword"]}


def test_the_options_of_a_call_are_the_published_ones():
    assert OPTIONS | OWN_OPTIONS == ionoscloud._call_options.OPTION_NAMES


@pytest.mark.once
@pytest.mark.parametrize(("version", "name", "facts"), published("models"))
def test_a_model_has_the_published_attributes(version, name, facts):
    model = getattr(importlib.import_module(facts["module"]), name)
    assert getattr(ionoscloud, name) is getattr(ionoscloud.models, name) is model
    attributes = {**facts.get("attributes", {}), **EXTRA_ATTRIBUTES[version].get(name, {})}
    fields = {name: field.in_version(version) for name, field in model.fields.items() if field.is_in(version)}
    assert {name: f"{field.wire_name}: {field.type}" for name, field in fields.items()} == attributes
    assert {name: f"{model.attribute_map[name]}: {model.openapi_types[name]}" for name in fields} == attributes
    for constant, value in facts.get("constants", {}).items():
        assert getattr(model, constant) == value
    model(**dict.fromkeys(attributes), local_vars_configuration=None)
    empty = model()
    for attribute in attributes:
        setattr(empty, attribute, "x")
        assert getattr(empty, attribute) == "x"


@pytest.mark.once
@pytest.mark.parametrize("name", sorted({*PUBLISHED[5]["models"], *PUBLISHED[6]["models"]}))
def test_the_attributes_of_a_model_have_the_published_order(name):
    """The attributes of v5 are the first ones, followed by those that only v6 has."""
    model = getattr(ionoscloud, name)
    attributes = {}
    constants = {}
    for version, inventory in PUBLISHED.items():
        facts = inventory["models"].get(name, {})
        attributes.update({**facts.get("attributes", {}), **EXTRA_ATTRIBUTES[version].get(name, {})})
        constants.update(facts.get("constants", {}))
    assert list(model.openapi_types) == list(model.attribute_map) == list(attributes)
    assert list(inspect.signature(model).parameters) == [*attributes, "local_vars_configuration"]
    assert list(model().to_dict().items()) == list(dict.fromkeys(attributes).items())
    assert set(getattr(model, "allowable_values", ())) == set(constants.values())


def test_the_public_names_are_the_published_and_the_listed_ones():
    """The extra names are listed here, so that none is exported by accident."""
    own = {
        *("ApiClient", "Configuration", "NULL", "__version__", "ApiFailedRequest", "ApiTimeout"),
        *("BadRequestException", "ConflictException", "ConnectionException", "ForbiddenException"),
        *("NotFoundException", "ServiceException", "TimeoutException", "TlsException", "TooManyRequestsException"),
        *("UnauthorizedException", "UnprocessableEntityException", "ImageLookupError", "ImageUploadError"),
        *("Transfer", "describe_images", "find_image", "find_images", "transfer_image", "upload_image"),
        *("wait_for_images", "RequestEvent", "ResponseEvent", "RetryEvent", "Wait"),
        *("ResourceLookupError", "find", "find_all", "iterate"),
        *("ApiAttributeError", "ApiException", "ApiKeyError", "ApiTypeError", "ApiValueError", "OpenApiException"),
    }
    found = set()
    for name in {*ionoscloud.api.__all__} - {*NAMES_OF_6}:
        members = inspect.getmembers(getattr(ionoscloud, name), inspect.isfunction)
        found |= {f"{name}.{member}" for member, _ in members if member[0] != "_"}
    operations = {
        f"{NAMES_OF_6.get(class_name, class_name)}.{method}"
        for inventory in PUBLISHED.values()
        for class_name, _, method in (name.partition(".") for name in inventory["operations"])
    } | EXTRA_OPERATIONS
    assert found == {f"{name}{suffix}" for name in operations for suffix in ("", "_with_http_info")}
    assert set(ionoscloud.models.__all__) == {*PUBLISHED[5]["models"], *PUBLISHED[6]["models"]} | EXTRA_MODELS
    assert set(ionoscloud.__all__) == own | set(ionoscloud.api.__all__) | set(ionoscloud.models.__all__)
    for name in ionoscloud.__all__:
        assert hasattr(ionoscloud, name)
    assert set(ionoscloud.__all__) <= set(dir(ionoscloud))


@pytest.mark.parametrize(("newer", "name"), NAMES_OF_6.items())
def test_classes_are_available_under_their_names_of_6(newer, name):
    assert getattr(ionoscloud, newer) is getattr(ionoscloud.api, newer) is getattr(ionoscloud, name)
    assert {newer, name} <= {*dir(ionoscloud.api)} & {*ionoscloud.api.__all__}


@pytest.mark.parametrize(("newer", "module"), sorted(MODULES_OF_6))
def test_classes_are_available_in_their_modules_of_6(newer, module):
    found: dict[str, object] = {}
    exec(f"from {module} import {newer}; import ionoscloud; same = {module}", found)
    assert found[newer] is getattr(ionoscloud, newer) is getattr(found["same"], newer)
    # 5.0.x can load the pickles of this package.
    assert found[newer].__module__ == getattr(ionoscloud, NAMES_OF_6.get(newer, newer)).__module__


@pytest.mark.parametrize(
    "statement",
    [
        "from ionoscloud import __version__ as sdk_version",
        "from ionoscloud import ApiClient, Configuration",
        "from ionoscloud.models import ImageProperties",
        "from ionoscloud.models.image import Image",
        "from ionoscloud.rest import ApiException",
        "from ionoscloud.exceptions import ApiFailedRequest, ApiTimeout",
        "from ionoscloud.api.image_api import ImageApi",
        "from ionoscloud.api import ImageApi",
        "from ionoscloud import ImagesApi, RequestsApi",
        "from ionoscloud.api.images_api import *; ImagesApi",
        "from ionoscloud import *",
        "import ionoscloud; ionoscloud.api.ImageApi; ionoscloud.api.image_api; ionoscloud.models.image.Image",
        "import ionoscloud; ionoscloud.api_client.ApiClient; ionoscloud.configuration; ionoscloud.exceptions",
        "import ionoscloud; ionoscloud.rest.RESTClientObject; ionoscloud.models.Images",
    ],
)
def test_the_imports_of_existing_tools_work(statement):
    exec(statement, {})


@pytest.mark.parametrize("package", [ionoscloud, ionoscloud.api, ionoscloud.models])
def test_an_unknown_name_raises_attribute_error(package):
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'Imgae'"):
        _ = package.Imgae

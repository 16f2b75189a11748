"""Every name, signature and call form of the published packages 5.0.5 and 5.0.8 that scripts and tools use.

published.json contains them, with one operation or model per line. The differences of this package are listed here with
their reasons, and in docs/migration.md.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
from pathlib import Path

import pytest

import ionoscloud

PUBLISHED = json.loads((Path(__file__).parent / "published.json").read_text())
VERSIONS = ("5.0.5", "5.0.8")
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
MODULES_OF_6 = {
    **{"BackupUnitsApi": "backup_units_api", "ContractResourcesApi": "contract_resources_api"},
    **{"DataCentersApi": "data_centers_api", "FirewallRulesApi": "firewall_rules_api", "ImagesApi": "images_api"},
    **{"LANsApi": "lans_api", "LabelsApi": "labels_api", "LoadBalancersApi": "load_balancers_api"},
    **{"LocationsApi": "locations_api", "NetworkInterfacesApi": "network_interfaces_api"},
    **{"PrivateCrossConnectsApi": "private_cross_connects_api", "RequestsApi": "requests_api"},
    **{"ServersApi": "servers_api", "SnapshotsApi": "snapshots_api", "UserS3KeysApi": "user_s3_keys_api"},
    **{"VolumesApi": "volumes_api", "Api": "__api", "IPBlocksApi": "ip_blocks_api", "KubernetesApi": "kubernetes_api"},
    "UserManagementApi": "user_management_api",
}
OWN_OPTIONS = {"_total_timeout"}
CLASSES = {
    "Configuration": ionoscloud.Configuration,
    "ApiClient": ionoscloud.ApiClient,
    "RESTResponse": ionoscloud.rest.RESTResponse,
    "RESTClientObject": ionoscloud.rest.RESTClientObject,
}
# Settings that replaced another one in 5.0.8 at the same position, with the same form.
SUCCESSORS = {"api_key": "token", "api_key_prefix": "token_prefix"}
DIFFERENT_DEFAULTS = {
    "connection_pool_maxsize": "unlimited; 5.0.x closed all connections beyond 10",
    "token": "None and {} both mean no token",
    "token_prefix": "None and {} both mean no token",
    "wait_time": "1 second; 100 was meant as milliseconds and slept as seconds",
    "max_wait_time": "60 seconds; 2000 was meant as milliseconds and slept as seconds",
}
# Attributes that the published models lack. They are the last ones, to keep the published order of arguments.
EXTRA_ATTRIBUTES = {
    "KubernetesClusterProperties": {"public": "public: bool"},
    "KubernetesClusterPropertiesForPost": {"public": "public: bool"},
    "KubernetesNodePoolProperties": {"gateway_ip": "gatewayIp: str"},
    "KubernetesNodePoolPropertiesForPost": {"gateway_ip": "gatewayIp: str"},
}
EXTRA_OPERATIONS: set[str] = set()
EXTRA_MODELS: set[str] = set()


def published_members():
    for version in VERSIONS:
        facts = PUBLISHED[version]
        for name, class_ in CLASSES.items():
            members = facts["rest"][name] if name in facts["rest"] else facts[name].get("members", facts[name])
            for member, signature in members.items():
                yield pytest.param(class_, member, signature, id=f"{version}-{name}.{member}")


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
    published = [name for name in parameter_names(signature) if name != "cls"]
    if published[:1] == ["self"]:
        del parameters[0], published[0]
    assert set(published) <= set(parameters)
    assert parameters[: len(published)] == [SUCCESSORS.get(name, name) for name in published]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_configuration_has_every_published_attribute(version):
    configuration = ionoscloud.Configuration()
    for name, default in PUBLISHED[version]["Configuration"]["attribute defaults"].items():
        value = getattr(configuration, name)
        if name not in DIFFERENT_DEFAULTS:
            assert repr(value) == default, name
        setattr(configuration, name, value)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_exceptions_are_the_published_ones(version):
    for name, facts in PUBLISHED[version]["exceptions"].items():
        found = getattr(ionoscloud.exceptions, name)
        assert getattr(ionoscloud, name) is found
        assert set(facts["bases"]) <= {base.__name__ for base in found.__mro__}
        wanted = [name for name in parameter_names(facts["init"]) if name not in ("self", "args", "kwargs")]
        if wanted:
            assert list(inspect.signature(found).parameters)[: len(wanted)] == wanted


def test_the_inventory_is_complete():
    assert len(PUBLISHED["operations"]) == 174
    assert len(PUBLISHED["models"]) == 133
    assert len({name.partition(".")[0] for name in PUBLISHED["operations"]}) == 18


@pytest.mark.parametrize(("name", "facts"), list(PUBLISHED["operations"].items()))
def test_an_operation_has_the_published_name_and_arguments(name, facts):
    class_name, _, method_name = name.partition(".")
    module = importlib.import_module(facts["module"])
    class_ = getattr(module, class_name)
    assert getattr(ionoscloud, class_name) is getattr(ionoscloud.api, class_name) is class_
    for method in (getattr(class_, method_name), getattr(class_, f"{method_name}_with_http_info")):
        parameters = dict(inspect.signature(method).parameters)
        del parameters["self"]
        options = parameters.popitem()[1]
        assert options.kind is options.VAR_KEYWORD
        positional = [name for name, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
        keyword = [name for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY]
        assert positional == facts["positional"]
        assert keyword == facts["keyword"]
        assert all(parameter.annotation is not parameter.empty for parameter in parameters.values())
    operation = getattr(module, f"_{method_name.upper()}")
    assert f"{operation.method} {operation.path}" == facts["http"]
    assert operation.body_type == facts.get("body", "")
    assert operation.response_type == facts.get("response")


def test_the_options_of_a_call_are_the_published_ones():
    assert OPTIONS | OWN_OPTIONS == ionoscloud._call_options.OPTION_NAMES


@pytest.mark.parametrize(("name", "facts"), list(PUBLISHED["models"].items()))
def test_a_model_has_the_published_attributes(name, facts):
    model = getattr(importlib.import_module(facts["module"]), name)
    assert getattr(ionoscloud, name) is getattr(ionoscloud.models, name) is model
    attributes = {**facts.get("attributes", {}), **EXTRA_ATTRIBUTES.get(name, {})}
    assert {key: f"{model.attribute_map[key]}: {type_}" for key, type_ in model.openapi_types.items()} == attributes
    assert list(inspect.signature(model).parameters) == [*attributes, "local_vars_configuration"]
    for constant, value in facts.get("constants", {}).items():
        assert getattr(model, constant) == value
    assert getattr(model, "allowable_values", []) == list(facts.get("constants", {}).values())
    empty = model()
    assert list(empty.to_dict().items()) == list(dict.fromkeys(attributes).items())
    for attribute in attributes:
        setattr(empty, attribute, "x")
        assert getattr(empty, attribute) == "x"


def test_the_public_names_are_the_published_and_the_listed_ones():
    """The extra names are listed here, so that none is exported by accident."""
    own = {
        *("ApiClient", "Configuration", "NULL", "__version__", "ApiFailedRequest", "ApiTimeout"),
        *("BadRequestException", "ConflictException", "ConnectionException", "ForbiddenException"),
        *("NotFoundException", "ServiceException", "TimeoutException", "TlsException", "TooManyRequestsException"),
        *("UnauthorizedException", "UnprocessableEntityException", "ImageLookupError", "ImageUploadError"),
        *("Transfer", "describe_images", "find_image", "find_images", "transfer_image", "upload_image"),
        *("wait_for_images", "RequestEvent", "ResponseEvent", "RetryEvent"),
        *("ApiAttributeError", "ApiException", "ApiKeyError", "ApiTypeError", "ApiValueError", "OpenApiException"),
    }
    found = set()
    for name in {*ionoscloud.api.__all__} - {*NAMES_OF_6}:
        members = inspect.getmembers(getattr(ionoscloud, name), inspect.isfunction)
        found |= {f"{name}.{member}" for member, _ in members if member[0] != "_"}
    operations = set(PUBLISHED["operations"]) | EXTRA_OPERATIONS
    assert found == {f"{name}{suffix}" for name in operations for suffix in ("", "_with_http_info")}
    assert set(ionoscloud.models.__all__) == set(PUBLISHED["models"]) | EXTRA_MODELS
    assert set(ionoscloud.__all__) == own | set(ionoscloud.api.__all__) | set(ionoscloud.models.__all__)
    for name in ionoscloud.__all__:
        assert hasattr(ionoscloud, name)
    assert set(ionoscloud.__all__) <= set(dir(ionoscloud))


@pytest.mark.parametrize(("newer", "name"), NAMES_OF_6.items())
def test_classes_are_available_under_their_names_of_6(newer, name):
    assert getattr(ionoscloud, newer) is getattr(ionoscloud.api, newer) is getattr(ionoscloud, name)
    assert {newer, name} <= {*dir(ionoscloud.api)} & {*ionoscloud.api.__all__}


@pytest.mark.parametrize(("newer", "module"), MODULES_OF_6.items())
def test_classes_are_available_in_their_modules_of_6(newer, module):
    found: dict[str, object] = {}
    exec(f"from ionoscloud.api.{module} import {newer}; import ionoscloud; same = ionoscloud.api.{module}", found)
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

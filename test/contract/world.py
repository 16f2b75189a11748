"""An emulator with at least one resource of each type in the document, and calls to it through the package."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse
from operations import Operation, for_validators, without_empty

import ionoscloud
from ionoscloud.emulator import CloudEmulator, HttpRequest
from ionoscloud.emulator.state import dump, restore

LEFT_OUT: Any = object()
IMMUTABLE = "x-immutable"


class World:
    """The emulator, and the ids of its resources by the names of the path parameters."""

    def __init__(self, cloud: CloudEmulator, client: ionoscloud.ApiClient) -> None:
        self.cloud = cloud
        self.client = client
        self.ids: dict[str, str] = {}
        self.owner = cloud._store.user_id
        self._build()
        self._kept = json.dumps(dump(cloud._store, cloud.contract_numbers))
        self._state = cloud._store.random.getstate()
        self._validator = OpenAPI.from_dict(for_validators(cloud.url), config=Config(spec_validator_cls=None))

    def _build(self) -> None:
        ids, post = self.ids, self.post
        ids.update(regionId="de", locationId="fra", clusterVersion="1.22.6", key="environment")
        ids.update(imageId=self.cloud.add_image(name="mine.iso")["id"], lanId="1", resourceType="datacenter")
        ids["datacenterId"] = ids["resourceId"] = post("/datacenters", name="dc", location="de/fra")["id"]
        datacenter = f"/datacenters/{ids['datacenterId']}"
        ids["backupunitId"] = post("/backupunits", name="backups")["id"]
        ids["pccId"], self.free_pcc = (post("/pccs", name=name)["id"] for name in ("pcc", "free"))
        block, free = (post("/ipblocks", location="de/fra", size=size) for size in (5, 1))
        self.ips, ids["ipblockId"], self.free_block = block["properties"]["ips"], block["id"], free["id"]
        post(f"{datacenter}/lans", name="public", public=True)
        post(f"{datacenter}/lans", name="private", public=False, pcc=ids["pccId"])
        self.free_lan = post(f"{datacenter}/lans", name="free")["id"]
        server = post(f"{datacenter}/servers", name="web", cores=2, ram=2048)["id"]
        ids["serverId"] = server
        alias = {"imageAlias": "ubuntu:latest", "imagePassword": "passwordExample1"}
        ids["volumeId"] = post(f"{datacenter}/volumes", name="system", size=10, type="HDD", **alias)["id"]
        self.free_volume = post(f"{datacenter}/volumes", name="data", size=10, type="SSD")["id"]
        post(f"{datacenter}/servers/{server}/volumes", id=ids["volumeId"])
        public = (item["id"] for item in self.get("/images?depth=1&filter.imageType=CDROM&filter.location=de/fra"))
        ids["cdromId"], self.free_cdrom = next(public), next(public)
        post(f"{datacenter}/servers/{server}/cdroms", id=ids["cdromId"])
        ids["nicId"] = post(f"{datacenter}/servers/{server}/nics", name="front", lan=1, ips=self.ips[:1])["id"]
        self.free_nic = post(f"{datacenter}/servers/{server}/nics", name="back", lan=2)["id"]
        rules = f"{datacenter}/servers/{server}/nics/{ids['nicId']}/firewallrules"
        ids["firewallruleId"] = post(rules, name="ssh", protocol="TCP", portRangeStart=22, portRangeEnd=22)["id"]
        ids["loadbalancerId"] = post(f"{datacenter}/loadbalancers", name="balancer")["id"]
        post(f"{datacenter}/loadbalancers/{ids['loadbalancerId']}/balancednics", id=ids["nicId"])
        ids["snapshotId"] = self.send("POST", f"{datacenter}/volumes/{ids['volumeId']}/create-snapshot")["id"]
        for labelled in (
            datacenter,
            f"{datacenter}/servers/{server}",
            f"{datacenter}/volumes/{ids['volumeId']}",
            f"/ipblocks/{ids['ipblockId']}",
            f"/snapshots/{ids['snapshotId']}",
        ):
            post(f"{labelled}/labels", key="environment", value="production")
        ids["labelurn"] = self.get("/labels")[0]["id"]
        ids["k8sClusterId"], self.free_cluster = (post("/k8s", name=name)["id"] for name in ("cluster", "free"))
        cluster = f"/k8s/{ids['k8sClusterId']}"
        pool = {"name": "pool", "datacenterId": ids["datacenterId"], "nodeCount": 2, "cpuFamily": "INTEL_SKYLAKE"}
        size = {"coresCount": 2, "ramSize": 2048, "storageType": "HDD", "storageSize": 10, "availabilityZone": "AUTO"}
        ids["nodepoolId"] = post(f"{cluster}/nodepools", **pool, **size)["id"]
        ids["nodeId"] = self.get(f"{cluster}/nodepools/{ids['nodepoolId']}/nodes")[0]["id"]
        ids["groupId"] = post("/um/groups", name="admins")["id"]
        ids["userId"], self.free_user = (
            post("/um/users", firstname=name, lastname="Example", email=f"{name}@example.com", password="password1")[
                "id"
            ]
            for name in ("alan", "grace")
        )
        post(f"/um/groups/{ids['groupId']}/users", id=ids["userId"])
        post(f"/um/groups/{ids['groupId']}/shares/{ids['datacenterId']}", editPrivilege=True)
        ids["keyId"] = self.send("POST", f"/um/users/{ids['userId']}/s3keys")["id"]
        ids["requestId"] = self.get("/requests")[0]["id"]

    def send(self, verb: str, path: str, body: Any = None) -> Any:
        """Send a request, and advance the clock until it is done."""
        response = self.client.call_api(
            path, verb, body=body, response_type="object", _return_http_data_only=True, header_params={}
        )
        self.cloud.clock.advance(10)
        return response

    def post(self, path: str, id: str | None = None, **properties: Any) -> Any:
        """Create a resource, or attach the one with that id."""
        return self.send("POST", path, {"id": id} if id else {"properties": properties})

    def get(self, path: str) -> Any:
        """Return the items of a list."""
        return self.send("GET", path)["items"]

    def restore(self) -> None:
        """Restore the initial state if it changed; each change draws a random number."""
        store = self.cloud._store
        if store.random.getstate() != self._state:
            restore(store, self.cloud._documents, json.loads(self._kept), "the world")

    # Valid arguments.

    def path_arguments(self, operation: Operation) -> dict[str, str]:
        """Return an id for each part of the path, of a resource that exists or can be created there."""
        instead = {
            "ipblocksDelete": {"ipblockId": self.free_block},  # the other has addresses in use
            "pccsDelete": {"pccId": self.free_pcc},  # the other has a peer
            "datacentersLansDelete": {"lanId": self.free_lan},  # the other has a NIC on it
            "umUsersOwnsGet": {"userId": self.owner},  # the other has created nothing
            "k8sDelete": {"k8sClusterId": self.free_cluster},  # the other has a node pool
            "umGroupsSharesPost": {"resourceId": self.ids["snapshotId"]},  # the data center is shared already
        }.get(operation.id, {})
        return {
            parameter.wire_name: {**self.ids, **instead}[parameter.wire_name] for parameter in operation.placed("path")
        }

    def path(self, operation: Operation) -> str:
        return operation.path.format(**self.path_arguments(operation))

    def body(self, operation: Operation, everything: bool) -> dict[str, Any]:
        """Return a body from the document, with the required or all writable properties."""
        attaches = {
            "datacentersServersVolumesPost": self.free_volume,
            "datacentersServersCdromsPost": self.free_cdrom,
            "datacentersLansNicsPost": self.free_nic,
            "datacentersLoadbalancersBalancednicsPost": self.free_nic,
            "umGroupsUsersPost": self.free_user,
        }
        if operation.attaches:
            return {"id": attaches[operation.id], **operation.wrapped(operation.example(everything=False))}
        properties = operation.example(everything)
        # Replacements for examples of the document that conflict, or refer to missing resources.
        replacements = {
            "image": LEFT_OUT,  # conflicts with imageAlias
            "backupunitId": self.ids["backupunitId"],
            "pcc": self.free_pcc,
            "public": operation.id.startswith("k8s"),  # a LAN in a private cross connect is not public
            "ipFailover": [{"ip": self.ips[0], "nicUuid": self.ids["nicId"]}],
            "ips": [self.ips[1]],
            "publicIps": self.ips[1:],
            "autoScaling": {"minNodeCount": 1, "maxNodeCount": 3},  # needs one address more than nodes
            "gatewayIp": self.ips[0],
            "datacenterId": self.ids["datacenterId"],
            "bootCdrom": LEFT_OUT if operation.verb == "POST" else {"id": self.ids["cdromId"]},
            "bootVolume": LEFT_OUT,  # conflicts with bootCdrom
            "sourceMac": "02:01:2a:5c:9f:10",
            "targetIp": self.ips[0],
            "icmpCode": LEFT_OUT,  # the protocol is TCP
            "icmpType": LEFT_OUT,
            "apiSubnetAllowList": ["203.0.113.0/24"],
            "s3Buckets": [{"name": "logs"}],
        }
        if operation.path.endswith("/labels"):
            properties.update(key="stage", value="production")  # both are required, and the other key exists
        if operation.id == "umUsersPost":
            properties["email"] = "new@example.com"  # must be unique
        if operation.verb != "POST":
            replacements.update(dict.fromkeys(("imagePassword", "sshKeys", "userData"), LEFT_OUT))  # only at creation
            now = self.send("GET", self.path(operation)).get("properties", {})
            properties.update(
                {name: now[name] for name in operation.required if operation.attributes[name].get(IMMUTABLE)}
            )
        properties.update({name: value for name, value in replacements.items() if name in properties})
        return operation.wrapped({name: value for name, value in properties.items() if value is not LEFT_OUT})

    def arguments(self, operation: Operation, everything: bool = False, as_model: bool = False) -> dict[str, Any]:
        """Return the arguments of the method by name: the required ones, or all."""
        ids = self.path_arguments(operation)
        result: dict[str, Any] = {parameter.name: ids[parameter.wire_name] for parameter in operation.placed("path")}
        if operation.body_name:
            body = self.body(operation, everything)
            model = getattr(ionoscloud, operation.body_model or "")
            result[operation.body_name] = model.from_dict(body) if as_model else body
        by_name = {"depth": 3, "pretty": False, "upgradeNeeded": True, "offset": 0, "limit": 20}
        by_name.update({"X-Contract-Number": self.cloud.contract_number, "snapshotId": self.ids["snapshotId"]})
        by_name.update({"name": "copy", "description": "text", "licenceType": "LINUX", "secAuthProtection": False})
        by_name.update({"filter.createdAfter": "2020-01-01+00:00:00", "filter.createdBefore": "2090-01-01+00:00:00"})
        for parameter in operation.placed("query", "header", "form"):
            if everything or parameter.wire_name == "snapshotId":
                result[parameter.name] = by_name.get(parameter.wire_name, "e")
        return result

    def method(self, operation: Operation, client: ionoscloud.ApiClient | None = None) -> Any:
        """Return the method of the package that returns data, status and headers."""
        return getattr(getattr(ionoscloud, operation.api)(client or self.client), f"{operation.method}_with_http_info")

    @contextmanager
    def nothing_is_sent(self) -> Iterator[None]:
        before = len(self.cloud.requests_seen)
        yield
        assert len(self.cloud.requests_seen) == before

    # Validation against the document; each method raises the first difference.

    def check_request(self, request: HttpRequest) -> None:
        self._validator.validate_request(self._sent(request))

    def check_response(self, request: HttpRequest, response: Any) -> None:
        content_type = response.headers.get("Content-Type", "")
        data = response.data
        if content_type == "application/json" and data:
            data = json.dumps(without_empty(json.loads(data))).encode()
        received = MockResponse(data, response.status, dict(response.headers.items()), content_type)
        self._validator.validate_response(self._sent(request), received)

    def _sent(self, request: HttpRequest) -> MockRequest:
        path, _, query = request.target.partition("?")
        server, base, _ = self.cloud.url.partition("/cloudapi/v5")
        # The log has no Authorization, so this adds a valid one.
        password = b64encode(f"{self.cloud.username}:{self.cloud.password}".encode()).decode()
        return MockRequest(
            server,
            request.method.lower(),
            base + path,
            args=dict(parse_qsl(query)),
            headers={**dict(request.headers.items()), "Authorization": f"Basic {password}"},
            data=request.body or None,
            content_type=request.headers.get("Content-Type", ""),
        )

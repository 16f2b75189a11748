"""An emulator with at least one resource of each type in the documents, and calls to it through the package."""

from __future__ import annotations

import json
import pickle
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Network
from typing import Any
from urllib.parse import parse_qsl

from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse
from operations import DOCUMENTS, Operation, without_empty

import ionoscloud
from ionoscloud.emulator import CloudEmulator, HttpRequest
from ionoscloud.emulator.state import dump, restore

LEFT_OUT: Any = object()
IMMUTABLE = "x-immutable"
CONTENT = ("_stored", "_index", "_totals", "_due", "arrivals")  # attributes of a store that changes affect
HERE = (None, "de/fra")
ALB, NLB, NAT = "/applicationloadbalancers", "/networkloadbalancers", "/natgateways"
FLOW_LOG = {"name": "log", "action": "ALL", "direction": "BIDIRECTIONAL", "bucket": "logs"}


class World:
    """The emulator, a client of each version, and the ids of its resources by the names of the path parameters."""

    def __init__(self, cloud: CloudEmulator, *clients: ionoscloud.ApiClient) -> None:
        self.cloud = cloud
        self.clients = {client.configuration.api_version: client for client in clients}
        self.ids: dict[str, str] = {}
        self.beneath: dict[str, dict[str, str]] = {}  # ids for parameters that are below several collections
        self.owner = cloud._store.user_id
        self._build()
        if 6 in self.clients:
            self._build_networks_of_v6()
            self._build_servers_of_v6()
        content = dump(cloud._store, cloud.contract_numbers)
        # The public images of other locations would make each test slower.
        content["resources"] = [
            each for each in content["resources"] if (each["properties"] or {}).get("location") in HERE
        ]
        # Loading a state checks it, so the tests continue from the objects of the loaded one.
        store = cloud._store
        restore(store, cloud._documents, content, "the world")
        self._kept = pickle.dumps([getattr(store, name) for name in CONTENT])
        self._time, self._random = content["time"], store.random.getstate()
        self._validators: dict[int, OpenAPI] = {}

    def _build(self) -> None:
        ids, post = self.ids, self.post
        ids.update(regionId="de", locationId="fra", clusterVersion="1.22.6", key="environment")
        ids.update(imageId=self.cloud.add_image(name="mine.iso")["id"], lanId="1", resourceType="datacenter")
        ids["datacenterId"] = ids["resourceId"] = post("/datacenters", name="dc", location="de/fra")["id"]
        self.datacenter = datacenter = f"/datacenters/{ids['datacenterId']}"
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

    def _build_networks_of_v6(self) -> None:
        ids, datacenter = self.ids, self.datacenter

        def post(path: str, **properties: Any) -> str:
            identifier: str = self.post(path, version=6, **properties)["id"]
            return identifier

        outside, inside = (int(post(f"{datacenter}/lans", name="x", public=public)) for public in (True, False))
        self.send("PATCH", f"{datacenter}/lans/1", {"ipv6CidrBlock": "AUTO"}, version=6)
        lan = self.send("GET", f"{datacenter}/lans/1", version=6)
        self.ipv6_block = IPv6Network(lan["properties"]["ipv6CidrBlock"])
        self.lans = {"listenerLan": outside, "targetLan": inside}
        self.lans_of_gateway = [{"id": inside, "gatewayIps": ["10.7.9.1/24"]}]
        self.targets = [{"ip": "10.7.9.11", "port": 8080, "weight": 1}]
        ids["targetGroupId"] = post("/targetgroups", name="web", algorithm="RANDOM", protocol="HTTP")
        *ips, self.free_ip = self.post("/ipblocks", location="de/fra", size=7)["properties"]["ips"]
        self.ips_of_gateways = {ALB: ips[:2], NLB: ips[2:4], NAT: ips[4:]}
        rule = {"name": "web", "listenerPort": 80}
        web = {**rule, "listenerIp": ips[0], "protocol": "HTTP"}
        tcp = {**rule, "listenerIp": ips[2], "protocol": "TCP", "algorithm": "RANDOM", "targets": self.targets}
        all_out = {"name": "all", "publicIp": ips[4], "sourceSubnet": "10.7.9.0/24"}
        nat = {"publicIps": ips[4:], "lans": self.lans_of_gateway}
        forwarding = ("forwardingrules", "forwardingRuleId")
        for collection, parameter, properties, (rules, rule_parameter), rule in (
            (ALB, "applicationLoadBalancerId", {"ips": ips[:2], **self.lans}, forwarding, web),
            (NLB, "networkLoadBalancerId", {"ips": ips[2:4], **self.lans}, forwarding, tcp),
            (NAT, "natGatewayId", nat, ("rules", "natGatewayRuleId"), all_out),
        ):
            ids[parameter] = post(f"{datacenter}{collection}", name="gateway", **properties)
            gateway = f"{datacenter}{collection}/{ids[parameter]}"
            self.beneath[collection] = {
                rule_parameter: post(f"{gateway}/{rules}", **rule),
                "flowLogId": post(f"{gateway}/flowlogs", **FLOW_LOG),
            }
        nic = f"{datacenter}/servers/{ids['serverId']}/nics/{ids['nicId']}"
        ids["flowlogId"] = post(f"{nic}/flowlogs", **FLOW_LOG)
        ids["securityGroupId"] = group = post(f"{datacenter}/securitygroups", name="web")
        self.free_group = post(f"{datacenter}/securitygroups", name="free")
        port = {"protocol": "TCP", "portRangeStart": 443, "portRangeEnd": 443}
        ids["ruleId"] = post(f"{datacenter}/securitygroups/{group}/rules", name="https", **port)
        post(f"/images/{ids['imageId']}/labels", key="environment", value="production")

    def _build_servers_of_v6(self) -> None:
        """Create servers from templates: a running Cube, a suspended one, and one with a GPU."""
        templates = self.get("/templates?depth=1", version=6)
        with_gpu = {bool(template["properties"].get("gpus")): template["id"] for template in templates}
        self.ids["templateId"] = with_gpu[False]
        self.cube, self.suspended, self.gpu_server = (
            self.send(
                "POST",
                f"{self.datacenter}/servers",
                {
                    "properties": {"name": name, "type": type, "templateUuid": with_gpu[type == "GPU"]},
                    "entities": {"volumes": {"items": [{"properties": {"type": storage, "licenceType": "LINUX"}}]}},
                },
                version=6,
            )["id"]
            for name, type, storage in (("a", "CUBE", "DAS"), ("b", "CUBE", "DAS"), ("c", "GPU", "SSD Premium"))
        )
        self.send("POST", f"{self.datacenter}/servers/{self.suspended}/suspend", version=6)
        self.ids["gpuId"] = self.get(f"{self.datacenter}/servers/{self.gpu_server}/gpus", version=6)[0]["id"]

    def send(self, verb: str, path: str, body: Any = None, version: int = 5) -> Any:
        """Send a request, and advance the clock until it is done."""
        response = self.clients[version].call_api(
            path, verb, body=body, response_type="object", _return_http_data_only=True, header_params={}
        )
        self.cloud.clock.advance(10)
        return response

    def post(self, path: str, id: str | None = None, version: int = 5, **properties: Any) -> Any:
        """Create a resource, or attach the one with that id."""
        return self.send("POST", path, {"id": id} if id else {"properties": properties}, version)

    def get(self, path: str, version: int = 5) -> Any:
        """Return the items of a list."""
        return self.send("GET", path, version=version)["items"]

    def restore(self) -> None:
        """Restore the initial state if it changed; each change draws a random number."""
        store = self.cloud._store
        if store.random.getstate() != self._random:
            store.restore((), self._time)
            for name, content in zip(CONTENT, pickle.loads(self._kept)):
                setattr(store, name, content)
            store.random.setstate(self._random)

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
            "datacentersServersSuspendPost": {"serverId": self.cube},
            "datacentersServersResumePost": {"serverId": self.suspended},
            "datacentersServersGpusGet": {"serverId": self.gpu_server},
            "datacentersServersGpusFindById": {"serverId": self.gpu_server},
        }.get(operation.id, {})
        ids = {**self.ids, **self.ids_beneath(operation.path), **instead}
        return {parameter.wire_name: ids[parameter.wire_name] for parameter in operation.placed("path")}

    def ids_beneath(self, path: str) -> dict[str, str]:
        """Return the ids for the parameters of a path whose names other paths have, too."""
        return next((ids for collection, ids in self.beneath.items() if f"{collection}/" in path), {})

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
            more = {} if operation.attaches_by_id else operation.wrapped(operation.example(everything=False))
            return {"id": attaches[operation.id], **more}
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
            **(self._replacements_in_v6(operation) if operation.version == 6 else {}),
        }
        if operation.path.endswith("/labels"):
            properties.update(key="stage", value="production")  # both are required, and the other key exists
        if operation.path.endswith("/restore-snapshot"):
            properties["snapshotId"] = self.ids["snapshotId"]  # required, although the document does not say so
        if operation.id == "umUsersPost":
            properties["email"] = "new@example.com"  # must be unique
        # The sizes are optional in v6, because that of a server with a template comes from it.
        if operation.id == "datacentersServersPost":
            properties.update(cores=2, ram=4096)
        if operation.id == "datacentersVolumesPost":
            properties.update(type="HDD", size=10, licenceType="LINUX")
        if operation.path.endswith("/flowlogs"):
            for log in self.get(self.path(operation), version=6):  # a resource has only one
                self.send("DELETE", f"{self.path(operation)}/{log['id']}", version=6)
        if operation.verb == "PUT" and "listenerLan" in operation.attributes:
            properties["ips"] = []  # replaced below; PUT without it would remove the addresses that rules use
        if operation.verb != "POST":
            replacements.update(dict.fromkeys(("imagePassword", "sshKeys", "userData"), LEFT_OUT))  # only at creation
        fixed = [name for name in operation.required if IMMUTABLE in operation.attributes[name]]
        if fixed and operation.verb != "POST":
            now = self.send("GET", self.path(operation), version=operation.version)["properties"]
            properties.update({name: now[name] for name in fixed})
        properties.update({name: value for name, value in replacements.items() if name in properties})
        return operation.wrapped({name: value for name, value in properties.items() if value is not LEFT_OUT})

    def _replacements_in_v6(self, operation: Operation) -> dict[str, Any]:
        is_new = operation.verb == "POST"
        nic_block = IPv6Network((int(self.ipv6_block.network_address) + (0xFFFF << 48), 80))
        result = {
            "ids": [self.ids["securityGroupId"]],
            "defaultSecurityGroupId": self.free_group,
            "createDefaultSecurityGroup": True if is_new else LEFT_OUT,  # conflicts with defaultSecurityGroupId
            "hostname": "web-1",
            "templateUuid": LEFT_OUT,  # the type is ENTERPRISE
            "enabledFeatures": [],  # depend on the CPU family
            "placementGroupId": LEFT_OUT,  # only IONOS can set it
            "vnet": LEFT_OUT,
            "ipv6CidrBlock": str(nic_block) if "nics" in operation.path else "AUTO",
            "ipv6Ips": [str(nic_block[5])],
            "applicationType": "UNKNOWN",
            # A private Kubernetes cluster, and a node pool of a public one.
            **({"public": False, "natGatewayIp": self.free_ip} if operation.id == "k8sPost" else {}),
            "taints": [{"key": "dedicated", "value": "web", "effect": "NoSchedule"}],
            "lans": [{"id": self.lans["targetLan"], "dhcp": True}],
            # Load balancers and gateways.
            **self.lans,
            "lbPrivateIps": ["10.7.9.21/24" if is_new else "10.7.9.22/24"],
            "serverCertificates": [],
            "httpRules": [{"name": "all", "type": "FORWARD", "targetGroup": self.ids["targetGroupId"]}],
            "targets": self.targets,
            "sourceSubnet": "10.7.9.0/24",
        }
        for collection, ips in self.ips_of_gateways.items():
            if collection in operation.path:
                used = [self.free_ip] if is_new else ips  # rules of the existing one use its addresses
                result.update(ips=used, publicIps=used, listenerIp=ips[0], publicIp=ips[0])
                if collection == NAT:
                    result.update(lans=self.lans_of_gateway, protocol="TCP")  # the target has ports
        return result

    def arguments(self, operation: Operation, everything: bool = False, as_model: bool = False) -> dict[str, Any]:
        """Return the arguments of the method by name: the required ones, or all."""
        ids = self.path_arguments(operation)
        result: dict[str, Any] = {parameter.name: ids[parameter.wire_name] for parameter in operation.placed("path")}
        if operation.body_name:
            body = self.body(operation, everything)
            model = getattr(ionoscloud, operation.body_model or "")
            result[operation.body_name] = model.from_dict(body) if as_model else body
        by_name = {"depth": 3, "pretty": False, "upgradeNeeded": True, "offset": 0, "limit": 20, "deleteVolumes": True}
        by_name.update({"X-Contract-Number": self.cloud.contract_number, "snapshotId": self.ids["snapshotId"]})
        by_name.update({"name": "copy", "description": "text", "licenceType": "LINUX", "secAuthProtection": False})
        by_name.update({"filter.createdAfter": "2020-01-01+00:00:00", "filter.createdBefore": "2090-01-01+00:00:00"})
        for parameter in operation.placed("query", "header", "form"):
            if everything or parameter.wire_name == "snapshotId":
                result[parameter.name] = by_name.get(parameter.wire_name, "e")
        return result

    def client(self, operation: Operation) -> ionoscloud.ApiClient:
        return self.clients[operation.version]

    def method(self, operation: Operation, client: ionoscloud.ApiClient | None = None) -> Any:
        """Return the method of the package that returns data, status and headers."""
        api = getattr(ionoscloud, operation.api)(client or self.client(operation))
        return getattr(api, f"{operation.method}_with_http_info")

    @contextmanager
    def nothing_is_sent(self) -> Iterator[None]:
        self.cloud.clear_requests()
        yield
        assert not self.cloud.requests_seen

    # Validation against the document; each method raises the first difference.

    def check_request(self, request: HttpRequest) -> None:
        self._validator(request).validate_request(self._sent(request))

    def check_response(self, request: HttpRequest, response: Any) -> None:
        content_type = response.headers.get("Content-Type", "")
        data = response.data
        if content_type == "application/json" and data:
            data = json.dumps(without_empty(json.loads(data))).encode()
        received = MockResponse(data, response.status, dict(response.headers.items()), content_type)
        self._validator(request).validate_response(self._sent(request), received)

    def _validator(self, request: HttpRequest) -> OpenAPI:
        version = request.api_version
        assert version
        if version not in self._validators:
            content = DOCUMENTS[version].for_validators(self.cloud.urls[version])
            self._validators[version] = OpenAPI.from_dict(content, config=Config(spec_validator_cls=None))
        return self._validators[version]

    def _sent(self, request: HttpRequest) -> MockRequest:
        path, _, query = request.target.partition("?")
        assert request.api_version
        server, base, _ = self.cloud.urls[request.api_version].partition("/cloudapi/")
        # The log has no Authorization, so this adds a valid one.
        password = b64encode(f"{self.cloud.username}:{self.cloud.password}".encode()).decode()
        return MockRequest(
            server,
            request.method.lower(),
            f"{base}v{request.api_version}{path}",
            args=dict(parse_qsl(query)),
            headers={**dict(request.headers.items()), "Authorization": f"Basic {password}"},
            data=request.body or None,
            content_type=request.headers.get("Content-Type", ""),
        )

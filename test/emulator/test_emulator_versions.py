"""Both versions of the API show the same resources, each as its document describes them."""

from __future__ import annotations

import json
import time
from urllib.parse import urlsplit

import pytest
from account import Account, AccountInVersion, id_of

from ionoscloud import ApiClient, DataCenterApi
from ionoscloud.emulator import CloudEmulator, ManualClock, cloud as cloud_module, rules
from ionoscloud.emulator.document import BASE_PATHS, ApiDocument, api_document
from ionoscloud.emulator.rules.tables import Table

CPUS = {"cores": 1, "ram": 1024}
NODES = {"nodeCount": 1, "cpuFamily": "INTEL_SKYLAKE", "coresCount": 1, "ramSize": 2048, "storageSize": 10}
LAN = {"id": 1, "dhcp": False, "routes": [{"network": "10.1.0.0/16", "gatewayIp": "10.0.0.1"}]}


def urls_in(value):
    """Return the URLs in a response."""
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [url for each in values for url in urls_in(each)] + [value] * str(value).startswith("http")


@pytest.fixture
def loaded(monkeypatch):
    """The versions whose documents are loaded by emulators."""
    versions = []

    def load(version):
        versions.append(version)
        return api_document(version)

    monkeypatch.setattr(cloud_module, "api_document", load)
    return versions


@pytest.mark.parametrize("version", [5, 6])
def test_the_base_paths_are_those_of_the_documents(version):
    assert (api_document(version).base_path, api_document(version).api_version) == (BASE_PATHS[version], version)


# URLs


def test_each_version_states_its_number(five, six):
    for account, version in ((five, "5.0"), (six, "6.0")):
        assert account.get("/") == {"href": f"{account.url}/", "name": "CLOUD API", "version": version}


def test_urls_in_a_response_are_those_of_the_version_of_the_request(five, six):
    datacenter = five.datacenter()
    six.server(datacenter, name="web")
    six.create(f"{datacenter}/labels", key="a", value="b")
    for account in (five, six):
        for path in ("/datacenters?depth=5&limit=1", "/labels?depth=1", "/locations?depth=1", "/um/resources?depth=3"):
            found = urls_in(account.get(path))
            assert found and all(url.startswith(account.url + "/") for url in found)


def test_a_request_can_be_polled_in_both_versions(cloud, call, five, six):
    body = {"properties": {"name": "d", "location": "de/fra"}}
    for account, other in ((five, six), (six, five)):
        location = account.send("POST", "/datacenters", body).headers["Location"]
        assert location.startswith(f"{account.url}/requests/")
        path = location[len(account.url) :]
        for reader in (account, other):
            status = reader.get(path)
            assert (status["href"], status["metadata"]["status"]) == (reader.url + path, "QUEUED")
            (target,) = status["metadata"]["targets"]
            assert target["target"]["href"].startswith(f"{reader.url}/datacenters/")
            shown = reader.get(path.removesuffix("/status"))
            assert shown["properties"]["url"] == f"{account.url}/datacenters"


def test_a_base_url_can_have_the_path_of_a_version(call_of):
    for given in ("https://a.test/x", "https://a.test/x/cloudapi/v5", "https://a.test/x/cloudapi/v6/"):
        with CloudEmulator(base_url=given, api_version=6) as cloud:
            assert cloud.urls == {5: "https://a.test/x/cloudapi/v5", 6: "https://a.test/x/cloudapi/v6"}
            assert cloud.url == cloud.urls[6]


# Properties


def test_v5_shows_no_properties_of_v6(five, six):
    datacenter = six.datacenter(name="d")
    server = six.server(datacenter, hostname="web", nicMultiQueue=True)
    assert six.properties(server)["hostname"] == "web"
    for shown in (
        five.get(server),
        five.get(f"{datacenter}/servers?depth=1")["items"][0],
        five.get(f"{datacenter}?depth=3")["entities"]["servers"]["items"][0],
        five.get("/datacenters?depth=3")["items"][0]["entities"]["servers"]["items"][0],
        five.accepted("PATCH", server, {"cores": 2}),
    ):
        assert shown["id"] == id_of(server)
        assert shown["properties"].keys() <= api_document(5).kinds["/datacenters/{}/servers"].properties.keys()
        assert not {"gpus", "securitygroups"} & shown["entities"].keys()
    assert six.get(server)["properties"].keys() == api_document(6).kinds["/datacenters/{}/servers"].properties.keys()


def test_v5_keeps_properties_of_v6(five, six):
    datacenter = six.datacenter(name="d")
    server = six.server(datacenter, name="s", hostname="web", nicMultiQueue=True)
    five.change(server, cores=2)
    five.done("PUT", server, {"properties": {"cores": 3, "ram": 1024}})
    kept = six.properties(server)
    assert [kept[name] for name in ("cores", "hostname", "nicMultiQueue")] == [3, "web", True]
    six.done("PUT", server, {"properties": {"cores": 3, "ram": 1024}})
    assert six.properties(server)["nicMultiQueue"] is not True


def test_v6_keeps_the_nat_of_v5(five, six):
    datacenter = five.datacenter()
    nic = five.nic(five.server(datacenter), nat=True)
    assert "nat" not in six.properties(nic)
    six.change(nic, name="n")
    six.done("PUT", nic, {"properties": {"lan": 1, "name": "m"}})
    assert {"nat": True, "name": "m"}.items() <= five.properties(nic).items()
    for account, status in ((five, 202), (six, 422)):
        assert account.send("PATCH", nic, {"nat": False}).status == status


def test_requests_of_v5_cannot_set_properties_of_v6(five, six):
    server = six.server(six.datacenter(), hostname="web")
    for verb, body in (("PATCH", {"hostname": "x"}), ("PUT", {"properties": {**CPUS, "hostname": "x"}})):
        (message,) = five.rejected(verb, server, body)
        assert message == "[(root).properties.hostname] Attribute is not allowed in update requests"
    assert six.change(server, hostname="x")["hostname"] == "x"


def test_nested_attributes_of_v6_are_hidden_and_kept(five, six):
    datacenter = six.datacenter()
    pool = six.create(
        f"{six.create('/k8s', name='c')}/nodepools",
        **NODES,
        name="p",
        datacenterId=id_of(datacenter),
        availabilityZone="AUTO",
        storageType="HDD",
        lans=[LAN, {"id": 2, "dhcp": True}],
    )
    assert five.properties(pool)["lans"] == [{"id": 1}, {"id": 2}]
    # The order changes, and so does one of the LANs.
    changes = {"nodeCount": 1, "lans": [{"id": 3}, {"id": 1}]}
    five.done("PUT", pool, {"properties": changes})
    first, second = six.properties(pool)["lans"]
    assert (first["id"], second) == (3, LAN)
    assert five.properties(pool)["lans"] == [{"id": 3}, {"id": 1}]


def test_v5_does_not_show_metadata_of_v6(five, six):
    user = five.create("/um/users", firstname="a", lastname="b", email="a@example.com", password="abcdefGH1")
    assert "createdBy" in six.get(user)["metadata"]
    assert "createdBy" not in five.get(user)["metadata"]


def test_both_versions_show_properties_that_no_document_has(cloud, five, six, tmp_path, call_of):
    image = "/images/" + cloud.add_image(name="x.iso", newest=7, exposeSerial=True)["id"]
    assert five.properties(image)["newest"] == six.properties(image)["newest"] == 7
    assert six.properties(image)["exposeSerial"] is True
    assert "exposeSerial" not in five.properties(image)
    assert five.accepted("PUT", image, {"properties": {"licenceType": "LINUX", "newest": 8}})
    cloud.clock.advance(5)
    assert five.properties(image)["newest"] == six.properties(image)["newest"] == 8
    cloud.save(tmp_path / "cloud.json")
    with CloudEmulator(clock=ManualClock(), state=tmp_path / "cloud.json") as again:
        call = call_of(again)
        shown = {version: call("GET", again.urls[version] + image).json()["properties"] for version in (5, 6)}
        assert shown[5]["newest"] == shown[6]["newest"] == 8
        assert shown[6]["exposeSerial"] is True and "exposeSerial" not in shown[5]


def test_a_default_of_v6_applies_to_resources_of_v5(cloud, monkeypatch, call_of):
    content = json.loads(json.dumps(api_document(6)._content))
    content["components"]["schemas"]["PrivateCrossConnectProperties"]["properties"]["rank"] = {
        "type": "integer",
        "default": 3,
    }
    documents = {5: api_document(5), 6: ApiDocument(content)}
    monkeypatch.setattr(cloud_module, "api_document", documents.get)
    with CloudEmulator(clock=ManualClock()) as cloud:
        call = call_of(cloud)
        pcc = call("POST", "/pccs", json={"properties": {"name": "p"}}).json()
        assert "rank" not in pcc["properties"]
        assert call("GET", f"{cloud.urls[6]}/pccs/{pcc['id']}").json()["properties"]["rank"] == 3


def test_computed_properties_of_v6_are_hidden_in_v5(monkeypatch, call_of):
    monkeypatch.setitem(rules.computed_properties, "/images", lambda *_: {"exposeSerial": True, "size": 9})
    with CloudEmulator(clock=ManualClock()) as cloud:
        five, six = (call_of(cloud)("GET", f"{url}/images?depth=1&maxResults=1").json() for url in cloud.urls.values())
        assert {"exposeSerial": True, "size": 9}.items() <= six["items"][0]["properties"].items()
        assert five["items"][0]["properties"]["size"] == 9
        assert "exposeSerial" not in five["items"][0]["properties"]


# Resources that only one version has


@pytest.fixture
def target_group(six):
    """The paths of a data center, of a resource that v5 does not have, and of the status of its creation."""
    datacenter = six.datacenter(name="d")
    made = six.send(
        "POST", "/targetgroups", {"properties": {"name": "t", "algorithm": "ROUND_ROBIN", "protocol": "HTTP"}}
    )
    assert made.status == 202, made.data
    group = made.json()["href"][len(six.url) :]
    return datacenter, group, made.headers["Location"][len(six.url) :]


def test_v5_has_no_resources_of_v6(cloud, five, six, target_group, image):
    datacenter, group, status = target_group
    assert six.get(group)["id"] in six.ids("/targetgroups")
    assert six.get(status)["metadata"]["targets"][0]["target"]["href"] == six.url + group
    assert five.get(status)["metadata"]["targets"] == []
    for verb, path in (
        ("GET", group),
        ("DELETE", group),
        ("GET", "/targetgroups"),
        ("GET", f"{datacenter}/natgateways"),
    ):
        assert five.send(verb, path).status == 404
    assert "natgateways" in six.get(f"{datacenter}?depth=1")["entities"]
    assert "natgateways" not in five.get(f"{datacenter}?depth=1")["entities"]
    six.create(f"{image}/labels", key="a", value="b")
    assert len(six.ids("/labels")) == 1
    assert five.ids("/labels") == []


def test_put_to_a_path_without_get_is_an_action_that_can_return_a_list(six, tmp_path, call_of):
    datacenter = six.datacenter()
    group, server = six.create(f"{datacenter}/securitygroups", name="g"), six.server(datacenter)
    content = six.done("PUT", f"{server}/securitygroups", {"ids": [id_of(group)]})
    assert (content["type"], content["href"]) == ("collection", f"{six.url}{server}/securitygroups")
    assert [item["href"] for item in content["items"]] == [six.url + group]
    assert six.get(f"{server}?depth=3")["entities"]["securitygroups"]["items"][0]["properties"]["name"] == "g"
    six.cloud.save(tmp_path / "cloud.json")
    with CloudEmulator(clock=ManualClock(), state=tmp_path / "cloud.json", api_version=6) as again:
        shown = call_of(again)("GET", f"{server}?depth=2").json()["entities"]["securitygroups"]
        assert [item["id"] for item in shown["items"]] == [id_of(group)]


def test_resources_of_v5_can_be_attached_in_collections_of_v6(monkeypatch, call_of):
    content = json.loads(json.dumps(api_document(6)._content))
    for path in [path for path in content["paths"] if "/cdroms" in path]:
        content["paths"][path.replace("cdroms", "tapes")] = content["paths"][path]
    monkeypatch.setattr(cloud_module, "api_document", {5: api_document(5), 6: ApiDocument(content)}.get)
    with CloudEmulator(clock=ManualClock()) as cloud:
        older, newer = (AccountInVersion(cloud, call_of(cloud), version) for version in (5, 6))
        server, image = older.server(older.datacenter()), cloud.add_image(name="x.iso")["id"]
        assert newer.attach(f"{server}/tapes", f"/images/{image}")["id"] == image
        assert newer.ids(f"{server}/tapes") == [image]
        assert older.send("GET", f"{server}/tapes").status == 404


def test_v6_does_not_serve_paths_that_only_v5_has(five, six):
    assert five.get("/k8s/versions/1.22.6/compatibilities")
    assert six.send("GET", "/k8s/versions/1.22.6/compatibilities").status == 404


# Responses that differ


def test_v5_shows_one_contract_and_v6_shows_all(cloud, five, six):
    one, content = five.get("/contracts"), six.get("/contracts")
    assert (content["type"], content["id"], content["href"]) == ("collection", "contracts", f"{six.url}/contracts")
    assert [item["properties"]["contractNumber"] for item in content["items"]] == [*cloud.contract_numbers]
    assert {item["type"] for item in content["items"]} == {one["type"]} == {"contract"}
    assert one["properties"]["contractNumber"] == cloud.contract_number
    (first, *_) = six.get("/contracts", X_Contract_Number=str(cloud.contract_numbers[1]))["items"]
    assert first["properties"]["contractNumber"] == cloud.contract_numbers[1]
    known = api_document(5)._content["components"]["schemas"]["ResourceLimits"]["properties"].keys()
    assert one["properties"]["resourceLimits"].keys() <= known


def test_computed_responses_show_only_what_their_version_has(five, six, monkeypatch):
    monkeypatch.setitem(cloud_module.catalogue.LIMITS, "natGatewayLimitTotal", 5)
    assert six.get("/contracts")["items"][0]["properties"]["resourceLimits"]["natGatewayLimitTotal"] == 5
    assert "natGatewayLimitTotal" not in five.get("/contracts")["properties"]["resourceLimits"]


def test_v6_sends_the_kubeconfig_in_the_type_that_the_client_accepts(five, six):
    path = five.create("/k8s", name="c") + "/kubeconfig"
    text = five.properties(path)["kubeconfig"]
    assert text.startswith("apiVersion:")
    for accept, media_type in (
        ("", "application/yaml"),
        ("*/*", "application/yaml"),
        ("text/html", "application/yaml"),
        ("application/x-yaml", "application/x-yaml"),
        ("application/yaml, application/json;q=0.5", "application/yaml"),
        ("application/json", "application/json"),
    ):
        response = six.send("GET", path, Accept=accept)
        assert response.headers["Content-Type"] == media_type
        assert (response.json() if media_type == "application/json" else response.data.decode()) == text
        assert int(response.headers["Content-Length"]) == len(response.data)


def test_deletions_and_actions_of_v6_have_no_body(five, six):
    datacenter = six.datacenter()
    for account in (five, six):
        server = account.server(datacenter)
        for verb, path in (("POST", f"{server}/stop"), ("DELETE", server)):
            response = account.send(verb, path)
            assert (response.status, "Location" in response.headers) == (202, True)
            if account is five:
                assert response.json() == {}
            else:
                assert (response.data, response.headers["Content-Length"]) == (b"", "0")
                assert "Content-Type" not in response.headers


def test_snapshots_take_a_form_in_v5_and_json_in_v6(cloud, call, five, six):
    volume = five.volume(five.datacenter(), licenceType="LINUX")
    form = {"body": "name=a", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    made = call("POST", f"{five.url}{volume}/create-snapshot", **form).json()
    assert call("POST", f"{six.url}{volume}/create-snapshot", **form).status == 415
    cloud.clock.advance(10)
    again = six.done("POST", f"{volume}/create-snapshot", {"properties": {"name": "b"}})
    assert (made["properties"]["name"], again["properties"]["name"]) == ("a", "b")
    assert six.done("POST", f"{volume}/create-snapshot")["properties"]["name"] == ""
    assert five.send("POST", f"{volume}/create-snapshot", {"properties": {"name": "b"}}).status == 415
    restored = six.send("POST", f"{volume}/restore-snapshot", {"properties": {"snapshotId": again["id"]}})
    assert (restored.status, restored.data) == (202, b"")
    (message,) = six.rejected("POST", f"{volume}/restore-snapshot", {"properties": {"snapshotId": "none"}})
    assert message.startswith("[(root).properties.snapshotId] ")


def test_members_of_groups_are_added_by_their_id(five, six):
    user = five.create("/um/users", firstname="a", lastname="b", email="a@example.com", password="abcdefGH1")
    for account in (five, six):
        group = account.create("/um/groups", name="g")
        assert account.attach(f"{group}/users", user)["id"] == id_of(user)
        assert six.ids(f"{group}/users") == five.ids(f"{group}/users") == [id_of(user)]
        whole = {"id": id_of(user), "type": "user", "properties": {"firstname": "a", "lastname": "b", "email": "a@b"}}
        assert account.done("POST", f"{group}/users", whole)["id"] == id_of(user)
        (message,) = account.rejected("POST", f"{group}/users", {"name": "x", "id": id_of(user)})
        assert message.endswith("name] Attribute is not allowed in create requests")


def test_null_is_not_a_body(cloud, call, five, six):
    group = five.create("/um/groups", name="g")
    for account in (five, six):
        for verb, path in (("POST", f"{group}/users"), ("POST", "/pccs"), ("PUT", group)):
            response = call(verb, account.url + path, body=b"null", headers={"Content-Type": "application/json"})
            (message,) = response.json()["messages"]
            assert (response.status, message["message"]) == (422, "[(root)] A body is required")


# Pages


def test_the_default_page_size_is_that_of_the_version(cloud, five, six):
    with cloud._store.instant_changes():
        for _ in range(101):
            five.send("POST", "/datacenters", {"properties": {"location": "de/fra"}})
    page = six.get("/datacenters")
    assert (page["limit"], len(page["items"])) == (100, 100)
    assert page["_links"]["next"] == f"{six.url}/datacenters?offset=100&limit=100"
    assert len(six.get("/datacenters?limit=1000")["items"]) == len(five.get("/datacenters")["items"]) == 101


def test_a_list_without_limit_has_the_page_size_of_the_document(monkeypatch, call_of):
    content = json.loads(json.dumps(api_document(5)._content))
    content["paths"]["/images"]["get"]["x-page-size"] = 7
    monkeypatch.setattr(cloud_module, "api_document", lambda version: ApiDocument(content))
    with CloudEmulator() as cloud:
        call = call_of(cloud)
        assert len(call("GET", "/images").json()["items"]) == 7
        assert len(call("GET", "/images?maxResults=9").json()["items"]) == 9


# State, faults and seen requests


def test_a_state_has_the_resources_of_both_versions(cloud, five, six, target_group, tmp_path, call_of):
    datacenter, group, status = target_group
    server = six.server(datacenter, hostname="web")
    nic = five.nic(server, nat=True)
    six.send("PATCH", server, {"hostname": "late"})
    cloud.save(tmp_path / "cloud.json")
    paths = (group, server, nic, status, f"{datacenter}?depth=5", "/requests?depth=2", "/contracts")
    before = [account.get(path) for account in (five, six) for path in paths if account is six or path != group]
    with CloudEmulator(clock=ManualClock(), queue_time=1, run_time=2, state=tmp_path / "cloud.json") as again:
        call = call_of(again)
        older, newer = AccountInVersion(again, call, 5), AccountInVersion(again, call, 6)
        after = [account.get(path) for account in (older, newer) for path in paths if account is newer or path != group]
        assert json.loads(json.dumps(after).replace(again._app.root, cloud._app.root)) == before
        again.clock.advance(5)
        assert newer.properties(server)["hostname"] == "late"
        assert older.properties(nic)["nat"] is True


def test_a_state_of_an_emulator_that_served_v5_alone_is_loaded(cloud, five, tmp_path, call_of):
    image = "/images/" + cloud.add_image(name="x.iso", newest=7)["id"]
    location = urlsplit(five.send("PATCH", image, {"name": "a"}).headers["Location"]).path
    path = tmp_path / "cloud.json"
    cloud.save(path)
    content = json.loads(path.read_text("utf-8"))
    content["version"] = 1
    for request in content["requests"]:
        del request["apiVersion"]
        request["targets"] = [{"type": "image", **target} for target in request["targets"]]
    for resource in content["resources"]:
        resource.pop("undocumented", None)
    path.write_text(json.dumps(content), "utf-8")
    with CloudEmulator(clock=ManualClock(), state=path) as again:
        status = call_of(again)("GET", again._app.root + location).json()
        (target,) = status["metadata"]["targets"]
        assert target["target"] == {"id": id_of(image), "type": "image", "href": again.url + image}
        assert call_of(again)("GET", image).json()["properties"]["newest"] == 7
        for url in again.urls.values():
            request = call_of(again)("GET", url + location.removeprefix(BASE_PATHS[5]).removesuffix("/status")).json()
            assert request["properties"]["url"] == again.url + image


def test_faults_and_delays_apply_to_both_versions(cloud, five, six):
    datacenter = five.datacenter()
    cloud.fail_next(503, times=2, method="GET", path="/datacenters/{datacenterId}/servers")
    for account, status in ((six, 503), (five, 503), (six, 200), (five, 200)):
        assert account.send("GET", "/datacenters").status == 200
        assert account.send("GET", f"{datacenter}/servers").status == status
    cloud.delay(0.01, path=datacenter)
    for account in (six, five):
        before = time.monotonic()
        account.get(datacenter)
        assert time.monotonic() - before >= 0.01
    cloud.fail_next_change("No", path="/pccs")
    location = six.send("POST", "/pccs", {"properties": {"name": "p"}}).headers["Location"]
    cloud.clock.advance(5)
    assert five.get(location[len(six.url) :])["metadata"]["status"] == "FAILED"


def test_a_fault_at_a_path_of_one_version_does_not_affect_the_other(cloud, five, six):
    cloud.fail_next(503, path="/targetgroups")
    assert five.send("GET", "/targetgroups").status == 404
    assert six.send("GET", "/targetgroups").status == 503
    cloud.fail_next(503, method="GET", path="/k8s/versions/{clusterVersion}/compatibilities")
    assert six.send("GET", "/k8s/versions/1/compatibilities").status == 404
    assert five.send("GET", "/k8s/versions/1/compatibilities").status == 503
    with pytest.raises(ValueError, match=r"did you mean '/targetgroups/\{targetGroupId}'"):
        cloud.fail_next(503, path="/targetgroup/{targetGroupId}")


def test_seen_requests_have_the_version(cloud, call, five, six):
    for account in (five, six):
        account.get("/images?depth=1")
    call("GET", f"{cloud._app.root}/images")
    assert [(request.api_version, request.path) for request in cloud.requests_seen] == [
        (5, "/images"),
        (6, "/images"),
        (None, "/images"),
    ]


# Settings


def test_an_emulator_has_a_version_for_clients(cloud):
    assert (cloud.api_version, cloud.url) == (5, cloud.urls[5])
    assert cloud.configuration().host == cloud.environment()["IONOS_API_URL"] == cloud.urls[5]
    assert cloud.configuration(api_version=6).host == cloud.environment(api_version=6)["IONOS_API_URL"] == cloud.urls[6]
    with CloudEmulator(api_version=6, clock=ManualClock()) as newer:
        assert newer.url == newer.configuration().host == newer.environment()["IONOS_API_URL"] == newer.urls[6]
        assert newer.configuration(api_version=5).host == newer.urls[5]
        assert newer.add_image(name="x.iso")["href"].startswith(newer.urls[6])


def test_a_client_uses_the_version_of_its_configuration(cloud):
    for version in (5, 6):
        with ApiClient(cloud.configuration(api_version=version)) as client:
            made = DataCenterApi(client).datacenters_post({"properties": {"name": "d", "location": "de/fra"}})
            assert made.href.startswith(cloud.urls[version])
    assert [request.api_version for request in cloud.requests_seen] == [5, 6]


@pytest.mark.parametrize("version", [4, 7, "6", 5.0, True])
def test_an_invalid_version_is_rejected(cloud, version):
    for use in (lambda: CloudEmulator(api_version=version), lambda: cloud.configuration(api_version=version)):
        with pytest.raises(ValueError, match="api_version must be 5 or 6, not "):
            use()


@pytest.mark.parametrize("version", [5, 6])
def test_both_versions_show_the_demo_resources(version, call_of):
    with CloudEmulator(demo=True, api_version=version, clock=ManualClock()) as cloud:
        (datacenter,) = call_of(cloud)("GET", "/datacenters?depth=1").json()["items"]
        assert datacenter["properties"]["name"] == "shop"


# Costs


def test_the_document_of_v6_is_loaded_by_the_first_request_for_v6(loaded, call_of, tmp_path):
    with CloudEmulator(clock=ManualClock()) as cloud:
        account = Account(cloud, call_of(cloud))
        server = account.server(account.datacenter())
        account.change(server, cores=2)
        account.get("/datacenters?depth=5")
        account.get("/requests?depth=2")
        cloud.add_image(name="x.iso")
        cloud.fail_next(503, path="/images")
        cloud.save(tmp_path / "cloud.json")
        assert loaded == [5]
        call_of(cloud)("GET", f"{cloud.urls[6]}/images")
        assert loaded == [5, 6]
    loaded.clear()
    with CloudEmulator(clock=ManualClock(), state=tmp_path / "cloud.json"):
        assert loaded == [5]
    loaded.clear()
    with CloudEmulator(api_version=6) as cloud:
        assert call_of(cloud)("GET", "/images").status == 200
        assert loaded == [6]


# Rules


def test_a_rule_for_one_version_replaces_the_rule_for_all():
    table: Table = Table()
    table.register("/a", "/b")(min)
    table.register("/b", version=6)(max)
    assert [table.find(path, version) for version in (5, 6) for path in ("/a", "/b", "/c")] == [
        *(min, min, None),
        *(min, max, None),
    ]
    assert table.for_version(6) == {"/a": min, "/b": max}
    assert table.for_version(5) == {"/a": min, "/b": min}

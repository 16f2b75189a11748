"""Calls of existing tools, in the forms that they use."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import ionoscloud
from ionoscloud import ApiClient, Configuration
from ionoscloud.emulator import CloudEmulator
from ionoscloud.models import ImageProperties
from ionoscloud.rest import ApiException


@pytest.fixture
def cloud():
    with CloudEmulator(queue_time=0, run_time=0) as cloud:
        yield cloud


@pytest.fixture
def client(cloud: CloudEmulator):
    settings: dict[str, Any] = {
        "username": cloud.username,
        "password": cloud.password,
        "host": cloud.url,
        "server_index": None,
    }
    with ApiClient(ionoscloud.Configuration(**settings)) as api_client:
        api_client.user_agent = f"ansible-module/6.0_ionos-cloud-sdk-python/{ionoscloud.__version__}"
        yield api_client


def test_a_module_updates_an_image_by_name_or_id(cloud: CloudEmulator, client: ApiClient):
    image_server = ionoscloud.ImageApi(client)
    images = image_server.images_get(depth=5)
    known = cloud.add_image(name="mine.iso")
    images = image_server.images_get(depth=5)
    (image_id,) = [i.id for i in images.items if "mine.iso" in (i.properties.name, i.id)]
    assert image_id == known["id"]
    properties = ImageProperties(name=None, description="described", cpu_hot_plug=True, licence_type="LINUX")
    response = image_server.images_patch_with_http_info(image_id=image_id, image=properties)
    (image_response, _, headers) = response
    request_id = re.search("/requests/([-A-Fa-f0-9]+)/", headers["Location"]).group(1)
    client.wait_for_completion(request_id=request_id)
    result = image_response.to_dict()
    assert result["properties"]["description"] == "described"
    assert result["properties"]["name"] == "mine.iso"
    assert result["metadata"]["created_date"].tzinfo

    (_, _, headers) = image_server.images_delete_with_http_info(image_id=image_id)
    client.wait_for_completion(request_id=headers["location"].split("/")[-2])
    with pytest.raises(ApiException) as caught:
        image_server.images_find_by_id(image_id)
    assert caught.value.status == 404
    assert json.loads(caught.value.body)["httpStatus"] == 404


def test_a_module_resolves_an_image_by_its_alias(client: ApiClient):
    found = [
        image.id
        for image in ionoscloud.ImageApi(api_client=client).images_get(depth=5).items
        if "ubuntu:latest" in image.properties.image_aliases
        and image.properties.location == "de/fra"
        and image.properties.image_type == "HDD"
    ]
    assert len(found) == 1


def test_a_module_creates_a_server_on_the_public_lan(client: ApiClient):
    datacenters, lans, servers = (
        ionoscloud.DataCenterApi(client),
        ionoscloud.LanApi(client),
        ionoscloud.ServerApi(client),
    )

    def done(response: Any) -> Any:
        (made, _, headers) = response
        client.wait_for_completion(request_id=re.search("/requests/([-A-Fa-f0-9]+)/", headers["Location"]).group(1))
        return made

    properties = ionoscloud.DatacenterProperties(name="dc", location="de/fra")
    dc = done(datacenters.datacenters_post_with_http_info(ionoscloud.Datacenter(properties=properties))).id
    for public in (False, True):
        new = ionoscloud.LanPost(properties=ionoscloud.LanPropertiesPost(public=public))
        done(lans.datacenters_lans_post_with_http_info(dc, new))

    networks = lans.datacenters_lans_get(datacenter_id=dc, depth=2).items
    wanted = {"public": True}
    (lan,) = [
        lan
        for lan in networks
        if all(lan.properties.__dict__.get("_" + name, None) == value for name, value in wanted.items())
    ]
    assert lan.properties.public

    nic = ionoscloud.Nic(properties=ionoscloud.NicProperties(name="n", lan=int(lan.id)))
    entities = ionoscloud.ServerEntities(nics=ionoscloud.Nics(items=[nic]))
    machine = ionoscloud.ServerProperties(name="web", cores=1, ram=1024)
    body = ionoscloud.Server(properties=machine, entities=entities)
    server: Any = done(servers.datacenters_servers_post_with_http_info(datacenter_id=dc, server=body))
    server = servers.datacenters_servers_find_by_id(dc, server.id, depth=2)
    if len(server.entities.nics.items) > 0:
        server.nic = server.entities.nics.items[0]
    assert server.nic.properties.name == "n"
    assert "nic" not in server.to_dict()
    done(servers.datacenters_servers_put_with_http_info(dc, server.id, server))
    assert [server.properties.name for server in servers.datacenters_servers_get(dc, depth=1).items] == ["web"]


def test_an_inventory_reads_a_list_without_details(client: ApiClient):
    for image in ionoscloud.ImageApi(client).images_get().items:
        assert image.id
        assert image.properties is None


def test_a_wrapper_works_on_plain_dicts(client: ApiClient):
    response: Any = ionoscloud.ImageApi(client).images_get_with_http_info(response_type="object", depth=1)
    assert response[1] == 200
    assert "location" not in response[2]
    assert response[0]["items"][0]["properties"]["licenceType"]


def test_a_wrapper_patches_with_a_dict_in_an_image(server, configuration: Configuration):
    image: Any = ionoscloud.models.Image(properties={"name": "n"})  # type: ignore[arg-type]
    with ApiClient(configuration) as client:
        ionoscloud.ImageApi(client).images_patch("x", image)
    assert server.last.json == {"properties": {"name": "n"}}


def test_a_module_waits_with_its_own_check(client: ApiClient, capsys):
    responses = iter([1, 2, 3])
    result = client.wait_for(
        fn_request=lambda: next(responses), fn_check=lambda r: r == 3, initial_wait=0, scaleup=10000, console_print="."
    )
    assert result == 3
    assert capsys.readouterr().out == ".."
    assert ionoscloud.api_client.ApiClient.wait_for(lambda r: True, lambda: 7, 60, 5, 10, None) == 7


def test_waiting_without_a_request_returns(client: ApiClient):
    client.wait_for_completion(request_id=None)
    client.wait_for_completion(None, 60, 1, 10)


def test_a_newer_tool_reads_page_by_page(client: ApiClient, cloud: CloudEmulator):
    image = cloud.add_image(name="n")
    api, requests = ionoscloud.ImageApi(client), ionoscloud.RequestApi(client)
    for number in range(5):
        api.images_patch(image["id"], {"name": f"n{number}"})
    offset, seen = 0, []
    while True:
        resources = requests.requests_get(offset=offset, limit=2, query_params={}, depth=1)
        seen.extend(resources.items)
        if resources.links.next is None:
            break
        offset += 2
    resources.items = seen
    assert [request.properties.method for request in resources.items] == ["PATCH"] * 5

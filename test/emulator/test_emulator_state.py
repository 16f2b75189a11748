"""Saved states: a loaded emulator continues from the state."""

from __future__ import annotations

import io
import json
import re
import sys
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import ionoscloud
from ionoscloud.emulator import CloudEmulator, ManualClock

# Resources to create: kind of the resource above, collection, body. "{...}" is the id of another resource.
CREATIONS = [
    (None, "datacenters", {"properties": {"name": "d", "location": "de/fra"}}),
    (None, "ipblocks", {"properties": {"location": "de/fra", "size": 2}}),
    (None, "pccs", {"properties": {"name": "p"}}),
    (None, "um/groups", {"properties": {"name": "g", "createDataCenter": True}}),
    (
        None,
        "um/users",
        {"properties": {**dict.fromkeys(("firstname", "lastname", "password"), "abcdefGH1"), "email": "a@b"}},
    ),
    (None, "k8s", {"properties": {"name": "k"}}),
    ("datacenter", "lans", {"properties": {"name": "l", "public": False, "pcc": "{pcc}"}}),
    ("datacenter", "lans", {"properties": {"public": True}}),
    ("datacenter", "volumes", {"properties": {"name": "v", "size": 5, "type": "HDD"}}),
    (
        "datacenter",
        "servers",
        {
            "properties": {"name": "s", "cores": 1, "ram": 1024},
            "entities": {"nics": {"items": [{"properties": {"name": "n", "lan": 3}}]}},
        },
    ),
    ("datacenter", "loadbalancers", {"properties": {"name": "b"}}),
    ("loadbalancer", "balancednics", {"id": "{nic}"}),
    ("server", "volumes", {"id": "{volume}"}),
    ("server", "cdroms", {"id": "{image}"}),
    ("server", "stop", None),
    ("volume", "create-snapshot", None),
    ("nic", "firewallrules", {"properties": {"protocol": "TCP"}}),
    *((kind, "labels", {"properties": {"key": "k", "value": "v"}}) for kind in ("datacenter", "volume", "ipblock")),
    ("group", "users", {"id": "{user}"}),
    ("group", "shares/{datacenter}", {"properties": {"editPrivilege": True}}),
    ("user", "s3keys", None),
    (
        "k8s",
        "nodepools",
        {
            "properties": {
                **{"name": "p", "datacenterId": "{datacenter}", "nodeCount": 2, "cpuFamily": "INTEL_SKYLAKE"},
                **{"coresCount": 1, "ramSize": 2048, "availabilityZone": "AUTO"},
                **{"storageType": "HDD", "storageSize": 10},
            }
        },
    ),
]
SHOWN = [
    *("/contracts", "/datacenters?depth=5", "/images?depth=1&filter.public=false", "/ipblocks?depth=3", "/k8s?depth=5"),
    *("/labels?depth=1", "/pccs?depth=2", "/requests?depth=2", "/snapshots?depth=2", "/um/groups?depth=3"),
    *("/um/resources?depth=1", "/um/users?depth=3"),
]
STEPS = st.one_of(
    st.tuples(st.just("create"), st.sampled_from(range(len(CREATIONS))), st.integers(0, 3)),
    st.tuples(st.sampled_from(["delete", "rename", "fail", "image"]), st.integers(0, 30), st.just(0)),
    st.tuples(st.just("advance"), st.sampled_from([0, 1, 3, 8]), st.just(0)),
)


class World:
    """An emulator, and the resources that a user of it knows."""

    def __init__(self, cloud, call, known=()):
        self.cloud = cloud
        self.call = call
        self.known = [*known]  # kind and path of each resource

    def pick(self, kind, number):
        found = [path for known, path in self.known if known == kind]
        return found[number % len(found)] if found else None

    def filled(self, text, number):
        def identifier(match):
            path = self.pick(match[1], number)
            return path.rpartition("/")[2] if path else "none"

        return re.sub("{([a-z]+)}", identifier, text)

    def take(self, step):
        """Carry out a step and return the response, which is the same in all worlds with the same steps before."""
        verb, number, other = step
        if verb == "advance":
            return self.cloud.clock.advance(number / 2)
        if verb == "fail":
            return self.cloud.fail_next_change()
        if verb == "image":
            try:
                return 200, self.learn(self.cloud.add_image(name="i.iso", id="an image" if number % 2 else None))
            except ValueError as error:
                return 422, str(error)
        if verb == "create":
            above, collection, body = CREATIONS[number]
            base = self.pick(above, other) if above else ""
            if base is None:
                return None
            path = f"{base}/{self.filled(collection, other)}?depth=1"
            form = {"Content-Type": "application/x-www-form-urlencoded"} if collection == "create-snapshot" else {}
            more = {} if body is None else {"json": json.loads(self.filled(json.dumps(body), other))}
            response = self.call("POST", path, form, **more)
        else:
            if not self.known:
                return None
            path = self.known[number % len(self.known)][1]
            path += "?depth=1"
            response = self.call("DELETE", path) if verb == "delete" else self.call("PATCH", path, json={"name": "new"})
        return response.status, self.learn(response.json())

    def learn(self, body):
        if "href" in body and body["href"].startswith(self.cloud.url):
            self.known.append((body["type"], body["href"][len(self.cloud.url) :]))
            for entity in body.get("entities", {}).values():
                for item in entity["items"]:
                    self.learn(item)
        return self.comparable(body)

    def comparable(self, body):
        """Return a body without host, port and dates."""
        text = re.sub(r"127\.0\.0\.1:\d+", "HOST", json.dumps(body))
        return json.loads(re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "DATE", text))

    def shown(self):
        return {path: self.comparable(self.call("GET", path).json()) for path in SHOWN}


@settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # each example writes another file
@given(before=st.lists(STEPS, max_size=25), then=st.lists(STEPS, max_size=15), elsewhen=st.sampled_from([0, 77]))
def test_a_loaded_emulator_behaves_like_the_saved_one(tmp_path, call_of, before, then, elsewhen):
    path = tmp_path / "cloud.json"
    times = {"queue_time": 1, "run_time": 2}
    with CloudEmulator(clock=ManualClock(5), **times) as cloud:
        saved = World(cloud, call_of(cloud))
        for step in [("image", 0, 0), *(("create", number, 0) for number in range(len(CREATIONS)))]:
            assert saved.take(step)[0] < 300
        for step in before:
            saved.take(step)
        cloud.clear_faults()
        cloud.save(path)
        with CloudEmulator(clock=ManualClock(elsewhen), state=path, **times) as again:
            loaded = World(again, call_of(again), saved.known)
            assert loaded.shown() == saved.shown()
            for step in then:
                assert loaded.take(step) == saved.take(step)
            for seconds in (0, 2, 100):
                for world in (saved, loaded):
                    world.cloud.clock.advance(seconds)
                assert loaded.shown() == saved.shown()


@pytest.fixture
def saved(cloud, call, image, tmp_path):
    """The state of an emulator with a link, and an image with a pending change of its name."""
    datacenter = call("POST", "/datacenters", json={"properties": {"name": "d", "location": "de/fra"}}).json()["href"]
    server = {"properties": {"name": "s", "cores": 1, "ram": 1024}}
    server = call("POST", f"{datacenter}/servers", json=server).json()["href"]
    cloud.clock.advance(60)
    assert call("POST", f"{server}/cdroms", json={"id": image.rpartition("/")[2]}).status == 202
    cloud.clock.advance(3)
    assert call("PATCH", image, {"X-Mine": "yes"}, json={"name": "new.iso"}).status == 202
    cloud.clock.advance(2)
    path = tmp_path / "cloud.json"
    cloud.save(path)
    return path


def test_pending_changes_keep_their_remaining_time(saved, cloud, call, call_of, image):
    with CloudEmulator(clock=ManualClock(1000), state=saved) as loaded:
        again = call_of(loaded)
        for wait, status, state, name in (
            (0, "RUNNING", "BUSY", "new.iso"),
            (0.9, "RUNNING", "BUSY", "new.iso"),
            (0.1, "DONE", "AVAILABLE", "new.iso"),
        ):
            loaded.clock.advance(wait)
            request = again("GET", "/requests?depth=2").json()["items"][0]
            shown = again("GET", image).json()
            assert request["metadata"]["requestStatus"]["metadata"]["status"] == status
            assert (shown["metadata"]["state"], shown["properties"]["name"]) == (state, name)
        assert request["properties"]["headers"]["X-Mine"] == "yes"
        dates = [call("GET", image).json()["metadata"][name] for name in ("createdDate", "lastModifiedDate")]
        assert [shown["metadata"][name] for name in ("createdDate", "lastModifiedDate")] == dates
        cloud.clock.advance(100)
        assert call("DELETE", image).status == again("DELETE", image).status == 202
        assert call("GET", "/requests").json()["items"][0]["id"] == again("GET", "/requests").json()["items"][0]["id"]


def test_an_injected_failure_fails_the_change_after_loading(cloud, call, call_of, image, tmp_path):
    cloud.fail_next_change("No space left")
    call("PATCH", image, json={"name": "new.iso"})
    cloud.save(tmp_path / "cloud.json")
    with CloudEmulator(clock=ManualClock(), state=tmp_path / "cloud.json") as loaded:
        loaded.clock.advance(3)
        (request,) = call_of(loaded)("GET", "/requests?depth=2").json()["items"]
        assert request["metadata"]["requestStatus"]["metadata"]["message"] == "No space left"
        assert call_of(loaded)("GET", image).json()["properties"]["name"] == "mine.iso"


def test_a_pending_upload_becomes_an_image_after_loading(call_of, tmp_path):
    with CloudEmulator(clock=ManualClock(), ftps=True, arrival_time=60) as cloud:
        with ionoscloud.ApiClient(cloud.configuration()) as client:
            ionoscloud.transfer_image(client, io.BytesIO(b"x"), "us/las", name="x.iso", hosts=cloud.ftp_hosts)
        cloud.clock.advance(20)
        cloud.save(tmp_path / "cloud.json")
    with CloudEmulator(clock=ManualClock(), state=tmp_path / "cloud.json") as loaded:
        for wait, found in ((39, []), (1, ["us/las"])):
            loaded.clock.advance(wait)
            images = call_of(loaded)("GET", "/images?depth=1&filter.name=x.iso").json()["items"]
            assert [image["properties"]["location"] for image in images] == found


def test_a_state_has_the_account_without_its_secrets(call_of, tmp_path):
    path = tmp_path / "cloud.json"
    account = {"password": "open sesame", "token": "let me in"}
    with CloudEmulator(username="me@example.com", contract_numbers=[7, 8], **account) as cloud:
        image = cloud.add_image(contract_number=8)
        cloud.save(path)
    assert "open sesame" not in path.read_text("utf-8") and "let me in" not in path.read_text("utf-8")
    with CloudEmulator(state=path, username="me@example.com", contract_numbers=(7, 8)) as loaded:
        assert (loaded.username, loaded.contract_number) == ("me@example.com", 7)
        assert call_of(loaded)("GET", f"/images/{image['id']}", {"X-Contract-Number": "8"}).status == 200
        assert call_of(loaded)("GET", f"/images/{image['id']}").status == 404
    with pytest.raises(ValueError, match=r"username must be that of the state, 'me@example.com', not 'you'"):
        CloudEmulator(state=path, username="you")
    with pytest.raises(ValueError, match=r"contract_numbers must be that of the state, \[7, 8\], not \[8, 7\]"):
        CloudEmulator(state=path, contract_numbers=[8, 7])


def test_deleted_resources_are_not_in_the_file(cloud, call, image, tmp_path):
    datacenter = call("POST", "/datacenters", json={"properties": {"name": "d", "location": "de/fra"}}).json()["href"]
    call("POST", f"{datacenter}/lans", json={"properties": {"name": "l"}})
    cloud.clock.advance(60)
    call("DELETE", datacenter)
    call("DELETE", image)
    cloud.clock.advance(60)
    cloud.save(tmp_path / "cloud.json")
    paths = [entry["path"] for entry in json.loads((tmp_path / "cloud.json").read_text("utf-8"))["resources"]]
    assert len(paths) > 200
    assert not [path for path in paths if path.startswith("/datacenters") or path == image]
    assert len(call("GET", "/requests").json()["items"]) == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not the state of an emulator: it is not JSON"),
        ('{"format": "ionoscloud.emul', "is not the state of an emulator: it is not JSON"),
        ("[" * 100_000, "is not the state of an emulator: it is not JSON"),
        ("[]", "is not the state of an emulator: its format is not 'ionoscloud.emulator'"),
        ('{"version": 1}', "is not the state of an emulator: its format is not 'ionoscloud.emulator'"),
        ('{"format": "ionoscloud.emulator", "version": 3}', "has version 3 of the format; this emulator reads 2"),
        ('{"format": "ionoscloud.emulator", "version": 1}', "is broken at .: 'time' is a required property"),
        ("\ufeff{}", "is not the state"),
    ],
)
def test_a_file_that_is_not_a_state_is_an_error_and_stays_unchanged(cloud, tmp_path, content, message):
    path = tmp_path / "notes.json"
    path.write_text(content, "utf-8")
    for use in (lambda: CloudEmulator(state=path), lambda: cloud.save(path)):
        with pytest.raises(ValueError, match=rf"notes\.json' {message}"):
            use()
    assert path.read_text("utf-8") == content
    assert [*tmp_path.iterdir()] == [path]


def edited(path, edit):
    content = json.loads(path.read_text("utf-8"))
    edit(content, {entry["path"].split("/")[-2]: entry for entry in content["resources"] if entry["contract"]})
    path.write_text(json.dumps(content), "utf-8")
    return path


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda state, last: state.update(seed="x"), r"is broken at \$\.seed: 'x' is not of type 'integer'"),
        (lambda state, last: state.update(more=1), r"is broken at \$: Additional properties are not allowed"),
        (lambda state, last: state.update(contractNumbers=[]), r"is broken at \$\.contractNumbers"),
        (lambda state, last: state["requests"][0].update(id="1"), r"is broken at \$\.requests\[0\]\.id: '1' is not"),
        (lambda state, last: last["cdroms"].update(path="/nowhere/1"), "the API has no resource at '/nowhere/1'"),
        (lambda state, last: last["cdroms"].update(linkTo="/images/1"), "link to '/images/1', which does not exist"),
        (lambda state, last: state["resources"].append(state["resources"][0]), "two resources at '/um/users/.*'"),
        (lambda state, last: state["requests"].clear(), "by request '.*', which does not exist"),
        (lambda state, last: state.update(time=float("nan")), "is not the state of an emulator: it is not JSON"),
    ],
)
def test_an_inconsistent_state_is_an_error(saved, edit, message):
    with pytest.raises(ValueError, match=rf"cloud\.json' .*{message}"):
        CloudEmulator(state=edited(saved, edit))


def test_a_state_without_a_required_value_is_an_error(saved):
    content = json.loads(saved.read_text("utf-8"))
    for entry in (content, content["user"], content["requests"][-1], content["resources"][-1]):
        for name in [*entry]:
            value = entry.pop(name)
            saved.write_text(json.dumps(content), "utf-8")
            if name not in ("linkTo", "apiVersion"):
                with pytest.raises(ValueError, match=r"cloud\.json"):
                    CloudEmulator(state=saved)
            entry[name] = value


def test_a_state_is_written_atomically(saved, cloud, monkeypatch):
    before = saved.read_bytes()
    cloud.add_image(name="more.iso")
    with pytest.raises(FileNotFoundError):
        cloud.save(saved.parent / "none" / "cloud.json")
    with monkeypatch.context() as patch:
        patch.setattr("os.replace", mock.Mock(side_effect=OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            cloud.save(saved)
    assert (saved.read_bytes(), [*saved.parent.iterdir()]) == (before, [saved])
    cloud.save(saved)
    assert b"more.iso" in saved.read_bytes()


def test_a_missing_state_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        CloudEmulator(state=tmp_path / "none.json")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_state_is_saved_to_the_target_of_a_link(saved, cloud, tmp_path):
    link = tmp_path / "link.json"
    link.symlink_to(saved)
    cloud.add_image(name="more.iso")
    cloud.save(link)
    assert link.is_symlink() and "more.iso" in saved.read_text("utf-8")

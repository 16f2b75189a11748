"""The programs of docs/comparison.md have the numbers of lines that the page states, and ours do their jobs.

The environment has no hcloud-python and no boto3: their programs are only compiled.
"""

from __future__ import annotations

import re
import statistics
import threading
from pathlib import Path

import pytest
from examples_world import populate

import ionoscloud as ionos

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "comparison.md"
FOLDER = ROOT / "docs" / "comparison"
LIBRARIES = ("ionoscloud", "hcloud", "boto3")
OLD = "ionoscloud-5.0.8"
DC, SERVER, VOLUME = "datacenter_id_example", "server_id_example", "volume_id_example"
GROUP = "group_id_example"


def programs(library):
    return {path.stem: path.read_text("utf-8") for path in sorted((FOLDER / library).glob("*.py"))}


SOURCES = {library: programs(library) for library in (*LIBRARIES, OLD)}


def code_lines(source):
    """Return the lines that are neither blank nor a comment, without their indentation."""
    return [line.strip() for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]


def rows(heading):
    """Return the cells of each row of the table below a heading."""
    section = PAGE.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)[2:]
    return [[cell.strip() for cell in row.split(" |")] for row in table]


def count(source):
    return len(code_lines(source))


def count_characters(source):
    return len("".join(code_lines(source)))


def job_in(link):
    return re.search(r"\(comparison/ionoscloud/(\w+)\.py\)", link)[1]


def text():
    return " ".join(PAGE.read_text("utf-8").split())


def cell(library, job):
    if job not in SOURCES[library]:
        return "-"
    return f"[{count(SOURCES[library][job])}](comparison/{library}/{job}.py)"


def test_the_table_states_the_lines_of_every_program():
    table = rows("Lines of each job")
    assert [int(row[0]) for row in table] == [*range(1, 25)]
    jobs = [job_in(row[2]) for row in table]
    assert sorted(jobs) == sorted(SOURCES["ionoscloud"])
    assert [row[2:5] for row in table] == [[cell(library, job) for library in LIBRARIES] for job in jobs]


def test_the_table_of_old_calls_states_their_lines():
    table = rows("Calls of 5.0.8")
    jobs = [job_in(row[1]) for row in table]
    assert sorted(jobs) == sorted(SOURCES[OLD])
    for job, row in zip(jobs, table):
        ratio = count(SOURCES[OLD][job]) / count(SOURCES["ionoscloud"][job])
        assert row[1:] == [cell("ionoscloud", job), cell(OLD, job), f"{ratio:.1f}"]
    old, new, hcloud, boto3 = (
        sum(count(SOURCES[library][job]) for job in jobs) for library in (OLD, "ionoscloud", "hcloud", "boto3")
    )
    assert f"{old} lines, and {new} with the calls of today. hcloud-python needs {hcloud}, boto3 {boto3}." in text()


@pytest.mark.parametrize(("library", "name"), [("hcloud", "hcloud-python"), ("boto3", "boto3")])
def test_the_page_states_the_results(library, name):
    jobs = [*SOURCES[library]]
    ours, theirs = ([count(SOURCES[each][job]) for job in jobs] for each in ("ionoscloud", library))
    characters = [sum(count_characters(SOURCES[each][job]) for job in jobs) for each in ("ionoscloud", library)]
    median = statistics.median(mine / other for mine, other in zip(ours, theirs))
    longer = sum(mine > other for mine, other in zip(ours, theirs))
    ratios = f"{sum(ours) / sum(theirs):.2f} | {median:.2f} | {longer} | {characters[0] / characters[1]:.2f}"
    row = f"| {name} | {len(jobs)} | {sum(ours)} | {sum(theirs)} | {ratios} |"
    assert row in text(), row


def test_the_page_states_the_results_without_the_three_jobs_that_save_most():
    others = {*SOURCES["ionoscloud"]} - {"create_cluster", "upload_image", "grow_volume"}
    ours, theirs = (sum(count(SOURCES[each][job]) for job in others) for each in ("ionoscloud", "boto3"))
    stated = f"the other {len(others)} jobs, boto3 needs {theirs} lines and ionoscloud {ours}."
    assert stated in text(), stated


@pytest.mark.parametrize("library", SOURCES)
def test_programs_compile_and_are_as_short_as_they_look(library):
    for job, source in SOURCES[library].items():
        compile(source, job, "exec")
        assert ";" not in source
        assert all(len(line) <= 120 for line in source.splitlines())


def add_prod(client):
    body = {"properties": {"name": "prod", "location": "de/fra"}}
    datacenter = ionos.DataCenterApi(client).datacenters_post(body, _wait=True)
    body = {"properties": {"name": "public", "public": True}}
    ionos.LanApi(client).datacenters_lans_post(datacenter.id, body, _wait=True)
    Path("id_ed25519.pub").write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExample a@b")


def add_volumes(client):
    for number in range(29):
        properties = {"name": f"data-{number}", "type": "HDD", "size": 10, "licenceType": "OTHER"}
        ionos.VolumeApi(client).datacenters_volumes_post(DC, {"properties": properties})


def start_later(client):
    servers = ionos.ServerApi(client)
    servers.datacenters_servers_stop_post(DC, SERVER, _wait=True)
    threading.Timer(0.1, servers.datacenters_servers_start_post, (DC, SERVER)).start()


def add_snapshots(client):
    create = ionos.VolumeApi(client).datacenters_volumes_create_snapshot_post
    for number, name in enumerate([*["nightly"] * 9, "nightly-old"]):
        create(DC, VOLUME, name=name, description=str(number), _wait=True)


def add_block(client):
    body = {"properties": {"location": "de/fra", "size": 1}}
    block = ionos.IPBlocksApi(client).ipblocks_post(body, _wait=True)
    change = {"ips": block.properties.ips}
    nics = ionos.NicApi(client)
    nics.datacenters_servers_nics_patch(DC, SERVER, "nic_id_example", change, _wait=True)
    ionos.IPBlocksApi(client).ipblocks_post(body, _wait=True)  # unused


def add_security_group(client):
    body = {"properties": {"name": "web"}}
    ionos.SecurityGroupsApi(client).datacenters_securitygroups_post(DC, body, _wait=True)


def name_group(client):
    properties = {"name": "developers"}
    ionos.UserManagementApi(client).um_groups_put(GROUP, {"properties": properties})


def server_of(client):
    return ionos.ServerApi(client).datacenters_servers_find_by_id(DC, SERVER, depth=3)


def names(items):
    return sorted(item.properties.name for item in items)


def volumes(client):
    return names(ionos.VolumeApi(client).datacenters_volumes_get(DC, depth=1))


def datacenters(client):
    return names(ionos.DataCenterApi(client).datacenters_get(depth=1))


def was_listed(client, printed):
    ips = server_of(client).entities.nics[0].properties.ips
    return printed.splitlines() == [f"s RUNNING {' '.join(ips)}"]


def was_found(client, printed):
    return ionos.DataCenterApi(client).datacenters_find_by_id(printed.strip()).properties.name == "prod"


def has_alias(client, printed):
    properties = ionos.ImageApi(client).images_find_by_id(printed.strip()).properties
    return "ubuntu:latest" in properties.image_aliases and properties.location == "de/fra"


def has_grown(client, printed):
    return ionos.VolumeApi(client).datacenters_volumes_find_by_id(DC, VOLUME).properties.size == 100


def were_renamed(client, printed):
    wanted = sorted(["prod-v", *(f"prod-data-{number}" for number in range(29))])
    return volumes(client) == wanted == sorted(printed.split())


def was_created(client, printed):
    datacenter = ionos.find(ionos.DataCenterApi(client).datacenters_get, name="prod")
    (server,) = ionos.ServerApi(client).datacenters_servers_get(datacenter.id, depth=5)
    (nic,), (volume,) = server.entities.nics, server.entities.volumes
    return printed == f"{nic.properties.ips[0]}\n" and volume.properties.image


def was_restarted(client, printed):
    urls = [request.properties.url for request in ionos.RequestApi(client).requests_get(depth=1)]
    actions = {url.rpartition("/")[2] for url in urls if f"/{SERVER}/" in url}
    return {"stop", "start"} <= actions and is_running(client, printed)


def is_running(client, printed):
    return server_of(client).properties.vm_state == "RUNNING"


def was_resized(client, printed):
    properties = server_of(client).properties
    return (properties.cores, properties.ram) == (4, 8192)


def was_attached(client, printed):
    (volume,) = (each for each in server_of(client).entities.volumes if each.id == printed.strip())
    return volume.properties.name == "data"


def has_snapshot(client, printed):
    return ionos.SnapshotApi(client).snapshots_find_by_id(printed.strip()).properties.name == "before-upgrade"


def has_newest(client, printed):
    kept = ionos.SnapshotApi(client).snapshots_get(filters={"name": "nightly"})
    return sorted(snapshot.properties.description for snapshot in kept) == [*"23456789"]


def has_ip(client, printed):
    return server_of(client).entities.nics[0].properties.ips == printed.split()


def has_used_blocks(client, printed):
    return [bool(block.properties.ip_consumers) for block in ionos.IPBlocksApi(client).ipblocks_get(depth=1)] == [True]


def has_cluster(client, printed):
    (cluster,) = ionos.KubernetesApi(client).k8s_get(depth=2)
    return cluster.metadata.state == "ACTIVE" and "apiVersion" in Path("kubeconfig.yaml").read_text()


def has_user(client, printed):
    members = ionos.UserManagementApi(client).um_groups_users_get(GROUP, depth=1)
    return "developer@example.com" in [user.properties.email for user in members]


def has_share(client, printed):
    share = ionos.UserManagementApi(client).um_groups_shares_find_by_resource_id(GROUP, DC)
    return share.properties.edit_privilege


def has_table(client, printed):
    lines = Path("servers.csv").read_text("utf-8").splitlines()
    return lines == [f"56,{SERVER},s,RUNNING"]  # the other contract has no servers


def has_rule(client, printed):
    groups = ionos.SecurityGroupsApi(client)
    group = ionos.find(groups.datacenters_securitygroups_get, DC, name="web")
    rules = groups.datacenters_securitygroups_rules_get(DC, group.id, depth=1)
    return [rule.properties.port_range_end for rule in rules] == [443]


def has_image(client, printed):
    return ionos.find_image(client, name="base.qcow2").id == printed.strip()


# What exists before, and whether the job was done.
WORLDS = {
    "list_servers": (None, was_listed),
    "find_network": (add_prod, was_found),
    "find_image": (None, has_alias),
    "create_server": (add_prod, was_created),
    "wait_until_running": (start_later, is_running),
    "stop_and_start": (None, was_restarted),
    "resize_server": (None, was_resized),
    "delete_server": (None, lambda client, printed: volumes(client) == []),
    "add_volume": (None, was_attached),
    "grow_volume": (None, has_grown),
    "create_snapshot": (None, has_snapshot),
    "keep_newest_snapshots": (add_snapshots, has_newest),
    "assign_ip": (None, has_ip),
    "release_unused_ips": (add_block, has_used_blocks),
    "create_cluster": (None, has_cluster),
    "create_user": (name_group, has_user),
    "share_resource": (name_group, has_share),
    "label_servers": (None, lambda client, printed: printed == f"{SERVER}\n"),
    "servers_to_csv": (None, has_table),
    "all_pages": (add_volumes, lambda client, printed: float(printed) == 295),
    "hundred_changes": (add_volumes, were_renamed),
    "undo_setup": (None, lambda client, printed: datacenters(client) == ["d", "shared", "shop"]),
    "open_port": (add_security_group, has_rule),
    "upload_image": (None, has_image),
}
# Resources that the job creates itself, or that are in its way.
ABSENT = ["/ipblocks", "/k8s", "/labels", "/um/users", f"/um/groups/{GROUP}/users", "/shares", "/loadbalancers"]


@pytest.fixture
def world(cloud, monkeypatch):
    populate(cloud, [*ABSENT, *(f"/{name}loadbalancers" for name in ("network", "application")), "/natgateways"], 6)
    monkeypatch.setenv("INITIAL_PASSWORD", "secretSecret1")
    monkeypatch.setenv("IONOS_API_VERSION", "6")
    with ionos.ApiClient() as client:
        yield client


RUNS = [(library, job) for library in ("ionoscloud", OLD) for job in SOURCES[library]]


@pytest.mark.parametrize(("library", "job"), RUNS)
def test_a_program_does_its_job(library, job, world, monkeypatch, capsys):
    prepare, is_done = WORLDS[job]
    if prepare:
        prepare(world)
    if library == OLD:
        monkeypatch.delenv("IONOS_API_VERSION")
    exec(compile(SOURCES[library][job], job, "exec"), {"__name__": "__main__"})
    assert is_done(world, capsys.readouterr().out)


def test_a_failed_setup_leaves_nothing(cloud, world):
    before = datacenters(world)
    cloud.fail_next_change(method="POST", path="/datacenters/{datacenterId}/servers")
    with pytest.raises(ionos.ApiFailedRequest):
        exec(compile(SOURCES["ionoscloud"]["undo_setup"], "undo_setup", "exec"), {"__name__": "__main__"})
    assert datacenters(world) == before

"""Use all resource families, one after the other, with the calls of the published package 5.0.8.

The script uses only names and call forms of 5.0.8, and runs with this package unchanged.
"""

import os

from script_steps import Steps

import ionoscloud
from ionoscloud.models import (
    BackupUnit,
    BackupUnitProperties,
    Datacenter,
    DatacenterProperties,
    FirewallRule,
    FirewallruleProperties,
    Group,
    GroupProperties,
    GroupShare,
    GroupShareProperties,
    Image,
    IpBlock,
    IpBlockProperties,
    KubernetesClusterForPost,
    KubernetesClusterPropertiesForPost,
    KubernetesMaintenanceWindow,
    KubernetesNodePoolForPost,
    KubernetesNodePoolForPut,
    KubernetesNodePoolPropertiesForPost,
    KubernetesNodePoolPropertiesForPut,
    LabelResource,
    LabelResourceProperties,
    LanPost,
    LanProperties,
    LanPropertiesPost,
    Loadbalancer,
    LoadbalancerProperties,
    Nic,
    NicProperties,
    PrivateCrossConnect,
    PrivateCrossConnectProperties,
    ResourceReference,
    S3Key,
    S3KeyProperties,
    Server,
    ServerProperties,
    SnapshotProperties,
    User,
    UserPost,
    UserPropertiesPost,
    UserPropertiesPut,
    UserPut,
    Volume,
    VolumeProperties,
)

configuration = ionoscloud.Configuration(
    host=os.environ["IONOS_API_URL"], username=os.environ["IONOS_USERNAME"], password=os.environ["IONOS_PASSWORD"]
)
client = ionoscloud.ApiClient(configuration)
servers, volumes, lans = ionoscloud.ServerApi(client), ionoscloud.VolumeApi(client), ionoscloud.LanApi(client)
nics, balancers, labels = ionoscloud.NicApi(client), ionoscloud.LoadBalancerApi(client), ionoscloud.LabelApi(client)
datacenters, snapshots = ionoscloud.DataCenterApi(client), ionoscloud.SnapshotApi(client)
users, blocks = ionoscloud.UserManagementApi(client), ionoscloud.IPBlocksApi(client)
backups, pccs = ionoscloud.BackupUnitApi(client), ionoscloud.PrivateCrossConnectApi(client)
images, locations, k8s = ionoscloud.ImageApi(client), ionoscloud.LocationApi(client), ionoscloud.KubernetesApi(client)
requests, contracts = ionoscloud.RequestApi(client), ionoscloud.ContractApi(client)
recorded = Steps(client)
do, until = recorded.do, recorded.until

# Locations, the contract, and a data center.
do(locations.locations_get, depth=1)
do(locations.locations_find_by_region_id, "de")
do(locations.locations_find_by_region_id_and_id, "de", "fra")
do(locations.locations_find_by_region_id, "de/fra", response_type="Location")
do(contracts.contracts_get)
dc = do(datacenters.datacenters_post, Datacenter(properties=DatacenterProperties(name="all", location="de/fra"))).id

# IP blocks, and LANs joined by a cross connect.
block = do(blocks.ipblocks_post, IpBlock(properties=IpBlockProperties(name="ips", location="de/fra", size=3)))
do(blocks.ipblocks_patch, block.id, IpBlockProperties(name="addresses"))
ips = do(blocks.ipblocks_find_by_id, block.id).properties.ips
pcc = do(pccs.pccs_post, PrivateCrossConnect(properties=PrivateCrossConnectProperties(name="joined"))).id
outside = do(lans.datacenters_lans_post, dc, LanPost(properties=LanPropertiesPost(name="outside", public=True))).id
inside = do(lans.datacenters_lans_post, dc, LanPost(properties=LanPropertiesPost(name="inside", public=False))).id
do(lans.datacenters_lans_patch, dc, inside, LanProperties(pcc=pcc))
do(pccs.pccs_find_by_id, pcc, depth=3)
do(lans.datacenters_lans_patch, dc, inside, {"name": "in"})
do(lans.datacenters_lans_get, dc, depth=2)

# Servers: their volumes, CD-ROMs and power.
properties = ServerProperties(name="web", cores=2, ram=2048, cpu_family="INTEL_SKYLAKE", availability_zone="ZONE_1")
server = do(servers.datacenters_servers_post, dc, Server(properties=properties)).id
disk = VolumeProperties(name="boot", size=10, type="HDD", image_alias="debian:latest", image_password="Secret12345")
boot = do(volumes.datacenters_volumes_post, dc, Volume(properties=disk)).id
do(servers.datacenters_servers_volumes_post, dc, server, Volume(id=boot))
do(servers.datacenters_servers_volumes_find_by_id, dc, server, boot)
query = {"filter.imageType": "CDROM", "filter.location": "de/fra", "filter.public": "true"}
cdrom = do(images.images_get, depth=1, query_params=query).items[0].id
do(servers.datacenters_servers_cdroms_post, dc, server, Image(id=cdrom))
do(servers.datacenters_servers_cdroms_get, dc, server, depth=1)
do(servers.datacenters_servers_patch, dc, server, ServerProperties(boot_cdrom=ResourceReference(id=cdrom)))
do(servers.datacenters_servers_patch, dc, server, ServerProperties(boot_volume=ResourceReference(id=boot)))
do(servers.datacenters_servers_cdroms_delete, dc, server, cdrom)
for power in ("reboot", "stop", "start"):
    do(getattr(servers, f"datacenters_servers_{power}_post"), dc, server)
do(servers.datacenters_servers_upgrade_post, dc, server)
do(servers.datacenters_servers_get, dc, depth=2, upgrade_needed=False)
body = ServerProperties(name="web-2", cores=1, ram=1024)
do(servers.datacenters_servers_put, dc, server, Server(properties=body))
do(volumes.datacenters_volumes_patch, dc, boot, VolumeProperties(size=20))

# NICs, their firewall, and a load balancer.
properties = NicProperties(name="front", lan=int(outside), ips=ips[:1], dhcp=True, firewall_active=True)
front = do(nics.datacenters_servers_nics_post, dc, server, Nic(properties=properties)).id
back = do(nics.datacenters_servers_nics_post, dc, server, Nic(properties=NicProperties(lan=int(inside)))).id
rules = {}
for protocol, more in (
    ("TCP", {"port_range_start": 22, "port_range_end": 22, "source_ip": "10.0.0.1"}),
    ("ICMP", {"icmp_type": 8, "icmp_code": 0}),
    ("ANY", {"source_mac": "01:23:45:67:89:00"}),
):
    rule = FirewallRule(properties=FirewallruleProperties(name=protocol, protocol=protocol, **more))
    rules[protocol] = do(nics.datacenters_servers_nics_firewallrules_post, dc, server, front, rule).id
rule = FirewallruleProperties(port_range_end=23)
do(nics.datacenters_servers_nics_firewallrules_patch, dc, server, front, rules["TCP"], rule)
rule = FirewallRule(properties=FirewallruleProperties(protocol="TCP", source_mac="unknown"))
do(nics.datacenters_servers_nics_firewallrules_post, dc, server, front, rule)
do(nics.datacenters_servers_nics_firewallrules_delete, dc, server, front, rules["ANY"])
do(nics.datacenters_servers_nics_firewallrules_get, dc, server, front, depth=1)
properties = LoadbalancerProperties(name="balancer", dhcp=True)
balancer = do(balancers.datacenters_loadbalancers_post, dc, Loadbalancer(properties=properties)).id
do(balancers.datacenters_loadbalancers_balancednics_post, dc, balancer, Nic(id=back))
do(balancers.datacenters_loadbalancers_balancednics_get, dc, balancer, depth=1)
do(balancers.datacenters_loadbalancers_patch, dc, balancer, LoadbalancerProperties(name="balanced", ip=ips[1]))
do(balancers.datacenters_loadbalancers_find_by_id, dc, balancer, depth=3)
do(balancers.datacenters_loadbalancers_balancednics_delete, dc, balancer, back)
do(balancers.datacenters_loadbalancers_delete, dc, balancer)
do(lans.datacenters_lans_nics_get, dc, outside, depth=1)
do(nics.datacenters_servers_nics_find_by_id, dc, server, front, depth=3)

# Snapshots, and labels of all labelled resources.
options = {"name": "kept", "description": "for later", "sec_auth_protection": False, "licence_type": "LINUX"}
snapshot = do(volumes.datacenters_volumes_create_snapshot_post, dc, boot, **options).id
do(snapshots.snapshots_patch, snapshot, SnapshotProperties(name="kept & renamed"))
do(volumes.datacenters_volumes_restore_snapshot_post, dc, boot, snapshot_id=snapshot)
do(snapshots.snapshots_get, depth=1)
for labelled, ids in (
    ("datacenters", (dc,)),
    ("datacenters_servers", (dc, server)),
    ("datacenters_volumes", (dc, boot)),
    ("ipblocks", (block.id,)),
    ("snapshots", (snapshot,)),
):
    label = LabelResource(properties=LabelResourceProperties(key="stage", value=labelled))
    do(getattr(labels, f"{labelled}_labels_post"), *ids, label)
    label = LabelResource(properties=LabelResourceProperties(value="test"))
    do(getattr(labels, f"{labelled}_labels_put"), *ids, "stage", label)
    do(getattr(labels, f"{labelled}_labels_find_by_key"), *ids, "stage")
urns = [item.id for item in do(labels.labels_get, depth=1).items]
do(labels.labels_find_by_urn, urns[0])
do(labels.snapshots_labels_delete, snapshot, "stage")

# Kubernetes.
do(k8s.k8s_versions_get)
version = do(k8s.k8s_versions_default_get)
do(k8s.k8s_versions_compatibilities_get, version.strip('"'))
window = KubernetesMaintenanceWindow(day_of_the_week="Monday", time="04:00:00Z")
properties = KubernetesClusterPropertiesForPost(name="cluster", maintenance_window=window)
cluster = do(k8s.k8s_post, KubernetesClusterForPost(properties=properties)).id
until("ACTIVE", k8s.k8s_find_by_cluster_id, cluster)
properties = KubernetesNodePoolPropertiesForPost(
    name="pool", datacenter_id=dc, node_count=2, cpu_family="INTEL_SKYLAKE", cores_count=2, ram_size=2048
)
properties.storage_type, properties.storage_size, properties.availability_zone = "HDD", 10, "AUTO"
properties.labels = {"app": "web"}
pool = do(k8s.k8s_nodepools_post, cluster, KubernetesNodePoolForPost(properties=properties)).id
until("ACTIVE", k8s.k8s_nodepools_find_by_id, cluster, pool)
properties = KubernetesNodePoolPropertiesForPut(node_count=1)
do(k8s.k8s_nodepools_put, cluster, pool, KubernetesNodePoolForPut(properties=properties))
until("ACTIVE", k8s.k8s_nodepools_find_by_id, cluster, pool)
node = do(k8s.k8s_nodepools_nodes_get, cluster, pool, depth=1).items[0].id
do(k8s.k8s_nodepools_nodes_find_by_id, cluster, pool, node)
do(k8s.k8s_kubeconfig_get, cluster)
do(k8s.k8s_get, depth=2)
do(k8s.k8s_nodepools_delete, cluster, pool)
until("gone", k8s.k8s_nodepools_find_by_id, cluster, pool)
do(k8s.k8s_delete, cluster)
until("gone", k8s.k8s_find_by_cluster_id, cluster)

# Users, groups, shares, and keys of the object storage.
person = UserPropertiesPost(firstname="A", lastname="B", email="a.b@example.com", password="Secret1234567")
user = do(users.um_users_post, UserPost(properties=person)).id
changed = UserPropertiesPut(
    firstname="A", lastname="C", email="a.b@example.com", administrator=False, force_sec_auth=False
)
do(users.um_users_put, user, UserPut(properties=changed))
group = do(users.um_groups_post, Group(properties=GroupProperties(name="makers", create_data_center=True))).id
do(users.um_groups_users_post, group, User(id=user))
do(users.um_groups_users_get, group, depth=1)
share = GroupShare(properties=GroupShareProperties(edit_privilege=True))
do(users.um_groups_shares_post, group, dc, share)
do(users.um_groups_shares_put, group, dc, GroupShare(properties=GroupShareProperties(share_privilege=True)))
do(users.um_groups_shares_get, group, depth=1)
do(users.um_groups_resources_get, group, depth=1)
do(users.um_groups_find_by_id, group, depth=3)
do(users.um_resources_find_by_type, "snapshot", depth=1)
do(users.um_resources_find_by_type_and_id, "datacenter", dc)
do(users.um_users_find_by_id, user, depth=2)
key = do(users.um_users_s3keys_post, user).id
do(users.um_users_s3keys_put, user, key, S3Key(properties=S3KeyProperties(active=False)))
do(users.um_users_s3keys_get, user, depth=1)
do(users.um_users_s3ssourl_get, user)
do(users.um_users_s3keys_delete, user, key)
do(users.um_groups_users_delete, group, user)
do(users.um_groups_shares_delete, group, dc)
do(users.um_groups_delete, group)
do(users.um_users_delete, user)

# Backup units.
properties = BackupUnitProperties(name="backups", password="Secret1234567", email="a.b@example.com")
unit = do(backups.backupunits_post, BackupUnit(properties=properties)).id
do(backups.backupunits_patch, unit, BackupUnitProperties(email="c.d@example.com"))
do(backups.backupunits_ssourl_get, unit)
do(backups.backupunits_get, depth=1)
do(backups.backupunits_delete, unit)

# Missing resources and invalid bodies.
do(servers.datacenters_servers_find_by_id, dc, "nothing")
do(servers.datacenters_servers_post, dc, Server(properties=ServerProperties(name="small", cores=0, ram=100)))
do(blocks.ipblocks_post, IpBlock(properties=IpBlockProperties(location="xx/yyy", size=1)))
do(images.images_delete, cdrom)

# Deletion of all resources.
do(nics.datacenters_servers_nics_delete, dc, server, back)
do(servers.datacenters_servers_volumes_delete, dc, server, boot)
do(servers.datacenters_servers_delete, dc, server)
do(volumes.datacenters_volumes_delete, dc, boot)
do(snapshots.snapshots_delete, snapshot)
do(lans.datacenters_lans_delete, dc, inside)
do(datacenters.datacenters_delete, dc)
do(pccs.pccs_delete, pcc)
do(blocks.ipblocks_delete, block.id)
do(contracts.contracts_get)
changes = requests.requests_get(depth=1, filter_method="PUT")
recorded.steps.append([request.properties.method for request in changes.items])

recorded.print()

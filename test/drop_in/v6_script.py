"""Use what Cloud API v6 adds, with the calls of the published package 6.1.13.

The script uses only names and call forms of 6.1.13, and runs with this package unchanged.
"""

import os

from script_steps import Steps

import ionoscloud
from ionoscloud.models import (
    ApplicationLoadBalancer,
    ApplicationLoadBalancerForwardingRule,
    ApplicationLoadBalancerForwardingRuleProperties,
    ApplicationLoadBalancerHttpRule,
    ApplicationLoadBalancerHttpRuleCondition,
    ApplicationLoadBalancerProperties,
    AttachedVolumes,
    CreateSnapshot,
    CreateSnapshotProperties,
    DatacenterPost,
    DatacenterPropertiesPost,
    DatacenterPropertiesPut,
    FirewallRule,
    FirewallruleProperties,
    FirewallRules,
    FlowLog,
    FlowLogProperties,
    Group,
    GroupProperties,
    ImageProperties,
    IpBlock,
    IpBlockProperties,
    KubernetesClusterForPost,
    KubernetesClusterForPut,
    KubernetesClusterPropertiesForPost,
    KubernetesClusterPropertiesForPut,
    KubernetesMaintenanceWindow,
    KubernetesNodePoolForPost,
    KubernetesNodePoolPropertiesForPost,
    LabelResource,
    LabelResourceProperties,
    Lan,
    LanProperties,
    ListOfIds,
    NatGateway,
    NatGatewayLanProperties,
    NatGatewayProperties,
    NatGatewayPut,
    NatGatewayRule,
    NatGatewayRuleProperties,
    NatGatewayRuleProtocol,
    NatGatewayRuleType,
    NetworkLoadBalancer,
    NetworkLoadBalancerForwardingRule,
    NetworkLoadBalancerForwardingRuleHealthCheck,
    NetworkLoadBalancerForwardingRuleProperties,
    NetworkLoadBalancerForwardingRuleTarget,
    NetworkLoadBalancerForwardingRuleTargetHealthCheck,
    NetworkLoadBalancerProperties,
    Nic,
    NicProperties,
    NicPut,
    Nics,
    ResourceReference,
    RestoreSnapshot,
    RestoreSnapshotProperties,
    SecurityGroupEntitiesRequest,
    SecurityGroupProperties,
    SecurityGroupRequest,
    Server,
    ServerEntities,
    ServerProperties,
    SnapshotProperties,
    TargetGroup,
    TargetGroupHealthCheck,
    TargetGroupHttpHealthCheck,
    TargetGroupProperties,
    TargetGroupPut,
    TargetGroupTarget,
    TargetPortRange,
    UserGroupPost,
    UserPost,
    UserPropertiesPost,
    Volume,
    VolumeProperties,
)

configuration = ionoscloud.Configuration(
    host=os.environ["IONOS_API_URL"], username=os.environ["IONOS_USERNAME"], password=os.environ["IONOS_PASSWORD"]
)
client = ionoscloud.ApiClient(configuration)
datacenters, servers = ionoscloud.DataCentersApi(client), ionoscloud.ServersApi(client)
volumes, lans = ionoscloud.VolumesApi(api_client=client), ionoscloud.LANsApi(client)
nics, rules = ionoscloud.NetworkInterfacesApi(client), ionoscloud.FirewallRulesApi(client)
flowlogs, images, labels = ionoscloud.FlowLogsApi(client), ionoscloud.ImagesApi(client), ionoscloud.LabelsApi(client)
snapshots, blocks = ionoscloud.SnapshotsApi(client), ionoscloud.IPBlocksApi(client)
gateways, network_balancers = ionoscloud.NATGatewaysApi(client), ionoscloud.NetworkLoadBalancersApi(client)
balancers, targets = ionoscloud.ApplicationLoadBalancersApi(client), ionoscloud.TargetGroupsApi(client)
groups, templates = ionoscloud.SecurityGroupsApi(client), ionoscloud.TemplatesApi(client)
k8s, users = ionoscloud.KubernetesApi(client), ionoscloud.UserManagementApi(client)
keys, requests = ionoscloud.UserS3KeysApi(client), ionoscloud.RequestsApi(client)
contracts, locations = ionoscloud.ContractResourcesApi(client), ionoscloud.LocationsApi(client)
recorded = Steps(client)
do, until = recorded.do, recorded.until

# The contract, a location, a data center and its networks.
limits = do(contracts.contracts_get).items[0].properties.resource_limits
recorded.steps.append([limits.cores_per_contract, limits.nat_gateway_limit_total])
do(locations.locations_find_by_region_id_and_id, "de", "fra")
properties = DatacenterPropertiesPost(name="newer", description="made for v6", location="de/fra")
dc = do(datacenters.datacenters_post, DatacenterPost(properties=properties)).id
do(datacenters.datacenters_patch, dc, DatacenterPropertiesPut(description="of v6"))
do(datacenters.datacenters_get, depth=1, limit=10, offset=0)
outside = do(lans.datacenters_lans_post, dc, Lan(properties=LanProperties(name="outside", public=True))).id
inside = do(lans.datacenters_lans_post, dc, Lan(properties=LanProperties(name="inside", public=False))).id
do(lans.datacenters_lans_patch, datacenter_id=dc, lan_id=inside, lan=LanProperties(name="in"))
do(lans.datacenters_lans_get, dc, depth=2)
block = do(blocks.ipblocks_post, IpBlock(properties=IpBlockProperties(name="ips", location="de/fra", size=4)))
ips = do(blocks.ipblocks_find_by_id, block.id).properties.ips

# A server with its volume and NIC, in one body.
disk = VolumeProperties(
    name="system", size=10, type="HDD", image_alias="ubuntu:latest", image_password="Secret123456", bus="VIRTIO"
)
nic = NicProperties(
    name="eth0", lan=int(outside), dhcp=True, ips=ips[:1], firewall_active=True, firewall_type="INGRESS"
)
server = Server(
    properties=ServerProperties(name="web", cores=2, ram=2048, cpu_family="INTEL_SKYLAKE", type="ENTERPRISE"),
    entities=ServerEntities(
        volumes=AttachedVolumes(items=[Volume(properties=disk)]), nics=Nics(items=[Nic(properties=nic)])
    ),
)
server = do(servers.datacenters_servers_post, dc, server).id
found = do(servers.datacenters_servers_find_by_id, dc, server, depth=3)
boot, front = found.entities.volumes.items[0].id, found.entities.nics.items[0].id
do(servers.datacenters_servers_patch, dc, server, ServerProperties(name="web-2", cores=3))
properties = ServerProperties(name="web-3", cores=2, ram=4096)
do(servers.datacenters_servers_put, dc, server, Server(properties=properties))
do(servers.datacenters_servers_get, dc, depth=1, limit=5)
for power in ("reboot", "stop", "start", "upgrade"):
    do(getattr(servers, f"datacenters_servers_{power}_post"), dc, server)
do(servers.datacenters_servers_token_get, dc, server)
do(servers.datacenters_servers_remote_console_get, dc, server)

# Another volume, created alone and then attached by its id.
disk = VolumeProperties(name="data", size=20, type="SSD Premium", licence_type="OTHER", availability_zone="ZONE_1")
data = do(volumes.datacenters_volumes_post, dc, Volume(properties=disk)).id
do(servers.datacenters_servers_volumes_post, dc, server, Volume(id=data))
do(volumes.datacenters_volumes_patch, dc, data, VolumeProperties(size=30))
do(servers.datacenters_servers_patch, dc, server, ServerProperties(boot_volume=ResourceReference(id=boot)))
do(servers.datacenters_servers_volumes_get, dc, server, depth=1)

# NICs, firewall rules and flow logs.
properties = NicProperties(name="back", lan=int(inside), dhcp=True)
back = do(nics.datacenters_servers_nics_post, dc, server, Nic(properties=properties)).id
do(nics.datacenters_servers_nics_patch, dc, server, back, NicProperties(name="behind"))
properties = NicProperties(name="behind", lan=int(inside), dhcp=False)
do(nics.datacenters_servers_nics_put, dc, server, back, NicPut(properties=properties))
properties = FirewallruleProperties(name="ssh", protocol="TCP", port_range_start=22, port_range_end=22, type="INGRESS")
rule = do(rules.datacenters_servers_nics_firewallrules_post, dc, server, front, FirewallRule(properties=properties)).id
do(rules.datacenters_servers_nics_firewallrules_patch, dc, server, front, rule, FirewallruleProperties(name="shell"))
do(rules.datacenters_servers_nics_firewallrules_delete, dc, server, front, rule)
log = FlowLog(properties=FlowLogProperties(name="all", action="ALL", direction="INGRESS", bucket="logs"))
flow = do(flowlogs.datacenters_servers_nics_flowlogs_post, dc, server, front, log).id
do(flowlogs.datacenters_servers_nics_flowlogs_patch, dc, server, front, flow, FlowLogProperties(action="REJECTED"))
do(flowlogs.datacenters_servers_nics_flowlogs_get, dc, server, front, depth=1, offset=0, limit=2)
do(flowlogs.datacenters_servers_nics_flowlogs_delete, dc, server, front, flow)
do(nics.datacenters_servers_nics_find_by_id, dc, server, front, depth=3)

# Snapshots.
properties = CreateSnapshotProperties(name="before & after", description="50 % of it: ü", licence_type="LINUX")
snapshot = do(volumes.datacenters_volumes_create_snapshot_post, dc, boot, snapshot=CreateSnapshot(properties)).id
do(snapshots.snapshots_patch, snapshot, SnapshotProperties(name="kept"))
restored = RestoreSnapshot(properties=RestoreSnapshotProperties(snapshot_id=snapshot))
do(volumes.datacenters_volumes_restore_snapshot_post, dc, boot, restore_snapshot=restored)
do(snapshots.snapshots_get, depth=1)

# Labels of an image and of a server, and properties of an image.
private = {"filter.public": "false", "filter.location": "de/fra"}
mine = do(images.images_get, depth=1, query_params=private).items[0].id
image = (
    do(images.images_get, depth=1, query_params={"filter.imageType": "HDD", "filter.location": "de/fra"}).items[0].id
)
label = LabelResource(properties=LabelResourceProperties(key="stage", value="test"))
do(labels.images_labels_post, mine, label)
label = LabelResource(properties=LabelResourceProperties(key="stage", value="live"))
do(labels.images_labels_put, mine, "stage", label)
do(labels.images_labels_find_by_key, mine, "stage", depth=1)
do(labels.images_labels_get, mine, depth=1)
do(labels.images_labels_delete, mine, "stage")
do(labels.datacenters_servers_labels_post, dc, server, label)
do(labels.datacenters_servers_labels_get, dc, server, depth=1)
do(labels.labels_get, depth=1)
do(images.images_patch, image, ImageProperties(description="not mine"))

# Security groups, of a data center, a server and a NIC.
ssh = FirewallruleProperties(name="ssh", protocol="TCP", port_range_start=22, port_range_end=22)
entities = SecurityGroupEntitiesRequest(rules=FirewallRules(items=[FirewallRule(properties=ssh)]))
properties = SecurityGroupProperties(name="shells", description="SSH only")
body = SecurityGroupRequest(properties=properties, entities=entities)
security = do(groups.datacenters_securitygroups_post, dc, body).id
properties = FirewallruleProperties(name="web", protocol="TCP", port_range_start=80, port_range_end=80)
rule = do(groups.datacenters_securitygroups_firewallrules_post, dc, security, FirewallRule(properties=properties)).id
do(groups.datacenters_securitygroups_rules_patch, dc, security, rule, FirewallruleProperties(port_range_end=81))
do(groups.datacenters_securitygroups_rules_get, dc, security, depth=1)
do(groups.datacenters_securitygroups_patch, dc, security, SecurityGroupProperties(name="doors"))
do(groups.datacenters_servers_securitygroups_put, dc, server, ListOfIds(ids=[security]))
do(groups.datacenters_servers_nics_securitygroups_put, dc, server, front, ListOfIds([security]))
do(groups.datacenters_securitygroups_find_by_id, dc, security, depth=2)
do(groups.datacenters_securitygroups_firewallrules_delete, dc, security, rule)

# A NAT gateway with a rule.
lan = NatGatewayLanProperties(id=int(inside), gateway_ips=["10.11.12.1/24"])
body = NatGateway(properties=NatGatewayProperties(name="nat", public_ips=[ips[1]], lans=[lan]))
gateway = do(gateways.datacenters_natgateways_post, dc, body).id
until("AVAILABLE", gateways.datacenters_natgateways_find_by_nat_gateway_id, dc, gateway)
properties = NatGatewayRuleProperties(
    name="out",
    type=NatGatewayRuleType.SNAT,
    protocol=NatGatewayRuleProtocol.TCP,
    source_subnet="10.11.12.0/24",
    public_ip=ips[1],
    target_subnet="10.0.0.0/8",
    target_port_range=TargetPortRange(start=80, end=443),
)
rule = do(gateways.datacenters_natgateways_rules_post, dc, gateway, NatGatewayRule(properties=properties)).id
properties = NatGatewayRuleProperties(name="outwards")
do(gateways.datacenters_natgateways_rules_patch, dc, gateway, rule, properties)
do(gateways.datacenters_natgateways_patch, dc, gateway, NatGatewayProperties(name="translator"))
properties = NatGatewayProperties(name="nat", public_ips=[ips[1]], lans=[lan])
do(gateways.datacenters_natgateways_put, dc, gateway, NatGatewayPut(properties=properties))
do(gateways.datacenters_natgateways_find_by_nat_gateway_id, dc, gateway, depth=3)
do(gateways.datacenters_natgateways_rules_delete, dc, gateway, rule)
do(gateways.datacenters_natgateways_delete, dc, gateway)

# A network load balancer, and an application load balancer with a target group.
properties = NetworkLoadBalancerProperties(
    name="balancer", listener_lan=int(outside), ips=[ips[2]], target_lan=int(inside), lb_private_ips=["10.11.12.2/24"]
)
balancer = do(
    network_balancers.datacenters_networkloadbalancers_post, dc, NetworkLoadBalancer(properties=properties)
).id
target = NetworkLoadBalancerForwardingRuleTarget(
    ip="10.11.12.10",
    port=80,
    weight=100,
    proxy_protocol="v2",
    health_check=NetworkLoadBalancerForwardingRuleTargetHealthCheck(check=True, check_interval=2000, maintenance=False),
)
properties = NetworkLoadBalancerForwardingRuleProperties(
    name="web",
    algorithm="ROUND_ROBIN",
    protocol="TCP",
    listener_ip=ips[2],
    listener_port=80,
    health_check=NetworkLoadBalancerForwardingRuleHealthCheck(client_timeout=50000, retries=3),
    targets=[target],
)
body = NetworkLoadBalancerForwardingRule(properties=properties)
rule = do(network_balancers.datacenters_networkloadbalancers_forwardingrules_post, dc, balancer, body).id
properties = NetworkLoadBalancerForwardingRuleProperties(algorithm="LEAST_CONNECTION")
do(network_balancers.datacenters_networkloadbalancers_forwardingrules_patch, dc, balancer, rule, properties)
do(network_balancers.datacenters_networkloadbalancers_get, dc, depth=3)
do(network_balancers.datacenters_networkloadbalancers_forwardingrules_delete, dc, balancer, rule)
do(network_balancers.datacenters_networkloadbalancers_delete, dc, balancer)
properties = TargetGroupProperties(
    name="targets",
    algorithm="ROUND_ROBIN",
    protocol="HTTP",
    targets=[TargetGroupTarget(ip="10.11.12.11", port=8080, weight=50, proxy_protocol="v1")],
    health_check=TargetGroupHealthCheck(check_timeout=2000, check_interval=1000, retries=3),
    http_health_check=TargetGroupHttpHealthCheck(path="/up", method="GET", match_type="STATUS_CODE", response="200"),
)
target = do(targets.targetgroups_post, TargetGroup(properties=properties)).id
do(targets.targetgroups_patch, target, TargetGroupProperties(name="backends"))
properties = TargetGroupProperties(name="backends", algorithm="SOURCE_IP", protocol="HTTP")
do(targets.targetgroups_put, target, TargetGroupPut(properties=properties))
do(targets.targetgroups_get, depth=1, limit=10)
properties = ApplicationLoadBalancerProperties(
    name="web", listener_lan=int(outside), ips=[ips[3]], target_lan=int(inside), lb_private_ips=["10.11.12.3/24"]
)
balancer = do(
    balancers.datacenters_applicationloadbalancers_post, dc, ApplicationLoadBalancer(properties=properties)
).id
condition = ApplicationLoadBalancerHttpRuleCondition(type="PATH", condition="STARTS_WITH", value="/api")
forward = ApplicationLoadBalancerHttpRule(name="api", type="FORWARD", target_group=target, conditions=[condition])
properties = ApplicationLoadBalancerForwardingRuleProperties(
    name="http", protocol="HTTP", listener_ip=ips[3], listener_port=80, http_rules=[forward]
)
body = ApplicationLoadBalancerForwardingRule(properties=properties)
rule = do(balancers.datacenters_applicationloadbalancers_forwardingrules_post, dc, balancer, body).id
do(balancers.datacenters_applicationloadbalancers_find_by_application_load_balancer_id, dc, balancer, depth=3)
do(balancers.datacenters_applicationloadbalancers_forwardingrules_delete, dc, balancer, rule)
do(balancers.datacenters_applicationloadbalancers_delete, dc, balancer)
do(targets.target_groups_delete, target)

# Kubernetes.
window = KubernetesMaintenanceWindow(day_of_the_week="Monday", time="12:00:00Z")
version = do(k8s.k8s_versions_default_get)
properties = KubernetesClusterPropertiesForPost(name="cluster", k8s_version=version, maintenance_window=window)
cluster = do(k8s.k8s_post, KubernetesClusterForPost(properties=properties)).id
until("ACTIVE", k8s.k8s_find_by_cluster_id, cluster)
config = k8s.k8s_kubeconfig_get(cluster)
recorded.steps.append([isinstance(config, str), str(config)])
properties = KubernetesNodePoolPropertiesForPost(
    name="pool",
    datacenter_id=dc,
    node_count=1,
    cpu_family="INTEL_SKYLAKE",
    server_type="DedicatedCore",
    cores_count=2,
    ram_size=2048,
    availability_zone="AUTO",
    storage_type="HDD",
    storage_size=10,
    k8s_version=version,
    labels={"stage": "test"},
)
pool = do(k8s.k8s_nodepools_post, cluster, KubernetesNodePoolForPost(properties=properties)).id
until("ACTIVE", k8s.k8s_nodepools_find_by_id, cluster, pool)
do(k8s.k8s_nodepools_nodes_get, cluster, pool, depth=1)
properties = KubernetesClusterPropertiesForPut(name="renamed")
do(k8s.k8s_put, cluster, KubernetesClusterForPut(properties=properties))
do(k8s.k8s_nodepools_delete, cluster, pool)
until("deleted", k8s.k8s_nodepools_find_by_id, cluster, pool)
do(k8s.k8s_delete, cluster)
until("deleted", k8s.k8s_find_by_cluster_id, cluster)

# Users and groups.
properties = UserPropertiesPost(
    firstname="A", lastname="B", email="a.b@example.com", password="Secret1234567", administrator=False, active=True
)
user = do(users.um_users_post, UserPost(properties=properties)).id
properties = GroupProperties(name="makers", create_data_center=True, create_flow_log=True, manage_dbaas=True)
group = do(users.um_groups_post, Group(properties=properties)).id
do(users.um_groups_users_post, group, UserGroupPost(id=user))
do(users.um_groups_users_get, group, depth=1)
do(users.um_users_get, depth=1, limit=5)
key = do(keys.um_users_s3keys_post, user).id
do(keys.um_users_s3keys_delete, user, key)
do(users.um_groups_delete, group)
do(users.um_users_delete, user)

# A Cube, made from the first template.
do(templates.templates_get)
template = do(templates.templates_get, depth=1).items[0]
do(templates.templates_find_by_id, template.id)
disk = Volume(properties=VolumeProperties(name="direct", type="DAS", licence_type="LINUX"))
cube = Server(
    properties=ServerProperties(template_uuid=template.id, name="cube", type="CUBE"),
    entities=ServerEntities(volumes=AttachedVolumes(items=[disk])),
)
cube = do(servers.datacenters_servers_post, dc, cube).id
do(servers.datacenters_servers_suspend_post, dc, cube)
do(servers.datacenters_servers_find_by_id, dc, cube, depth=2)
do(servers.datacenters_servers_resume_post, dc, cube)
do(servers.datacenters_servers_delete, dc, cube)

# Missing resources and invalid bodies.
do(servers.datacenters_servers_find_by_id, dc, "nothing")
do(servers.datacenters_servers_post, dc, Server(properties=ServerProperties(name="small", cores=0, ram=100)))
do(gateways.datacenters_natgateways_find_by_nat_gateway_id, dc, "nothing")

# Deletion of all resources, and of the volumes of the server together with it.
do(groups.datacenters_securitygroups_delete, dc, security)
do(snapshots.snapshots_delete, snapshot)
do(servers.datacenters_servers_delete, dc, server, delete_volumes=True)
do(volumes.datacenters_volumes_get, dc)
do(lans.datacenters_lans_delete, dc, inside)
do(datacenters.datacenters_delete, dc)
do(blocks.ipblocks_delete, block.id)
do(contracts.contracts_get, depth=1, pretty=False)
changes = requests.requests_get(depth=1, filter_method="DELETE")
recorded.steps.append([request.properties.method for request in changes.items])

recorded.print()

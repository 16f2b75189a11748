"""Path templates of the collections that have rules."""

from __future__ import annotations

DATACENTERS = "/datacenters"
SERVERS = "/datacenters/{}/servers"
VOLUMES = "/datacenters/{}/volumes"
LANS = "/datacenters/{}/lans"
LAN_NICS = "/datacenters/{}/lans/{}/nics"
NICS = "/datacenters/{}/servers/{}/nics"
FIREWALL_RULES = "/datacenters/{}/servers/{}/nics/{}/firewallrules"
SECURITY_GROUPS = "/datacenters/{}/securitygroups"
SECURITY_GROUP_RULES = "/datacenters/{}/securitygroups/{}/rules"
SERVER_SECURITY_GROUPS = "/datacenters/{}/servers/{}/securitygroups"
NIC_SECURITY_GROUPS = "/datacenters/{}/servers/{}/nics/{}/securitygroups"
LOADBALANCERS = "/datacenters/{}/loadbalancers"
NAT_GATEWAYS = "/datacenters/{}/natgateways"
NAT_GATEWAY_RULES = "/datacenters/{}/natgateways/{}/rules"
NETWORK_BALANCERS = "/datacenters/{}/networkloadbalancers"
NETWORK_BALANCER_RULES = "/datacenters/{}/networkloadbalancers/{}/forwardingrules"
APPLICATION_BALANCERS = "/datacenters/{}/applicationloadbalancers"
APPLICATION_BALANCER_RULES = "/datacenters/{}/applicationloadbalancers/{}/forwardingrules"
TARGET_GROUPS = "/targetgroups"
SERVER_VOLUMES = "/datacenters/{}/servers/{}/volumes"
CDROMS = "/datacenters/{}/servers/{}/cdroms"
SERVER_GPUS = "/datacenters/{}/servers/{}/gpus"
TEMPLATES = "/templates"
IMAGES = "/images"
SNAPSHOTS = "/snapshots"
IPBLOCKS = "/ipblocks"
PCCS = "/pccs"
BACKUPUNITS = "/backupunits"
CLUSTERS = "/k8s"
NODEPOOLS = "/k8s/{}/nodepools"
NODES = "/k8s/{}/nodepools/{}/nodes"
USERS = "/um/users"
S3KEYS = "/um/users/{}/s3keys"
GROUPS = "/um/groups"
GROUP_USERS = "/um/groups/{}/users"
GROUP_SHARES = "/um/groups/{}/shares"

FLOW_LOGS = tuple(
    f"{template}/{{}}/flowlogs" for template in (NICS, NAT_GATEWAYS, NETWORK_BALANCERS, APPLICATION_BALANCERS)
)
LABELLED = (DATACENTERS, SERVERS, VOLUMES, SNAPSHOTS, IPBLOCKS, IMAGES)  # images only in v6
LABELS = tuple(f"{template}/{{}}/labels" for template in LABELLED)
SHAREABLE = (DATACENTERS, IMAGES, SNAPSHOTS, IPBLOCKS, PCCS, BACKUPUNITS, CLUSTERS)

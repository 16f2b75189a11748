"""Templates of the paths that have rules."""

from __future__ import annotations

DATACENTERS = "/datacenters"
SERVERS = "/datacenters/{}/servers"
VOLUMES = "/datacenters/{}/volumes"
LANS = "/datacenters/{}/lans"
NICS = "/datacenters/{}/servers/{}/nics"
FIREWALL_RULES = "/datacenters/{}/servers/{}/nics/{}/firewallrules"
LOADBALANCERS = "/datacenters/{}/loadbalancers"
SERVER_VOLUMES = "/datacenters/{}/servers/{}/volumes"
CDROMS = "/datacenters/{}/servers/{}/cdroms"
IMAGES, SNAPSHOTS, IPBLOCKS, PCCS, BACKUPUNITS = "/images", "/snapshots", "/ipblocks", "/pccs", "/backupunits"
CLUSTERS, NODEPOOLS, NODES = "/k8s", "/k8s/{}/nodepools", "/k8s/{}/nodepools/{}/nodes"
USERS, GROUPS, S3KEYS = "/um/users", "/um/groups", "/um/users/{}/s3keys"
GROUP_USERS, GROUP_SHARES = "/um/groups/{}/users", "/um/groups/{}/shares"
LABELLED = (DATACENTERS, SERVERS, VOLUMES, SNAPSHOTS, IPBLOCKS)
LABELS = tuple(f"{template}/{{}}/labels" for template in LABELLED)
SHAREABLE = (DATACENTERS, IMAGES, SNAPSHOTS, IPBLOCKS, PCCS, BACKUPUNITS, CLUSTERS)

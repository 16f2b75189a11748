import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.SecurityGroupsApi(client)
    group = ionoscloud.find(api.datacenters_securitygroups_get, "datacenter_id_example", name="web")
    rule = {"properties": {"name": "https", "protocol": "TCP", "port_range_start": 443, "port_range_end": 443}}
    api.datacenters_securitygroups_firewallrules_post("datacenter_id_example", group.id, rule, _wait=True)

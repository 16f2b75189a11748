// Uses the official Node.js client in API v6, from the creation of a data center to its deletion.
"use strict";

const sdk = require("@ionos-cloud/sdk-nodejs");
const { sleep, step, walk } = require("./steps.js");

const configuration = new sdk.Configuration({
  username: process.env.IONOS_USERNAME,
  password: process.env.IONOS_PASSWORD,
  basePath: process.env.IONOS_API_URL,
});
const requests = new sdk.RequestsApi(configuration);

// Makes a change, waits for the request that its Location names, and returns the body of the response.
async function change(name, call, expected) {
  const response = await step(name, call, (it) => it.status === 202 && /\/requests\/[-\w]+\/status$/.test(it.headers.location));
  if (!response) return undefined;
  const requestId = response.headers.location.split("/").slice(-2)[0];
  let status;
  await step(`wait for ${name}`, async () => {
    for (let tries = 0; tries < 200; tries++) {
      status = (await requests.requestsStatusGet({ requestId })).data.metadata.status;
      if (status === "DONE" || status === "FAILED") return status;
      await sleep(20);
    }
    return status;
  }, (it) => it === "DONE");
  if (expected) await step(`response of ${name}`, () => response.data, expected);
  return response.data;
}

// Reads a resource or a list.
async function read(name, call, expected) {
  const response = await step(name, call, (it) => it.status === 200);
  if (response && expected) await step(`response of ${name}`, () => response.data, expected);
  return response && response.data;
}

walk(async () => {
  const [datacenters, lans, servers, volumes, nics, rules, labels, images, locations, ipblocks, balancers, snapshots] = [
    "DataCentersApi", "LANsApi", "ServersApi", "VolumesApi", "NetworkInterfacesApi", "FirewallRulesApi", "LabelsApi",
    "ImagesApi", "LocationsApi", "IPBlocksApi", "LoadBalancersApi", "SnapshotsApi",
  ].map((name) => new sdk[name](configuration));
  const [gateways, networkBalancers, applicationBalancers, targetGroups, securityGroups, templates, flowLogs] = [
    "NATGatewaysApi", "NetworkLoadBalancersApi", "ApplicationLoadBalancersApi", "TargetGroupsApi", "SecurityGroupsApi",
    "TemplatesApi", "FlowLogsApi",
  ].map((name) => new sdk[name](configuration));

  await read("locations", () => locations.locationsGet({ depth: 1 }), (it) => it.items.every((each) => each.properties.name));
  await read("location", () => locations.locationsFindByRegionIdAndId({ regionId: "de", locationId: "fra" }), { id: "de/fra" });
  const found = await read("images", () => images.imagesGet({ depth: 1, filters: new Map([["location", "de/fra"]]) }), (it) => it.items.length);
  await read("image", () => images.imagesFindById({ imageId: found.items[0].id }), { id: found.items[0].id });

  const datacenter = await change("create data center", () => datacenters.datacentersPost({
    datacenter: { properties: { name: "walk", location: "de/fra", description: "made by Node.js" } },
  }), { type: "datacenter", properties: { name: "walk", location: "de/fra" } });
  const datacenterId = datacenter.id;
  await read("data center", () => datacenters.datacentersFindById({ datacenterId, depth: 1 }), { metadata: { state: "AVAILABLE" } });
  await read("data centers", () => datacenters.datacentersGet({ depth: 1, offset: 0, limit: 10 }), { items: [{ properties: { name: "walk" } }], offset: 0, limit: 10 });
  await change("patch data center", () => datacenters.datacentersPatch({ datacenterId, datacenter: { name: "walked" } }), { properties: { name: "walked" } });
  await change("put data center", () => datacenters.datacentersPut({ datacenterId, datacenter: { properties: { name: "put", description: "text" } } }), { properties: { name: "put", location: "de/fra" } });

  const lan = await change("create LAN", () => lans.datacentersLansPost({ datacenterId, lan: { properties: { name: "public", public: true } } }), { type: "lan", properties: { public: true } });
  const lanId = lan.id;
  await change("patch LAN", () => lans.datacentersLansPatch({ datacenterId, lanId, lan: { name: "front" } }), { properties: { name: "front", public: true } });
  const volume = await change("create volume", () => volumes.datacentersVolumesPost({ datacenterId, volume: {
    properties: { name: "data", size: 10, type: "HDD", imageAlias: "ubuntu:latest", imagePassword: "passwordExample1" },
  } }), { properties: { name: "data", size: 10 } });
  const volumeId = volume.id;
  const server = await change("create server with a NIC and a volume", () => servers.datacentersServersPost({ datacenterId, depth: 3, server: {
    properties: { name: "web", cores: 1, ram: 1024 },
    entities: {
      nics: { items: [{ properties: { name: "nic", lan: Number(lanId), dhcp: true } }] },
      volumes: { items: [{ properties: { name: "own", size: 5, type: "SSD", licenceType: "LINUX" } }] },
    },
  } }), { properties: { name: "web", cores: 1 }, entities: { nics: { items: [{ properties: { name: "nic", lan: Number(lanId) } }] }, volumes: { items: [{ properties: { name: "own" } }] } } });
  const serverId = server.id;
  const full = await read("server", () => servers.datacentersServersFindById({ datacenterId, serverId, depth: 3 }), { properties: { vmState: "RUNNING" }, entities: { nics: { items: [{ properties: { name: "nic" } }] } } });
  const nicId = full.entities.nics.items[0].id;
  await change("attach volume", () => servers.datacentersServersVolumesPost({ datacenterId, serverId, volume: { id: volumeId } }), { id: volumeId });
  await read("attached volumes", () => servers.datacentersServersVolumesGet({ datacenterId, serverId, depth: 1 }), (it) => it.items.length === 2);
  const cdrom = found.items.find((each) => each.properties.imageType === "CDROM");
  await change("attach CD-ROM", () => servers.datacentersServersCdromsPost({ datacenterId, serverId, cdrom: { id: cdrom.id } }), { id: cdrom.id });
  await change("detach CD-ROM", () => servers.datacentersServersCdromsDelete({ datacenterId, serverId, cdromId: cdrom.id }));
  await change("patch server", () => servers.datacentersServersPatch({ datacenterId, serverId, server: { name: "www", cores: 2, ram: 2048 } }), { properties: { name: "www", cores: 2 } });
  await change("patch NIC", () => nics.datacentersServersNicsPatch({ datacenterId, serverId, nicId, nic: { name: "front" } }), { properties: { name: "front" } });
  const rule = await change("create firewall rule", () => rules.datacentersServersNicsFirewallrulesPost({ datacenterId, serverId, nicId, firewallrule: {
    properties: { name: "ssh", protocol: "TCP", portRangeStart: 22, portRangeEnd: 22 },
  } }), { properties: { protocol: "TCP", portRangeStart: 22 } });
  await change("delete firewall rule", () => rules.datacentersServersNicsFirewallrulesDelete({ datacenterId, serverId, nicId, firewallruleId: rule.id }));
  for (const [name, vmState] of [["Stop", "SHUTOFF"], ["Start", "RUNNING"], ["Reboot", "RUNNING"]]) {
    await change(`${name} server`, () => servers[`datacentersServers${name}Post`]({ datacenterId, serverId }));
    await read(`server after ${name}`, () => servers.datacentersServersFindById({ datacenterId, serverId }), { properties: { vmState } });
  }
  await read("token", () => servers.datacentersServersTokenGet({ datacenterId, serverId }), (it) => it.token);
  await read("console", () => servers.datacentersServersRemoteConsoleGet({ datacenterId, serverId }), (it) => it.url);
  const snapshot = await change("create snapshot", () => volumes.datacentersVolumesCreateSnapshotPost({ datacenterId, volumeId, snapshot: { properties: { name: "kept", description: "text" } } }), { properties: { name: "kept", description: "text" } });
  await change("restore snapshot", () => volumes.datacentersVolumesRestoreSnapshotPost({ datacenterId, volumeId, restoreSnapshot: { properties: { snapshotId: snapshot.id } } }));
  await change("delete snapshot", () => snapshots.snapshotsDelete({ snapshotId: snapshot.id }));

  const block = await change("reserve IP block", () => ipblocks.ipblocksPost({ ipblock: { properties: { name: "block", location: "de/fra", size: 2 } } }), (it) => it.properties.ips.length === 2);
  await change("create load balancer", () => balancers.datacentersLoadbalancersPost({ datacenterId, loadbalancer: { properties: { name: "balancer", dhcp: true } } }), { properties: { name: "balancer" } });

  // A Cube from a template, in a security group.
  const sizes = await read("templates", () => templates.templatesGet({ depth: 1 }), (it) => it.items.every((each) => each.properties.cores));
  const { id: templateUuid, properties: size } = sizes.items.find((each) => !(each.properties.gpus || []).length);
  const cube = await change("create Cube", () => servers.datacentersServersPost({ datacenterId, depth: 3, server: {
    properties: { name: "tiny", type: "CUBE", templateUuid },
    entities: { volumes: { items: [{ properties: { name: "direct", type: "DAS", licenceType: "LINUX" } }] } },
  } }), { properties: { type: "CUBE", cores: size.cores, ram: size.ram } });
  const group = await change("create security group", () => securityGroups.datacentersSecuritygroupsPost({ datacenterId, securityGroup: {
    properties: { name: "web" }, entities: { rules: { items: [{ properties: { name: "https", protocol: "TCP", portRangeStart: 443, portRangeEnd: 443 } }] } },
  } }), { properties: { name: "web" } });
  await read("security group", () => securityGroups.datacentersSecuritygroupsFindById({ datacenterId, securityGroupId: group.id, depth: 3 }), { entities: { rules: { items: [{ properties: { portRangeStart: 443 } }] } } });
  await change("attach security group", () => securityGroups.datacentersServersSecuritygroupsPut({ datacenterId, serverId: cube.id, securitygroups: { ids: [group.id] } }));
  await change("suspend Cube", () => servers.datacentersServersSuspendPost({ datacenterId, serverId: cube.id }));
  await read("suspended Cube", () => servers.datacentersServersFindById({ datacenterId, serverId: cube.id }), { properties: { vmState: "SUSPENDED" } });
  await change("resume Cube", () => servers.datacentersServersResumePost({ datacenterId, serverId: cube.id }));
  const flowlog = { properties: { name: "log", action: "ALL", direction: "BIDIRECTIONAL", bucket: "logs" } };
  await change("create flow log", () => flowLogs.datacentersServersNicsFlowlogsPost({ datacenterId, serverId, nicId, flowlog }), flowlog);

  // Gateways and load balancers, with their rules.
  const outside = { listenerLan: Number((await change("create outer LAN", () => lans.datacentersLansPost({ datacenterId, lan: { properties: { public: true } } }))).id) };
  const inside = Number((await change("create inner LAN", () => lans.datacentersLansPost({ datacenterId, lan: { properties: { public: false } } }))).id);
  const ips = (await change("reserve IP addresses", () => ipblocks.ipblocksPost({ ipblock: { properties: { location: "de/fra", size: 3 } } }))).properties.ips;
  const gateway = await change("create NAT gateway", () => gateways.datacentersNatgatewaysPost({ datacenterId, natGateway: {
    properties: { name: "nat", publicIps: [ips[0]], lans: [{ id: inside, gatewayIps: ["10.7.9.1/24"] }] },
  } }), { properties: { publicIps: [ips[0]] } });
  await change("create NAT rule", () => gateways.datacentersNatgatewaysRulesPost({ datacenterId, natGatewayId: gateway.id, natGatewayRule: {
    properties: { name: "all", sourceSubnet: "10.7.9.0/24", publicIp: ips[0] },
  } }), { properties: { publicIp: ips[0], protocol: "ALL" } });
  await read("NAT rules", () => gateways.datacentersNatgatewaysRulesGet({ datacenterId, natGatewayId: gateway.id, depth: 1 }), { items: [{ properties: { name: "all" } }] });
  const network = await change("create network load balancer", () => networkBalancers.datacentersNetworkloadbalancersPost({ datacenterId, networkLoadBalancer: {
    properties: { name: "nlb", ...outside, targetLan: inside, ips: [ips[1]] },
  } }), { properties: outside });
  await change("create rule of the network load balancer", () => networkBalancers.datacentersNetworkloadbalancersForwardingrulesPost({ datacenterId, networkLoadBalancerId: network.id, networkLoadBalancerForwardingRule: {
    properties: { name: "tcp", algorithm: "ROUND_ROBIN", protocol: "TCP", listenerIp: ips[1], listenerPort: 80, targets: [{ ip: "10.7.9.11", port: 8080, weight: 1 }] },
  } }), { properties: { targets: [{ ip: "10.7.9.11", port: 8080 }] } });
  const targets = await change("create target group", () => targetGroups.targetgroupsPost({ targetGroup: {
    properties: { name: "web", algorithm: "RANDOM", protocol: "HTTP", targets: [{ ip: "10.7.9.12", port: 80, weight: 1 }] },
  } }), { properties: { name: "web" } });
  const application = await change("create application load balancer", () => applicationBalancers.datacentersApplicationloadbalancersPost({ datacenterId, applicationLoadBalancer: {
    properties: { name: "alb", ...outside, targetLan: inside, ips: [ips[2]] },
  } }), { properties: { name: "alb" } });
  await change("create rule of the application load balancer", () => applicationBalancers.datacentersApplicationloadbalancersForwardingrulesPost({ datacenterId, applicationLoadBalancerId: application.id, applicationLoadBalancerForwardingRule: {
    properties: { name: "http", protocol: "HTTP", listenerIp: ips[2], listenerPort: 80, httpRules: [{ name: "all", type: "FORWARD", targetGroup: targets.id }] },
  } }), { properties: { httpRules: [{ targetGroup: targets.id }] } });
  await step("target group in use", () => targetGroups.targetGroupsDelete({ targetGroupId: targets.id }).then(() => 200, (error) => error.response.status), 422);
  await change("delete application load balancer", () => applicationBalancers.datacentersApplicationloadbalancersDelete({ datacenterId, applicationLoadBalancerId: application.id }));
  await change("delete target group", () => targetGroups.targetGroupsDelete({ targetGroupId: targets.id }));

  const label = { properties: { key: "stage", value: "test" } };
  await step("create label", () => labels.datacentersLabelsPost({ datacenterId, label }), { status: 201, data: { properties: { key: "stage", value: "test" } } });
  await step("put label", () => labels.datacentersLabelsPut({ datacenterId, key: "stage", label: { properties: { key: "stage", value: "live" } } }), { status: 200, data: { properties: { value: "live" } } });
  await read("label", () => labels.datacentersLabelsFindByKey({ datacenterId, key: "stage" }), { properties: { value: "live" } });
  await read("labels", () => labels.labelsGet({ depth: 1 }), (it) => it.items.length === 1);
  await step("delete label", () => labels.datacentersLabelsDelete({ datacenterId, key: "stage" }), { status: 200 });

  await read("requests", () => requests.requestsGet({ depth: 2, limit: 5 }), (it) => it.items.length === 5 && it.items.every((each) => each.metadata.requestStatus.metadata.status === "DONE"));
  await change("detach volume", () => servers.datacentersServersVolumesDelete({ datacenterId, serverId, volumeId }));
  await change("delete volume", () => volumes.datacentersVolumesDelete({ datacenterId, volumeId }));
  await change("delete NIC", () => nics.datacentersServersNicsDelete({ datacenterId, serverId, nicId }));
  await change("delete server", () => servers.datacentersServersDelete({ datacenterId, serverId }));
  await change("delete LAN", () => lans.datacentersLansDelete({ datacenterId, lanId }));
  await change("release IP block", () => ipblocks.ipblocksDelete({ ipblockId: block.id }));
  await change("delete data center", () => datacenters.datacentersDelete({ datacenterId }));
  await step("data center is gone", () => datacenters.datacentersFindById({ datacenterId }).then(() => 200, (error) => error.response.status), 404);
});

// Uses libionosenterprise, the Node.js client of API v5, from the creation of a data center to its deletion.
"use strict";

const http = require("node:http");
const https = require("node:https");
const { sleep, step, walk } = require("./steps.js");

// The library always calls https://api.ionos.com: its calls reject any value of `setendpoint`.
const address = new URL(process.env.IONOS_API_URL);
https.request = (options, ...rest) => http.request({
  ...options, protocol: "http:", host: address.hostname, hostname: address.hostname, port: address.port, agent: undefined, agents: undefined,
}, ...rest);

const cloud = require("libionosenterprise");
cloud.setauth(process.env.IONOS_USERNAME, process.env.IONOS_PASSWORD);
cloud.setdepth(3);

// Calls a function of the library, and returns the status, the headers and the body of the response.
function call(name, ...values) {
  return new Promise((resolve, reject) => {
    cloud[name](...values, (error, response, body) => {
      if (error) return reject(error instanceof Error ? error : new Error(JSON.stringify(error)));
      let data = body;
      if (typeof body === "string" && body) data = JSON.parse(body);
      resolve({ status: response.statusCode, headers: response.headers, data });
    });
  });
}

const read = async (name, values, expected) => {
  const response = await step(name, () => call(name, ...values), (it) => it.status === 200);
  if (response && expected) await step(`response of ${name}`, () => response.data, expected);
  return response && response.data;
};

const change = async (name, values, expected) => {
  const response = await step(name, () => call(name, ...values), (it) => it.status === 202 && it.headers.location);
  if (!response) return undefined;
  await step(`wait for ${name}`, async () => {
    for (let tries = 0; tries < 200; tries++) {
      const { data } = await call("statusRequest", response.headers.location.split("/").slice(-2)[0]);
      if (["DONE", "FAILED"].includes(data.metadata.status)) return data.metadata.status;
      await sleep(20);
    }
    return "timeout";
  }, "DONE");
  if (expected) await step(`response of ${name}`, () => response.data, expected);
  return response.data;
};

walk(async () => {
  await read("listContractResources", [], (it) => it);
  await read("listLocations", [], (it) => it.items.some((each) => each.id === "de/fra"));
  await read("getLocation", ["de/fra"], { id: "de/fra" });
  const images = await read("listImages", [], (it) => it.items.length && it.items.every((each) => each.properties.name));
  await read("getImage", [images.items[0].id], { id: images.items[0].id });

  const datacenter = await change("createDatacenter", [{ properties: { name: "walk", location: "de/fra", description: "text" } }], { properties: { name: "walk" } });
  const dc = datacenter.id;
  await read("getDatacenter", [dc], { id: dc, entities: { servers: { items: [] } } });
  await read("listDatacenters", [], { items: [{ id: dc }] });
  await change("patchDatacenter", [dc, { name: "walked" }], { properties: { name: "walked" } });
  await change("updateDatacenter", [dc, { properties: { name: "put", description: "other" } }], { properties: { name: "put", location: "de/fra" } });

  const lan = await change("createLan", [dc, { properties: { name: "public", public: "true" } }], { properties: { name: "public", public: true } });
  await read("listLans", [dc], { items: [{ id: lan.id }] });
  await read("getLan", [dc, lan.id], { properties: { public: true } });
  await change("patchLan", [dc, lan.id, { name: "net" }], { properties: { name: "net", public: true } });
  await change("updateLan", [dc, lan.id, { properties: { name: "front", public: true } }], { properties: { name: "front" } });

  const volume = await change("createVolume", [dc, { properties: { name: "data", size: "10", type: "HDD", licenceType: "LINUX", bus: "VIRTIO" } }], { properties: { size: 10 } });
  await read("listVolumes", [dc], { items: [{ id: volume.id }] });
  await read("getVolume", [dc, volume.id], { properties: { name: "data" } });
  await change("patchVolume", [dc, volume.id, { name: "more", size: 12 }], { properties: { name: "more", size: 12 } });
  await change("updateVolume", [dc, volume.id, { properties: { name: "most", size: 13 } }], { properties: { name: "most", size: 13, type: "HDD" } });

  const server = await change("createServer", [dc, {
    properties: { name: "web", cores: 1, ram: 1024, cpuFamily: "AMD_OPTERON" },
    entities: { volumes: { items: [{ properties: { name: "own", size: 5, type: "SSD", licenceType: "LINUX" } }] } },
  }], { properties: { name: "web" } });
  await read("listServers", [dc], { items: [{ id: server.id }] });
  await read("getServer", [dc, server.id], { properties: { ram: 1024 } });
  await change("patchServer", [dc, server.id, { name: "www", cores: 2 }], { properties: { name: "www", cores: 2, ram: 1024 } });
  await change("updateServer", [dc, server.id, { properties: { name: "put", cores: 2, ram: 2048 } }], { properties: { name: "put", ram: 2048 } });
  await change("attachVolume", [dc, server.id, volume.id], { id: volume.id });
  await read("listAttachedVolumes", [dc, server.id], (it) => it.items.length === 2);
  await read("getAttachedVolume", [dc, server.id, volume.id], { id: volume.id });
  const cdrom = images.items.find((each) => each.properties.imageType === "CDROM" && each.properties.location === "de/fra");
  await change("attachCdrom", [dc, server.id, cdrom.id], { id: cdrom.id });
  await read("listAttachedCdroms", [dc, server.id], { items: [{ id: cdrom.id }] });
  await read("getAttachedCdrom", [dc, server.id, cdrom.id], { id: cdrom.id });
  await change("detachCdrom", [dc, server.id, cdrom.id]);

  const nic = await change("createNic", [dc, server.id, { properties: { name: "nic", lan: lan.id, dhcp: true } }], { properties: { name: "nic", lan: Number(lan.id) } });
  await read("listNics", [dc, server.id], { items: [{ id: nic.id }] });
  await read("getNic", [dc, server.id, nic.id], { properties: { dhcp: true } });
  await change("patchNic", [dc, server.id, nic.id, { name: "front" }], { properties: { name: "front" } });
  await change("updateNic", [dc, server.id, nic.id, { properties: { name: "back", lan: Number(lan.id) } }], { properties: { name: "back" } });
  await read("listLanMembers", [dc, lan.id], { items: [{ id: nic.id }] });
  const rule = await change("createFWRule", [dc, server.id, nic.id, { properties: { name: "ssh", protocol: "TCP", portRangeStart: "22", portRangeEnd: "22" } }], { properties: { portRangeStart: 22 } });
  await read("listFWRules", [dc, server.id, nic.id], { items: [{ id: rule.id }] });
  await read("getFWRule", [dc, server.id, nic.id, rule.id], { properties: { name: "ssh" } });
  await change("patchFWRule", [dc, server.id, nic.id, rule.id, { portRangeEnd: 23 }], { properties: { portRangeEnd: 23 } });
  await change("updateFWRule", [dc, server.id, nic.id, rule.id, { properties: { name: "shell", protocol: "TCP" } }], { properties: { name: "shell" } });
  await change("delFWRule", [dc, server.id, nic.id, rule.id]);

  const balancer = await change("createLoadbalancer", [dc, { properties: { name: "balancer", dhcp: true } }], { properties: { name: "balancer" } });
  await read("listLoadbalancers", [dc], { items: [{ id: balancer.id }] });
  await read("getLoadbalancer", [dc, balancer.id], { id: balancer.id });
  await change("patchLoadbalancer", [dc, balancer.id, { name: "lb" }], { properties: { name: "lb" } });
  await change("updateLoadbalancer", [dc, balancer.id, { properties: { name: "put" } }], { properties: { name: "put" } });
  await change("associateNics", [dc, balancer.id, { id: nic.id }], { id: nic.id });
  await read("listBalancedNics", [dc, balancer.id], { items: [{ id: nic.id }] });
  await read("getBalancedNic", [dc, balancer.id, nic.id], { id: nic.id });
  await change("deleteBalancedNic", [dc, balancer.id, nic.id]);
  await change("deleteLoadbalancer", [dc, balancer.id]);

  for (const name of ["stopServer", "startServer", "rebootServer"]) await change(name, [dc, server.id]);

  const snapshot = await change("createSnapshot", [dc, volume.id, { name: "kept", description: "text" }], { properties: { name: "kept" } });
  await read("listSnapshots", [], { items: [{ id: snapshot.id }] });
  await read("getSnapshot", [snapshot.id], { properties: { description: "text", size: 13 } });
  await change("patchSnapshot", [snapshot.id, { name: "snap" }], { properties: { name: "snap" } });
  await change("updateSnapshot", [snapshot.id, { properties: { name: "put", licenceType: "LINUX" } }], { properties: { name: "put" } });
  await change("restoreSnapshot", [dc, volume.id, { snapshotId: snapshot.id }]);
  await change("deleteSnapshot", [snapshot.id]);

  const block = await change("reserveIpblock", [{ properties: { name: "block", location: "de/fra", size: "2" } }], (it) => it.properties.ips.length === 2);
  await read("listIpblocks", [], { items: [{ id: block.id }] });
  await read("getIpblock", [block.id], { properties: { size: 2 } });
  await change("releaseIpblock", [block.id]);

  // Users, groups and shares; these responses have no request to wait for.
  const atOnce = async (name, values, expected) => {
    const response = await step(name, () => call(name, ...values), (it) => it.status < 300);
    if (response && expected) await step(`response of ${name}`, () => response.data, expected);
    return response && response.data;
  };
  const group = await atOnce("createGroup", [{ properties: { name: "admins", createDataCenter: true } }], { properties: { name: "admins" } });
  await read("listGroups", [], (it) => it.items.some((each) => each.id === group.id));
  await read("getGroup", [group.id], { properties: { createDataCenter: true } });
  await atOnce("updateGroup", [group.id, { properties: { name: "all", createSnapshot: true } }], { properties: { name: "all", createSnapshot: true } });
  const user = await atOnce("createUser", [{ properties: { firstname: "Ada", lastname: "Example", email: "ada@example.com", password: "secretpassword123", administrator: false, forceSecAuth: false } }], { properties: { firstname: "Ada" } });
  await read("listUsers", [], (it) => it.items.some((each) => each.id === user.id));
  await read("getUser", [user.id], { properties: { email: "ada@example.com", active: true } });
  await atOnce("updateUser", [user.id, { properties: { firstname: "Ada", lastname: "Other", email: "ada@example.com", administrator: false, forceSecAuth: false } }], { properties: { lastname: "Other" } });
  await atOnce("addGroupUser", [group.id, { id: user.id }], { id: user.id });
  await read("listGroupUsers", [group.id], { items: [{ id: user.id }] });
  await atOnce("addShare", [group.id, dc, { properties: { editPrivilege: true } }], { properties: { editPrivilege: true } });
  await read("listShares", [group.id], { items: [{ id: dc }] });
  await read("getShare", [group.id, dc], { properties: { editPrivilege: true } });
  await atOnce("updateShare", [group.id, dc, { properties: { sharePrivilege: true } }], { properties: { sharePrivilege: true } });
  await atOnce("removeShare", [group.id, dc]);
  await atOnce("removeGroupUser", [group.id, user.id]);
  await read("listResources", [], (it) => it.items.length);
  await read("listResourcesByType", ["datacenter"], { items: [{ id: dc }] });
  await read("getResourceByType", ["datacenter", dc], { id: dc });
  const key = await atOnce("createS3Key", [user.id], (it) => it.properties.secretKey);
  await read("listS3Keys", [user.id], { items: [{ id: key.id }] });
  await read("getS3Key", [user.id, key.id], { id: key.id });
  await atOnce("disableS3Key", [user.id, key.id], { properties: { active: false } });
  await atOnce("enableS3Key", [user.id, key.id], { properties: { active: true } });
  await read("getS3SsoUrl", [user.id], (it) => it.ssoUrl);
  await atOnce("deleteS3Key", [user.id, key.id]);
  await atOnce("deleteUser", [user.id]);
  await atOnce("deleteGroup", [group.id]);

  // Kubernetes.
  const cluster = await atOnce("createK8SCluster", ["cluster"], { properties: { name: "cluster" } });
  await sleep(100);
  await read("listK8SClusters", [], { items: [{ id: cluster.id }] });
  await read("getK8SCluster", [cluster.id], { metadata: { state: "ACTIVE" } });
  await read("getK8SClusterConfig", [cluster.id], (it) => it);
  await atOnce("updateK8SCluster", [cluster.id, "other"], { properties: { name: "other" } });
  await sleep(100);
  const pool = await atOnce("createK8SClusterNodePool", [cluster.id, { properties: {
    name: "pool", datacenterId: dc, nodeCount: "1", cpuFamily: "AMD_OPTERON", coresCount: 1, ramSize: 2048, availabilityZone: "AUTO", storageType: "HDD", storageSize: 10,
  } }], { properties: { name: "pool", nodeCount: 1 } });
  await sleep(100);
  await read("listK8SClusterNodePools", [cluster.id], { items: [{ id: pool.id }] });
  await read("getK8SClusterNodePool", [cluster.id, pool.id], { properties: { name: "pool" } });
  await atOnce("updateK8SClusterNodePool", [cluster.id, pool.id, { properties: { nodeCount: 2 } }], { properties: { nodeCount: 2 } });
  await sleep(100);
  await atOnce("deleteK8SClusterNodePool", [cluster.id, pool.id]);
  await sleep(100);
  await atOnce("deleteK8SCluster", [cluster.id]);

  await read("listRequests", [], (it) => it.items.length);
  await change("deleteNic", [dc, server.id, nic.id]);
  await change("detachVolume", [dc, server.id, volume.id]);
  await change("deleteVolume", [dc, volume.id]);
  await change("deleteServer", [dc, server.id]);
  await change("deleteLan", [dc, lan.id]);
  await change("deleteDatacenter", [dc]);
  await step("data center is gone", () => call("getDatacenter", dc), { status: 404 });
});

from pathlib import Path

import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.KubernetesApi(client)
    cluster = api.k8s_post({"properties": {"name": "shop"}}, _wait=True)
    pool = {
        "name": "pool",
        "datacenter_id": "datacenter_id_example",
        "node_count": 2,
        "server_type": "VCPU",
        "cores_count": 2,
        "ram_size": 4096,
        "availability_zone": "AUTO",
        "storage_type": "SSD",
        "storage_size": 20,
    }
    api.k8s_nodepools_post(cluster.id, {"properties": pool}, _wait=True)
    Path("kubeconfig.yaml").write_text(api.k8s_kubeconfig_get(cluster.id))

import json
from pathlib import Path

import boto3

eks = boto3.client("eks")
subnets = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
role = "arn:aws:iam::123456789012:role/eks-"
eks.create_cluster(name="shop", roleArn=f"{role}cluster", resourcesVpcConfig={"subnetIds": subnets})
eks.get_waiter("cluster_active").wait(name="shop")
eks.create_nodegroup(
    clusterName="shop",
    nodegroupName="pool",
    nodeRole=f"{role}nodes",
    subnets=subnets,
    instanceTypes=["t3.medium"],
    diskSize=20,
    scalingConfig={"minSize": 2, "maxSize": 2, "desiredSize": 2},
)
eks.get_waiter("nodegroup_active").wait(clusterName="shop", nodegroupName="pool")
cluster = eks.describe_cluster(name="shop")["cluster"]
authority = cluster["certificateAuthority"]["data"]
command = {"command": "aws", "args": ["eks", "get-token", "--cluster-name", "shop"]}
user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", **command}}
server = {"server": cluster["endpoint"], "certificate-authority-data": authority}
kubeconfig = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "shop", "cluster": server}],
    "users": [{"name": "shop", "user": user}],
    "contexts": [{"name": "shop", "context": {"cluster": "shop", "user": "shop"}}],
    "current-context": "shop",
}
Path("kubeconfig.yaml").write_text(json.dumps(kubeconfig))

from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

ec2 = boto3.client("ec2", config=Config(max_pool_connections=20))


def rename(volume):
    name = next((tag["Value"] for tag in volume.get("Tags", []) if tag["Key"] == "Name"), volume["VolumeId"])
    ec2.create_tags(Resources=[volume["VolumeId"]], Tags=[{"Key": "Name", "Value": f"prod-{name}"}])
    return f"prod-{name}"


pages = ec2.get_paginator("describe_volumes").paginate()
with ThreadPoolExecutor(20) as threads:
    for name in threads.map(rename, (volume for page in pages for volume in page["Volumes"])):
        print(name)

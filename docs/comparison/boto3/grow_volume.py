import time

import boto3

ec2 = boto3.client("ec2")
ids = ["vol-0123456789abcdef0"]
state = ec2.modify_volume(VolumeId=ids[0], Size=100)["VolumeModification"]["ModificationState"]
deadline = time.monotonic() + 600
while state == "modifying":
    if time.monotonic() > deadline:
        raise TimeoutError(f"change of {ids[0]} is {state}")
    time.sleep(5)
    state = ec2.describe_volumes_modifications(VolumeIds=ids)["VolumesModifications"][0]["ModificationState"]
if state == "failed":
    raise RuntimeError(f"change of {ids[0]} has failed")

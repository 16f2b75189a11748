import boto3

snapshot = boto3.resource("ec2").Volume("vol-0123456789abcdef0").create_snapshot(Description="before-upgrade")
snapshot.wait_until_completed()
print(snapshot.id)

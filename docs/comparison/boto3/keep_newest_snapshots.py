import boto3

tag = {"Name": "tag:job", "Values": ["nightly"]}
snapshots = boto3.resource("ec2").snapshots.filter(OwnerIds=["self"], Filters=[tag])
for snapshot in sorted(snapshots, key=lambda snapshot: snapshot.start_time)[:-7]:
    snapshot.delete()

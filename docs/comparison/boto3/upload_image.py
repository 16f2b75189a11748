import boto3

boto3.client("s3").upload_file("base.vmdk", "images-bucket-example", "base.vmdk")
ec2 = boto3.client("ec2")
source = {"S3Bucket": "images-bucket-example", "S3Key": "base.vmdk"}
task = ec2.import_snapshot(DiskContainer={"Format": "VMDK", "UserBucket": source})["ImportTaskId"]
ec2.get_waiter("snapshot_imported").wait(ImportTaskIds=[task])
(imported,) = ec2.describe_import_snapshot_tasks(ImportTaskIds=[task])["ImportSnapshotTasks"]
disk = {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": imported["SnapshotTaskDetail"]["SnapshotId"]}}
image = ec2.register_image(
    Name="base",
    Architecture="x86_64",
    RootDeviceName="/dev/sda1",
    VirtualizationType="hvm",
    EnaSupport=True,
    BlockDeviceMappings=[disk],
)
print(image["ImageId"])

from pathlib import Path

import boto3

ec2 = boto3.resource("ec2")
(subnet,) = ec2.subnets.filter(Filters=[{"Name": "tag:Name", "Values": ["public"]}])
ec2.import_key_pair(KeyName="web-1", PublicKeyMaterial=Path("id_ed25519.pub").read_bytes())
(server,) = ec2.create_instances(
    ImageId="resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
    InstanceType="t3.medium",
    MinCount=1,
    MaxCount=1,
    KeyName="web-1",
    BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20}}],
    NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": subnet.id, "AssociatePublicIpAddress": True}],
    TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web-1"}]}],
)
server.wait_until_running()
server.reload()
print(server.public_ip_address)

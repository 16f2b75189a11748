import boto3

ec2 = boto3.resource("ec2")
server = ec2.Instance("i-0123456789abcdef0")
tags = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "data"}]}]
zone = server.placement["AvailabilityZone"]
volume = ec2.create_volume(AvailabilityZone=zone, Size=50, VolumeType="gp3", TagSpecifications=tags)
ec2.meta.client.get_waiter("volume_available").wait(VolumeIds=[volume.id])
server.attach_volume(Device="/dev/sdf", VolumeId=volume.id)
ec2.meta.client.get_waiter("volume_in_use").wait(VolumeIds=[volume.id])
print(volume.id)

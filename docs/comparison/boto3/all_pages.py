import boto3

print(sum(volume.size for volume in boto3.resource("ec2").volumes.all()))

import boto3

for address in boto3.resource("ec2").vpc_addresses.all():
    if address.association_id is None:
        address.release()

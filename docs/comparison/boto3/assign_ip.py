import boto3

ec2 = boto3.client("ec2")
address = ec2.allocate_address(Domain="vpc")
ec2.associate_address(AllocationId=address["AllocationId"], InstanceId="i-0123456789abcdef0")
print(address["PublicIp"])

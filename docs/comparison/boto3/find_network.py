import boto3

(vpc,) = boto3.resource("ec2").vpcs.filter(Filters=[{"Name": "tag:Name", "Values": ["prod"]}])
print(vpc.id)

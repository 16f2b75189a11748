import boto3

ec2 = boto3.resource("ec2")
ec2.create_tags(Resources=["i-0123456789abcdef0"], Tags=[{"Key": "stage", "Value": "production"}])
for server in ec2.instances.filter(Filters=[{"Name": "tag:stage", "Values": ["production"]}]):
    print(server.id)

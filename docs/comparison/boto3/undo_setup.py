from contextlib import ExitStack

import boto3

ec2 = boto3.resource("ec2")
with ExitStack() as undo:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")
    undo.callback(vpc.delete)
    subnet = vpc.create_subnet(CidrBlock="10.0.1.0/24")
    undo.callback(subnet.delete)
    image = "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
    (server,) = subnet.create_instances(ImageId=image, InstanceType="t3.medium", MinCount=1, MaxCount=1)
    undo.callback(server.wait_until_terminated)
    undo.callback(server.terminate)
    server.wait_until_running()
    undo.pop_all()
print(server.id)

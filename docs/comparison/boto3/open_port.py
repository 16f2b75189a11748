import boto3

ec2 = boto3.resource("ec2")
(group,) = ec2.security_groups.filter(Filters=[{"Name": "group-name", "Values": ["web"]}])
group.authorize_ingress(IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="0.0.0.0/0")

import boto3

ssm = boto3.client("ssm", region_name="eu-central-1")
name = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
print(ssm.get_parameter(Name=name)["Parameter"]["Value"])

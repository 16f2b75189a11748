import json

import boto3

arn = "arn:aws:ec2:eu-central-1:123456789012:instance/i-0123456789abcdef0"
actions = ["ec2:StartInstances", "ec2:StopInstances"]
statement = {"Effect": "Allow", "Action": actions, "Resource": arn}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
boto3.client("iam").put_group_policy(GroupName="developers", PolicyName="share", PolicyDocument=policy)

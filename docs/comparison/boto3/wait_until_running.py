import boto3

boto3.resource("ec2").Instance("i-0123456789abcdef0").wait_until_running()

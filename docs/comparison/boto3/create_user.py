import os

import boto3

iam = boto3.client("iam")
iam.create_user(UserName="developer")
password = os.environ["INITIAL_PASSWORD"]
iam.create_login_profile(UserName="developer", Password=password, PasswordResetRequired=True)
iam.add_user_to_group(GroupName="developers", UserName="developer")

import csv

import boto3

with open("servers.csv", "w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file)
    for profile in ("shop", "blog"):
        for server in boto3.Session(profile_name=profile).resource("ec2").instances.all():
            name = next((tag["Value"] for tag in server.tags or [] if tag["Key"] == "Name"), "")
            writer.writerow([profile, server.id, name, server.state["Name"]])

import boto3

for server in boto3.resource("ec2").instances.all():
    name = next((tag["Value"] for tag in server.tags or [] if tag["Key"] == "Name"), "")
    ips = [address for address in (server.public_ip_address, server.private_ip_address) if address]
    print(name, server.state["Name"], *ips)

import boto3

server = boto3.resource("ec2").Instance("i-0123456789abcdef0")
names = [volume["DeviceName"] for volume in server.block_device_mappings]
mappings = [{"DeviceName": name, "Ebs": {"DeleteOnTermination": True}} for name in names]
server.modify_attribute(BlockDeviceMappings=mappings)
server.terminate()
server.wait_until_terminated()

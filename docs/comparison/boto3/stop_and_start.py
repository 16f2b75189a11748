import boto3

server = boto3.resource("ec2").Instance("i-0123456789abcdef0")
server.stop()
server.wait_until_stopped()
server.start()
server.wait_until_running()

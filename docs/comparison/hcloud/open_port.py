import os

from hcloud import Client
from hcloud.firewalls import FirewallRule

client = Client(token=os.environ["HCLOUD_TOKEN"])
firewall = client.firewalls.get_by_name("web")
if firewall is None:
    raise SystemExit("no firewall has the name web")
rule = FirewallRule(direction="in", protocol="tcp", port="443", source_ips=["0.0.0.0/0", "::/0"])
for action in firewall.set_rules([*firewall.rules, rule]):
    action.wait_until_finished()

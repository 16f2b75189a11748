"""Network and application load balancers, and their forwarding rules. Those of v5 are in `networks`."""

from __future__ import annotations

from collections.abc import Hashable
from urllib.parse import quote

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.addresses import (
    find_lan,
    is_network,
    is_private,
    is_private_interface,
    lan_interface,
    lan_key,
    removed_address_violations,
    reserved_address_violations,
)
from ionoscloud.emulator.rules.contracts import limit_violations
from ionoscloud.emulator.rules.datacenters import count_version
from ionoscloud.emulator.rules.paths import (
    APPLICATION_BALANCER_RULES,
    APPLICATION_BALANCERS,
    NETWORK_BALANCER_RULES,
    NETWORK_BALANCERS,
    TARGET_GROUPS,
)
from ionoscloud.emulator.rules.shared import ancestor, is_new, location_of
from ionoscloud.emulator.rules.tables import index_keys, side_effects, validators
from ionoscloud.emulator.rules.targetgroups import target_violations
from ionoscloud.emulator.store import ChangeRequest, Resource
from ionoscloud.emulator.types import Keys, Properties, Violations

REQUIRED_FOR = {"FORWARD": "targetGroup", "REDIRECT": "location", "STATIC": "responseMessage"}
ONLY_FOR = {  # attribute of an HTTP rule: the types of rules that can have it
    "targetGroup": ("FORWARD",),
    "location": ("REDIRECT",),
    "dropQuery": ("REDIRECT",),
    "contentType": ("STATIC",),
    "statusCode": ("REDIRECT", "STATIC"),
}
DEFAULTS = {"REDIRECT": {"statusCode": 301}, "STATIC": {"statusCode": 503}}  # of HTTP rules, by type
REDIRECT_STATUS = (301, 302, 303, 307, 308)
TYPES_WITH_KEY = ("HEADER", "COOKIE", "QUERY")  # of conditions


@index_keys.register(NETWORK_BALANCERS, APPLICATION_BALANCERS)
def _balancer_keys(balancer: Resource, planned: Properties) -> Keys:
    keys = {lan_key(balancer, planned[name]): 0 for name in ("listenerLan", "targetLan")}
    keys.update({("ip", address): 0 for address in planned.get("ips") or ()})
    if balancer.template == NETWORK_BALANCERS:
        keys["nlbProvisioned", balancer.contract] = 1
    return keys


@validators.register(NETWORK_BALANCERS, APPLICATION_BALANCERS)
def _validate_balancer(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    if resource.template == NETWORK_BALANCERS and is_new(resource):
        yield from limit_violations(inventory, resource, "name", 1, "nlbProvisioned", "network load balancers")
    listener, target = (find_lan(inventory, resource, planned[name]) for name in ("listenerLan", "targetLan"))
    for name, lan in (("listenerLan", listener), ("targetLan", target)):
        if lan is None:
            yield name, f"LAN {planned[name]} does not exist"
    if target and target.planned().get("public"):
        yield "targetLan", f"LAN {target.id} is public, but the targets need a private LAN"
    if target and target is listener:
        yield "targetLan", "The LAN of the targets cannot be that of the listener"
    if listener and values.keys() & {"listenerLan", "ips"}:
        addresses = planned.get("ips") or ()
        if listener.planned().get("public"):
            location = location_of(inventory, resource)
            yield from reserved_address_violations(inventory, resource, "ips", addresses, location)
        else:
            for address in addresses:
                if not is_private(address):
                    yield "ips", f"'{address}' is not a private IPv4 address, but LAN {listener.id} is private"
    if "ips" in values:
        yield from removed_address_violations(inventory, resource, "ips", values["ips"])
    for address in values.get("lbPrivateIps") or ():
        if not is_private_interface(address, prefix_required=True):
            yield "lbPrivateIps", f"'{address}' is not a private IPv4 address with the length of its prefix"


@side_effects.register(NETWORK_BALANCERS, APPLICATION_BALANCERS)
def _choose_private_address(
    inventory: Inventory, request: ChangeRequest, balancer: Resource, values: Properties | None
) -> None:
    """Choose an address on the LAN of the targets, if none is given."""
    count_version(inventory, request, balancer, values)
    planned, present = balancer.planned(), balancer.properties or {}
    if values is None or planned.get("lbPrivateIps"):
        return
    kept = present.get("lbPrivateIps") if present.get("targetLan") == planned["targetLan"] else None
    lan = find_lan(inventory, balancer, planned["targetLan"])
    assert lan
    inventory.store.change(request, balancer, {"lbPrivateIps": kept or [lan_interface(inventory, lan)]})


@index_keys.register(NETWORK_BALANCER_RULES)
def _listener_keys(rule: Resource, planned: Properties) -> Keys:
    address = planned.get("listenerIp")
    return {("rule on", _balancer_path(rule), address): 0, _listener_key(rule, planned): 0}


@index_keys.register(APPLICATION_BALANCER_RULES)
def _application_rule_keys(rule: Resource, planned: Properties) -> Keys:
    groups = (http["targetGroup"] for http in planned.get("httpRules") or () if http.get("targetGroup"))
    return {**_listener_keys(rule, planned), **{("target group", group): 0 for group in groups}}


def _balancer_path(rule: Resource) -> str:
    return rule.path.rsplit("/", 2)[0]


def _listener_key(rule: Resource, planned: Properties) -> Hashable:
    listener = (planned.get(name) for name in ("listenerIp", "listenerPort", "protocol"))
    return "listener", _balancer_path(rule), *listener


@validators.register(NETWORK_BALANCER_RULES)
def _validate_rule(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    yield from _listener_violations(inventory, resource, planned)
    yield from target_violations(planned.get("targets") or ())


@validators.register(APPLICATION_BALANCER_RULES)
def _validate_application_rule(
    inventory: Inventory, resource: Resource, values: Properties, planned: Properties
) -> Violations:
    yield from _listener_violations(inventory, resource, planned)
    names: set[str] = set()
    for index, rule in enumerate(values.get("httpRules") or ()):
        if rule["name"] in names:
            yield f"httpRules.[{index}].name", f"Another HTTP rule has the name '{rule['name']}'"
        names.add(rule["name"])
        for name, text in _http_rule_violations(inventory, resource, rule):
            yield f"httpRules.[{index}].{name}", text


def _listener_violations(inventory: Inventory, rule: Resource, planned: Properties) -> Violations:
    address, port, protocol = (planned[name] for name in ("listenerIp", "listenerPort", "protocol"))
    if address not in (ancestor(inventory, rule, rule.template.rpartition("/{}")[0]).planned().get("ips") or ()):
        yield "listenerIp", f"'{address}' is not an IP address of the load balancer"
    for other in inventory.store.with_key(_listener_key(rule, planned), rule.contract):
        if other is not rule and other.will_exist():
            yield "listenerPort", f"Forwarding rule {other.id} listens on port {port} of {address} with {protocol}"


def _http_rule_violations(inventory: Inventory, resource: Resource, rule: Properties) -> Violations:
    kind = rule["type"]
    if not rule.get(REQUIRED_FOR[kind]):
        yield REQUIRED_FOR[kind], f"Attribute '{REQUIRED_FOR[kind]}' is required for type {kind}"
    for name, kinds in ONLY_FOR.items():
        if rule.get(name) and kind not in kinds:
            yield name, f"Attribute '{name}' is only allowed for type {' or '.join(kinds)}"
    if kind == "REDIRECT" and rule.get("statusCode", 301) not in REDIRECT_STATUS:
        yield "statusCode", f"The status of a redirect has to be one of {', '.join(map(str, REDIRECT_STATUS))}"
    if kind == "FORWARD" and (group := rule.get("targetGroup")):
        path = f"{TARGET_GROUPS}/{quote(group, safe='')}"
        found = inventory.store.resource(path)
        if not (found and found.will_exist() and inventory.store.is_visible(path, resource.contract)):
            yield "targetGroup", f"Target group '{group}' does not exist"
    for index, condition in enumerate(rule.get("conditions") or ()):
        for name, text in _condition_violations(condition):
            yield f"conditions.[{index}].{name}", text


def _condition_violations(given: Properties) -> Violations:
    kind, condition, value = given["type"], given["condition"], given.get("value")
    if (condition is None) != (kind == "SOURCE_IP"):
        yield "condition", f"The condition {'has to' if kind == 'SOURCE_IP' else 'cannot'} be null for type {kind}"
    if given.get("key") and kind not in TYPES_WITH_KEY:
        yield "key", f"Attribute 'key' is only allowed for type {' or '.join(TYPES_WITH_KEY)}"
    if condition == "EXISTS":
        if value:
            yield "value", "Attribute 'value' is not allowed for condition EXISTS"
    elif not value:
        yield "value", f"Attribute 'value' is required for {f'condition {condition}' if condition else f'type {kind}'}"
    elif kind == "SOURCE_IP" and not is_network(value):
        yield "value", f"'{value}' is not an IPv4 network in CIDR notation"


@side_effects.register(APPLICATION_BALANCER_RULES)
def _complete_http_rules(
    inventory: Inventory, request: ChangeRequest, rule: Resource, values: Properties | None
) -> None:
    """Add the status of responses, and move the HTTP rules that forward requests to the end."""
    if values and values.get("httpRules"):
        rules = [{**DEFAULTS.get(http["type"], {}), **http} for http in values["httpRules"]]
        inventory.store.change(request, rule, {"httpRules": sorted(rules, key=lambda http: http["type"] == "FORWARD")})

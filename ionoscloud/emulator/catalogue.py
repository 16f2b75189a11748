"""Initial resources, and values that the API offers: locations, limits, Kubernetes versions, public addresses."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from ipaddress import IPv6Network, ip_network
from itertools import cycle

from ionoscloud.emulator.document import identifier_of
from ionoscloud.emulator.store import Resource, Store
from ionoscloud.emulator.types import JsonObject, Properties

LOCATIONS = {"de/fra": "frankfurt", "de/txl": "berlin", "gb/lhr": "london", "us/las": "las vegas", "us/ewr": "newark"}
FEATURES = ("SSD", "MULTIPLE_CPU")
KUBERNETES_VERSIONS = ("1.20.10", "1.21.9", "1.22.6")  # oldest first
MAINTENANCE = {"dayOfTheWeek": "Sunday", "time": "02:30:00Z"}
# All public addresses: the networks for documentation (RFC 5737), then the one for benchmarks (RFC 2544).
PUBLIC_NETWORKS = [*map(ip_network, ("203.0.113.0/24", "192.0.2.0/24", "198.51.100.0/24", "198.18.0.0/15"))]
PUBLIC_ADDRESSES = sum(network.num_addresses - 2 for network in PUBLIC_NETWORKS)
IPV6_NETWORK = IPv6Network("2001:db8::/32")  # for documentation (RFC 3849); each data center gets a part
HOT_PLUG_PARTS = ("cpu", "ram", "nic", "discVirtio", "discScsi")
LIMITS = {
    "coresPerServer": 62,
    "coresPerContract": 500,
    "ramPerServer": 245760,
    "ramPerContract": 2097152,
    "hddLimitPerVolume": 4 * 1024 * 1024,
    "hddLimitPerContract": 100 * 1024 * 1024,
    "ssdLimitPerVolume": 4 * 1024 * 1024,
    "ssdLimitPerContract": 100 * 1024 * 1024,
    "reservableIps": 50,
    "k8sClusterLimitTotal": 5,
    "natGatewayLimitTotal": 5,
    "nlbLimitTotal": 5,
    "securityGroupsPerVdc": 200,
    "securityGroupsPerResource": 10,
    "rulesPerSecurityGroup": 100,
}
# Family, vendor, maximum cores and memory in MB of a server, features, locations. The first family is the default.
CPU_ARCHITECTURES = (
    ("AMD_OPTERON", "AuthenticAMD", 62, 245760, (), LOCATIONS),
    ("INTEL_XEON", "GenuineIntel", 62, 245760, (), LOCATIONS),
    ("INTEL_SKYLAKE", "GenuineIntel", 62, 245760, (), LOCATIONS),
    ("INTEL_ICELAKE", "GenuineIntel", 32, 225280, (), ("de/fra", "de/txl")),
    ("AMD_EPYC", "AuthenticAMD", 62, 245760, ("SEV-SNP",), ("de/fra",)),
)
CPU_FAMILIES = tuple(row[0] for row in CPU_ARCHITECTURES)
GPU_ARCHITECTURES: Mapping[str, list[JsonObject]] = {"de/fra": [{"vendor": "NVIDIA", "model": "H200"}]}  # by location
# Name, category, cores, memory and storage in GB, number of GPUs.
TEMPLATE_ROWS = """
Basic Cube XS  | Basic Cube  | 1  | 2    | 60   | 0
Basic Cube S   | Basic Cube  | 2  | 4    | 120  | 0
Basic Cube M   | Basic Cube  | 4  | 8    | 240  | 0
Basic Cube L   | Basic Cube  | 8  | 16   | 480  | 0
Basic Cube XL  | Basic Cube  | 16 | 32   | 960  | 0
Memory Cube S  | Memory Cube | 2  | 8    | 120  | 0
Memory Cube M  | Memory Cube | 4  | 16   | 240  | 0
Memory Cube L  | Memory Cube | 8  | 32   | 480  | 0
Memory Cube XL | Memory Cube | 16 | 64   | 960  | 0
GPU S          | GPU VM      | 15 | 267  | 1024 | 1
GPU M          | GPU VM      | 30 | 534  | 2048 | 2
GPU L          | GPU VM      | 60 | 1068 | 3072 | 4
"""
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
- name: {cluster}
  cluster: {{server: "https://{cluster}.example.com"}}
contexts:
- name: admin
  context: {{cluster: {cluster}, user: admin}}
current-context: admin
users:
- name: admin
  user: {{token: example-token}}
"""
NAMESPACE = uuid.UUID("0b8a2f5e-6c1d-5a47-9d3e-2f7c4b9e1a60")  # of ids that are the same in every emulator
PUBLISHED = {
    event + key: value
    for event in ("created", "lastModified")
    for key, value in {"Date": "2024-03-04T08:30:00Z", "By": "System", "ByUserId": "[UNKNOWN]"}.items()
}

# Alias, version, name of the disk, name of the ISO, licence, sizes of both in GB. `{}` is the version. The newest
# version of an alias comes last.
SYSTEMS = """
ubuntu       20.04    Ubuntu-{}-LTS-server    ubuntu-{}-live-server-amd64.iso       LINUX       3.0  1.24
ubuntu       22.04    Ubuntu-{}-LTS-server    ubuntu-{}-live-server-amd64.iso       LINUX       3.0  1.83
ubuntu       24.04    Ubuntu-{}-LTS-server    ubuntu-{}-live-server-amd64.iso       LINUX       3.5  2.56
debian       10       Debian-{}-server        debian-{}.0.0-amd64-netinst.iso       LINUX       2.0  0.33
debian       11       Debian-{}-server        debian-{}.0.0-amd64-netinst.iso       LINUX       2.0  0.37
debian       12       Debian-{}-server        debian-{}.0.0-amd64-netinst.iso       LINUX       2.0  0.72
almalinux    8        AlmaLinux-{}-server     AlmaLinux-{}-x86_64-boot.iso          LINUX       4.0  0.78
almalinux    9        AlmaLinux-{}-server     AlmaLinux-{}-x86_64-boot.iso          LINUX       4.0  0.81
rocky        8        Rocky-{}-server         Rocky-{}-x86_64-boot.iso              LINUX       4.0  0.74
rocky        9        Rocky-{}-server         Rocky-{}-x86_64-boot.iso              LINUX       4.0  0.86
centos       7        CentOS-{}-server        CentOS-{}-x86_64-NetInstall.iso       LINUX       4.0  0.57
centos       8-stream CentOS-{}-server        CentOS-{}-x86_64-boot.iso             LINUX       4.0  0.97
centos       9-stream CentOS-{}-server        CentOS-{}-x86_64-boot.iso             LINUX       4.0  0.91
fedora       39       Fedora-{}-server        Fedora-Server-netinst-x86_64-{}.iso   LINUX       4.0  0.66
fedora       40       Fedora-{}-server        Fedora-Server-netinst-x86_64-{}.iso   LINUX       4.0  0.69
opensuse     15.5     openSUSE-Leap-{}-server openSUSE-Leap-{}-NET-x86_64.iso       LINUX       2.5  0.24
opensuse     15.6     openSUSE-Leap-{}-server openSUSE-Leap-{}-NET-x86_64.iso       LINUX       2.5  0.25
freebsd      13.2     FreeBSD-{}-RELEASE      FreeBSD-{}-RELEASE-amd64-bootonly.iso OTHER       5.0  0.39
freebsd      14.0     FreeBSD-{}-RELEASE      FreeBSD-{}-RELEASE-amd64-bootonly.iso OTHER       5.0  0.43
systemrescue 10.02    systemrescue-{}         systemrescue-{}-amd64.iso             UNKNOWN     1.0  0.76
systemrescue 11.00    systemrescue-{}         systemrescue-{}-amd64.iso             UNKNOWN     1.0  0.88
windows      2012-r2  windows-{}-server       windows-{}-server.iso                 WINDOWS     12.0 4.32
windows      2016     windows-{}-server       windows-{}-server.iso                 WINDOWS2016 14.0 5.73
windows      2019     windows-{}-server       windows-{}-server.iso                 WINDOWS     14.5 4.93
windows      2022     windows-{}-server       windows-{}-server.iso                 WINDOWS2022 15.0 5.05
"""

PRIVATE_IMAGES: tuple[JsonObject, ...] = (
    {"name": "web-server.qcow2", "size": 4.5, "licenceType": "LINUX", "cloudInit": "V1"},
    {"name": "database.vmdk", "size": 20.0, "licenceType": "LINUX", "location": "de/txl"},
    {"name": "office.vhdx", "size": 32.25, "licenceType": "WINDOWS2016"},
    {"name": "rescue-tools.iso", "size": 0.39, "location": "gb/lhr"},
    {"name": "appliance.raw", "licenceType": "OTHER", "location": "us/las"},
)


@lru_cache
def cpu_architectures(location: str) -> list[JsonObject]:
    """Return the CPU families of a location, with their limits. All callers share the list."""
    return [
        {"cpuFamily": family, "maxCores": cores, "maxRam": ram, "vendor": vendor, "enabledFeatures": [*features]}
        for family, vendor, cores, ram, features, locations in CPU_ARCHITECTURES
        if location in locations
    ]


def _templates() -> Iterator[tuple[str, JsonObject]]:
    for row in TEMPLATE_ROWS.strip().splitlines():
        name, category, *numbers = (cell.strip() for cell in row.split("|"))
        cores, ram, storage, gpus = map(int, numbers)
        yield (
            str(uuid.uuid5(NAMESPACE, f"template {name}")),
            {
                "name": name,
                "cores": cores,
                "ram": ram * 1024,
                "storageSize": storage,
                "category": category,
                "storageType": "SSD Premium" if gpus else "DAS",
                "gpus": [{"vendor": "NVIDIA", "model": "H200", "type": "passthrough", "count": gpus}] if gpus else [],
            },
        )


TEMPLATES: Mapping[str, Properties] = dict(_templates())  # by id


def public_addresses() -> Iterator[str]:
    """Return all public addresses, in an endless cycle."""
    return cycle(str(address) for network in PUBLIC_NETWORKS for address in network.hosts())


def add_initial_resources(store: Store, contracts: Iterable[int]) -> None:
    """Add the account's user, the public images of every location, and private images for each contract."""
    user = {"firstname": "Demo", "lastname": "User", "email": store.user, "administrator": True, "active": True}
    flags = {"forceSecAuth": False, "secAuthActive": False}
    store.add("/um/users", store.user_id, "/um/users", contract=None, properties={**user, **flags})
    for identifier, details in _public_images():
        store.add("/images", identifier, "/images", contract=None, **details)
    for contract in contracts:
        for image in PRIVATE_IMAGES:
            add_image(store, contract, image, str(uuid.uuid5(NAMESPACE, f"{contract} {image['name']}")))


def add_image(
    store: Store,
    contract: int | None,
    properties: Properties,
    identifier: str | None = None,
    undocumented: frozenset[str] = frozenset(),
) -> Resource:
    """Add an image. Properties that are left out get plausible values. `contract` None makes it public.

    `undocumented` has the names of the properties that no version of the API has.
    """
    identifier = identifier_of(identifier or store.new_id())
    metadata = store.stamp("created", "lastModified")
    if contract is None:
        metadata.update(PUBLISHED)
    image = {**_image_properties(properties), "public": contract is None}
    details: JsonObject = {"contract": contract, "metadata": metadata, "undocumented": undocumented}
    return store.add("/images", identifier, "/images", properties=image, **details)


def _image_properties(properties: Properties) -> JsonObject:
    """Complete the properties of an image."""
    name = str(properties.get("name", "image.img"))
    return {
        "name": name,
        "description": None,
        "location": "de/fra",
        "size": 2.0,
        **{f"{part}Hot{way}": False for part in HOT_PLUG_PARTS for way in ("Plug", "Unplug")},
        "licenceType": "UNKNOWN",
        "imageType": "CDROM" if name.endswith(".iso") else "HDD",
        "imageAliases": [],
        "cloudInit": "NONE",
        "exposeSerial": False,
        "requireLegacyBios": True,
        "applicationType": "UNKNOWN",
        "requiredFeatures": [],
        **properties,
    }


@lru_cache(maxsize=1)
def _public_images() -> list[tuple[str, JsonObject]]:
    """Return the id, and the shared metadata and properties, of a disk and an ISO of each system in each location."""
    found: list[tuple[str, JsonObject]] = []
    images = [*_systems()]
    for location in LOCATIONS:
        for image in images:
            identifier = uuid.uuid5(NAMESPACE, f"{location} {image['name']}")
            properties = {**_image_properties({**image, "location": location}), "public": True}
            metadata = {"etag": identifier.hex, **PUBLISHED}
            found.append((str(identifier), {"metadata": metadata, "properties": properties}))
    return found


def _systems() -> Iterator[JsonObject]:
    """Return the properties of a disk and an ISO of each system, without location."""
    rows = [row.split() for row in SYSTEMS.strip().splitlines()]
    newest = {alias: version for alias, version, *_ in rows}
    for alias, version, disk, iso, licence, disk_size, iso_size in rows:
        tags = [version, "latest"] if version == newest[alias] else [version]
        common = {
            "licenceType": licence,
            **dict.fromkeys(("cpuHotPlug", "ramHotPlug", "nicHotPlug", "nicHotUnplug", "discVirtioHotPlug"), True),
            "discVirtioHotUnplug": "WINDOWS" not in licence,
        }
        yield {
            **common,
            "name": disk.format(version),
            "size": float(disk_size),
            "imageAliases": [f"{alias}:{tag}" for tag in tags],
            "cloudInit": "V1" if licence == "LINUX" else "NONE",
        }
        yield {
            **common,
            "name": iso.format(version),
            "size": float(iso_size),
            "imageAliases": [f"{alias}:{tag}_iso" for tag in tags],
        }

"""Rules for specific kinds of resources that the API document does not express.

Each module has the rules of one family of resources and registers them in the tables of `rules.tables`:

- `validators`: reject invalid values
- `id_generators`: ids other than UUIDs
- `defaults_on_create`: properties that the API fills in
- `side_effects`: changes of other resources
- `completions`: rules that depend on all changes of a request
- `delete_blockers`: reasons why a resource cannot be deleted now
- `actions`: effects of a POST such as `.../start`, or of a PUT such as `.../securitygroups`
- `index_keys`: keys to find and count resources
- `computed_properties`, `computed_collections`, `computed_responses`: computed on each read

Most rules are for all versions of the API; `rules.tables` says how to register one for a single version.
"""

from __future__ import annotations

# Importing a family registers its rules.
from ionoscloud.emulator.rules import (
    backupunits as backupunits,
    balancers as balancers,
    contracts as contracts,
    datacenters as datacenters,
    firewalls as firewalls,
    flowlogs as flowlogs,
    images as images,
    ipblocks as ipblocks,
    ipv6 as ipv6,
    kubernetes as kubernetes,
    labels as labels,
    natgateways as natgateways,
    networks as networks,
    securitygroups as securitygroups,
    servers as servers,
    targetgroups as targetgroups,
    templates as templates,
    users as users,
    volumes as volumes,
)
from ionoscloud.emulator.rules.tables import (
    abridged_collections as abridged_collections,
    actions as actions,
    completions as completions,
    computed_collections as computed_collections,
    computed_properties as computed_properties,
    computed_responses as computed_responses,
    defaults_on_create as defaults_on_create,
    delete_blockers as delete_blockers,
    id_generators as id_generators,
    index_keys as index_keys,
    side_effects as side_effects,
    validators as validators,
)

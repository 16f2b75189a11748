"""What single kinds of resources do beyond what the document says: their refusals, and what the API fills in.

Each module has the rules of one family of resources. They are filed in the tables of `rules.tables`.
"""

from __future__ import annotations

from ionoscloud.emulator.rules import (
    backupunits as backupunits,
    contracts as contracts,
    datacenters as datacenters,
    images as images,
    ipblocks as ipblocks,
    kubernetes as kubernetes,
    labels as labels,
    networks as networks,
    servers as servers,
    users as users,
    volumes as volumes,
)
from ionoscloud.emulator.rules.tables import (
    actions as actions,
    answers as answers,
    born as born,
    consequences as consequences,
    derived as derived,
    faults as faults,
    identifiers as identifiers,
    indexed as indexed,
    made_up as made_up,
    obstacles as obstacles,
    rank as rank,
    shortened as shortened,
)

"""The kubeconfig of a cluster: text in v6, with the attributes of the resource that v5 returns."""

from __future__ import annotations

from typing import ClassVar

from ionoscloud import models
from ionoscloud._models.fields import Field


class Kubeconfig(str):
    """The kubeconfig of a cluster as text, in YAML or JSON.

    `properties.kubeconfig` is the same text, so that programs for v5, where the API returns a `KubernetesConfig`, work
    with v6.
    """

    __slots__ = ()

    fields: ClassVar[dict[str, Field]] = {}

    @property
    def properties(self) -> models.KubernetesConfigProperties | None:
        """The text as a property, as in v5, where the type includes `None`."""
        return models.KubernetesConfigProperties(kubeconfig=str(self))

    def __repr__(self) -> str:
        return "Kubeconfig('***')"

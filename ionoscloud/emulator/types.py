"""Types of the JSON values that the modules exchange."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Union

Json = Union[dict[str, Any], list[Any], str, float, None]
JsonObject = dict[str, Any]
Properties = Mapping[str, Any]  # of a resource, or values to set; read-only, since the store shares them
Schema = Mapping[str, Any]  # JSON Schema in the dialect of OpenAPI 3.0
# Member of a collection: the stored resource (None if it is computed), and how the API shows it.
Member = tuple[Any, JsonObject]
Keys = Mapping[Hashable, int]  # index keys of a resource, each with the amount that it adds to the total of the key
Violation = tuple[str, str]  # a property, and the message about it
Violations = Iterator[Violation]

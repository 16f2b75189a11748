"""Text and bytes whose repr hides them."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# The functions walk values of any type.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import SupportsIndex

MASK = "***"


class SecretStr(str):
    """Text that does not show in its own repr, nor in the repr of a container.

    `repr()` is `'***'`, also of a slice, because tools slice long values before they show them. `str()`, formatting,
    concatenation and encoding give the text itself. Copies and pickles stay secret.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)

    def __str__(self) -> str:
        return self

    def __getitem__(self, key: SupportsIndex | slice) -> SecretStr:
        return SecretStr(super().__getitem__(key))

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return SecretStr, (str.__str__(self),)


class SecretBytes(bytes):
    """Bytes that do not show in a repr; see `SecretStr`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK.encode())

    __str__ = __repr__

    def __getitem__(self, key: Any) -> Any:
        value = super().__getitem__(key)
        return value if isinstance(value, int) else SecretBytes(value)

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return SecretBytes, (b"".join((self,)),)


def wrap_secrets(value: Any) -> Any:
    """Return text as `SecretStr` and bytes as `SecretBytes`, also within dicts, lists and tuples."""
    if isinstance(value, str):
        return value if isinstance(value, SecretStr) else SecretStr(value)
    if isinstance(value, bytes):
        return value if isinstance(value, SecretBytes) else SecretBytes(value)
    if isinstance(value, dict):
        return {key: wrap_secrets(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple)(map(wrap_secrets, value))
    return value


def unwrap_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers as plain `str`, because recorders write `SecretStr` with its class to their files."""
    try:
        return dict(zip(headers, map(str.__str__, headers.values())))
    except TypeError:  # a value that is not text
        return {name: str.__str__(v) if isinstance(v, str) else v for name, v in headers.items()}

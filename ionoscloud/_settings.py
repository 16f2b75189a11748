"""Types of the settings that `ApiClient` and its `with_options` accept by name, for type checkers and editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from urllib3.util import Retry

    from ionoscloud._call_options import Timeout
    from ionoscloud.configuration import Configuration
    from ionoscloud.hooks import RequestEvent, ResponseEvent, RetryEvent


class Settings(TypedDict, total=False):
    """Settings of `Configuration` that `ApiClient.with_options` can change."""

    host: str | None
    token: str | Mapping[str, str] | Callable[[], str] | None
    token_prefix: str | Mapping[str, str] | None
    username: str | None
    password: str | None
    discard_unknown_keys: bool
    disabled_client_side_validations: str
    api_key: dict[str, str] | None
    api_key_prefix: dict[str, str] | None
    api_version: int | str | None
    temp_folder_path: str | os.PathLike[str] | None
    refresh_token_hook: Callable[[Configuration], object] | None
    refresh_api_key_hook: Callable[[Configuration], object] | None
    on_request: Callable[[RequestEvent], object] | None
    on_response: Callable[[ResponseEvent], object] | None
    on_retry: Callable[[RetryEvent], object] | None
    application: str | None
    client_side_validation: bool
    allow_http: bool
    verify_ssl: bool
    ssl_ca_cert: str | os.PathLike[str] | None
    ca_cert_data: str | None
    cert_file: str | os.PathLike[str] | None
    key_file: str | os.PathLike[str] | None
    key_password: str | None
    assert_hostname: str | bool | None
    fingerprint: str | None
    connection_pool_maxsize: int | None
    proxy: str | None
    proxy_headers: Mapping[str, str] | None
    safe_chars_for_path_param: str
    timeout: Timeout
    total_timeout: float | None
    max_response_bytes: int
    retries: Retry | int | bool | None
    max_retries: int
    wait_time: float
    max_wait_time: float
    wait_timeout: float | None
    poll_interval: float | None
    contract_number: int | str | None
    debug: bool
    logger_file: str | os.PathLike[str] | None
    logger_format: str


class ClientSettings(Settings, total=False):
    """Settings that `ApiClient` accepts instead of a configuration: those of its constructor."""

    server_index: int | None
    server_variables: Mapping[str, str] | None
    server_operation_index: Mapping[str, int] | None
    server_operation_variables: Mapping[str, Mapping[str, str]] | None
    environ: Mapping[str, str] | None

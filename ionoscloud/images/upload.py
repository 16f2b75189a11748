"""Upload your own images over FTPS, because the API cannot create them.

`upload_image` runs three steps: `transfer_image` sends an image, `wait_for_images` waits until it is listed, and
`describe_images` sets its properties.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Union
from urllib.parse import urlsplit

from ionoscloud import _clock, _waiting
from ionoscloud._checks import HOOK, MAPPING, SECONDS, TEXT, WAIT_TIMEOUT, Rule, check_client, is_fingerprint
from ionoscloud._json import to_json
from ionoscloud._models.json import VALUES, to_wire
from ionoscloud._polling import MIN_POLL_TIMEOUT
from ionoscloud._redaction import describe_value, escape_unprintable
from ionoscloud._transport.retries import retry_policy
from ionoscloud.exceptions import ApiException, ApiFailedRequest, ApiTimeout, ApiTypeError, ApiValueError
from ionoscloud.images.deadline import Deadline
from ionoscloud.images.errors import ImageUploadError
from ionoscloud.images.ftps import PORT, FtpServer
from ionoscloud.images.search import find_images, find_private_images
from ionoscloud.images.source import open_source
from ionoscloud.images.transfer import DONE, JOIN_GRACE, Transfer, Upload, clean_up, run_all
from ionoscloud.models.image_properties import ImageProperties

if TYPE_CHECKING:
    from ionoscloud.api_client import ApiClient
    from ionoscloud.images.source import ImageSource, Source
    from ionoscloud.models.image import Image

    Progress = Callable[[str, int, Union[int, None]], object]

FTP_HOSTS = {
    "de/fra": "ftp-fra.ionos.com",
    "de/fra/2": "ftp-fra-2.ionos.com",
    "de/fkb": "ftp-fkb.ionos.com",
    "de/txl": "ftp-txl.ionos.com",
    "es/vit": "ftp-vit.ionos.com",
    "fr/par": "ftp-par.ionos.com",
    "gb/bhx": "ftp-bhx.ionos.com",
    "gb/lhr": "ftp-lhr.ionos.com",
    "us/ewr": "ftp-ewr.ionos.com",
    "us/las": "ftp-las.ionos.com",
    "us/mci": "ftp-mci.ionos.com",
}
DIRECTORIES = {
    "iso-images": (".img", ".iso"),
    "hdd-images": (".cow", ".qcow", ".qcow2", ".raw", ".vdi", ".vhd", ".vhdx", ".vmdk", ".vpc"),
}


def _is_iterable(value: Any) -> bool:
    return isinstance(value, Iterable)


_LOCATIONS = Rule("a location such as 'de/fra', or several", _is_iterable, is_optional=False)
_TRANSFERS = Rule("the result of transfer_image", _is_iterable, is_optional=False)
_IMAGES = Rule("a list of images", _is_iterable, is_optional=False)


def upload_image(
    client: ApiClient,
    source: Source,
    locations: str | Iterable[str],
    properties: ImageProperties | dict[str, Any] | None = None,
    *,
    name: str | None = None,
    hosts: Mapping[str, str] | None = None,
    fingerprint: str | Mapping[str, str] | None = None,
    progress: Progress | None = None,
    transfer_timeout: float | None = 6 * 3600,
    arrival_timeout: float | None = 3600,
    description_timeout: float | None = 600,
    initial_wait: float = 5,
) -> list[Image]:
    """Upload an image, wait until it is listed, set its properties, and return it for each location.

    Args:
        client: Client whose configuration has the user name and the password of the account.
        source, locations, name, hosts, fingerprint, progress: See `transfer_image`.
        properties: Properties to set, such as the licence type (schema `ImageProperties`); default none.
        transfer_timeout: Seconds for the transfers to all locations; `None` for no limit.
        arrival_timeout: Seconds after that until the images are listed; `None` for no limit.
        description_timeout: Seconds after that until the properties are set; `None` for no limit.
        initial_wait: Seconds between the first polls; see `wait_for_images`.

    Returns:
        An image for each location, in the order of `locations`.

    Raises:
        ImageUploadError: A step failed. With the `transfers` and `images` of the error you can run the remaining steps.
        ApiTypeError, ApiValueError, OSError: See `transfer_image`.
    """
    check_client(client)
    _check_properties(client, properties)
    WAIT_TIMEOUT.check("arrival_timeout", arrival_timeout)
    WAIT_TIMEOUT.check("description_timeout", description_timeout)
    SECONDS.check("initial_wait", initial_wait)
    transfers = transfer_image(
        client,
        source,
        locations,
        name=name,
        hosts=hosts,
        fingerprint=fingerprint,
        progress=progress,
        timeout=transfer_timeout,
    )
    images = wait_for_images(client, transfers, arrival_timeout, initial_wait=initial_wait)
    if not to_wire(properties):
        return images
    try:
        return describe_images(client, images, properties or {}, description_timeout, initial_wait=initial_wait)
    except ImageUploadError as error:
        error.transfers = transfers
        raise


def transfer_image(
    client: ApiClient,
    source: Source,
    locations: str | Iterable[str],
    *,
    name: str | None = None,
    hosts: Mapping[str, str] | None = None,
    fingerprint: str | Mapping[str, str] | None = None,
    progress: Progress | None = None,
    timeout: float | None = 6 * 3600,
) -> list[Transfer]:
    """Send an image to the FTP servers of one or more locations, to all at the same time.

    Before it sends anything, it validates the arguments, and checks that each server is trusted, accepts the
    credentials and does not have an image of that name. After a broken connection, it resumes a transfer up to
    `Configuration.max_retries` times if the source can seek. If a transfer fails, the others continue, and its
    incomplete file is deleted, which takes up to 30 seconds more. A file is deleted only if the server accepted it from
    this call, and not if it has more bytes than were sent.

    `Configuration` also provides the timeouts and the trusted certificates. Its `fingerprint`, `proxy` and
    `assert_hostname` (other than False) apply only to the API: FTP servers have their own names and certificates, and
    connections to them are direct.

    Args:
        client: Client whose configuration has the user name and the password of the account. Tokens do not work here.
        source: Path of a regular file, or an open binary stream, which is read from its current position. A stream
            that cannot seek can go to one location only, and is not resumed. If the source is changed or replaced
            during the upload, the transfers to all locations fail.
        locations: One location, or several, such as `["de/fra", "de/txl"]`.
        name: Name of the image; default is the name of the file. Its extension is the type of the image: `.img` or
            `.iso` for a CD; `.cow`, `.qcow`, `.qcow2`, `.raw`, `.vdi`, `.vhd`, `.vhdx`, `.vmdk` or `.vpc` for a disk.
        hosts: FTP servers by location, as `host` or `host:port`. They take precedence over the built-in ones.
        fingerprint: Fingerprint (SHA-256, SHA-1 or MD5, hexadecimal) of the certificate of the FTP servers, or a
            mapping with one for each location. It replaces the check of the host name.
        progress: Function that is called with the location, the bytes sent and the size (`None` if unknown): at the
            start, after each block, and with fewer bytes when a transfer resumes. It is called by several threads, but
            never by two at a time. If it raises an error, the transfer to that location fails.
        timeout: Seconds for all transfers; `None` for no limit.

    Returns:
        A transfer for each location, in the order of `locations`; all of them are done.

    Raises:
        ImageUploadError: A transfer failed. Its `error` is an `UnauthorizedException`, a `ConflictException` for a name
            that is taken, a `TlsException`, `TimeoutException` or `ConnectionException`, or an `ApiException` with the
            reply of the FTP server.
        ApiTypeError: An argument has the wrong type.
        ApiValueError: An argument is invalid, such as the path of a directory or a named pipe, or the configuration has
            no user name and password.
        OSError: The file cannot be opened.
    """
    WAIT_TIMEOUT.check("timeout", timeout)
    HOOK.check("progress", progress)
    TEXT.check("name", name)
    check_client(client)
    locations = [locations] if isinstance(locations, str) else list(_LOCATIONS.check("locations", locations))
    credentials = _credentials(client)
    addresses = _addresses(locations, MAPPING.check("hosts", hosts or {}))
    fingerprints = _fingerprints(locations, fingerprint)
    with open_source(source, name) as image:
        deadline = Deadline(timeout)
        name, directory = _name_and_directory(image.name)
        if len(locations) > 1 and not image.seekable:
            raise ApiValueError("source cannot seek, so it can be sent to one location only")
        policy, report = retry_policy(client.configuration), _one_at_a_time(progress)
        uploads: list[Upload] = []
        for location, address in zip(locations, addresses):
            server = FtpServer(client.configuration, *address, fingerprints.get(location), credentials)
            transfer = Transfer(location, name, server.address, directory, image.size)
            uploads.append(Upload(transfer, image, server, policy, deadline, report))
        try:
            _check_listed(client, uploads, deadline)
            for step in (Upload.check, Upload.transmit):
                if not any(upload.transfer.error for upload in uploads):
                    for upload in run_all(uploads, partial(Upload.run, step=step), deadline):
                        upload.abandon()
            _check_unchanged(image, uploads)
        finally:
            deadline.cancel()  # stops the threads if this one was interrupted
            clean_up(uploads)
    transfers = [upload.transfer for upload in uploads]
    cause = next((transfer.error for transfer in transfers if transfer.error), None)
    if cause:
        lines = "".join(f"\n  {transfer}" for transfer in transfers)
        raise ImageUploadError(f"{name} was not uploaded to every location:{lines}", transfers, (), cause) from cause
    return transfers


def wait_for_images(
    client: ApiClient, transfers: Iterable[Transfer], timeout: float | None = 3600, *, initial_wait: float = 5
) -> list[Image]:
    """Wait until uploaded images are listed, and return them.

    Args:
        client: Client that polls.
        transfers: Result of `transfer_image`; `Transfer(location, name)` is enough.
        timeout: Seconds to wait; `None` for no limit.
        initial_wait: Seconds between the first polls; doubled after every ten.

    Returns:
        An image for each transfer, in the same order.

    Raises:
        ImageUploadError: Some images were not listed in time, or a poll failed. The listed ones are its `images`.
        ApiValueError: A number is invalid, or a transfer failed.
    """
    check_client(client)
    transfers = list(_TRANSFERS.check("transfers", transfers))
    for transfer in transfers:
        if not isinstance(transfer, Transfer):
            raise ApiTypeError(f"transfers must be the result of transfer_image, not {describe_value(transfer)}")
        if transfer.error:
            raise ApiValueError(f"transfers must be done, not {transfer}")
    found: dict[tuple[str, str], Image] = {}

    keys = [(transfer.location, transfer.name) for transfer in transfers]

    def poll() -> bool:
        missing = [key for key in keys if key not in found]
        locations, names = {location for location, _ in missing}, {name for _, name in missing}
        only = locations.pop() if len(locations) == 1 else None
        for name in names:
            for image in find_images(client, name=name, location=only, public=False):
                found.setdefault((str(image.properties and image.properties.location), name), image)
        return found.keys() >= {*keys}

    try:
        _waiting.wait_for(bool, poll, timeout, initial_wait)
    except (ApiException, ApiTimeout) as error:
        listed = [found[key] for key in dict.fromkeys(keys) if key in found]
        missing = ", ".join(f"{name} in {location}" for location, name in keys if (location, name) not in found)
        raise ImageUploadError(f"uploaded, but not listed: {missing}: {error}", transfers, listed, error) from error
    return [found[key] for key in keys]


def describe_images(
    client: ApiClient,
    images: Iterable[Image],
    properties: ImageProperties | dict[str, Any],
    timeout: float | None = 600,
    *,
    initial_wait: float = 5,
) -> list[Image]:
    """Set properties of images, wait until they are set, and return the updated images.

    Args:
        client: Client that sends the requests.
        images: Images to change.
        properties: Properties to set (schema `ImageProperties`).
        timeout: Seconds to wait for all images; `None` for no limit.
        initial_wait: Seconds between the first polls; doubled after every ten.

    Raises:
        ImageUploadError: The API rejected changes, or changes failed. Its `images` are all images, also those that are
            unchanged.
        ApiTypeError, ApiValueError: An argument is invalid.
    """
    from ionoscloud.api.image_api import ImageApi

    check_client(client)
    _check_properties(client, properties)
    WAIT_TIMEOUT.check("timeout", timeout)
    deadline = None if timeout is None else _clock.monotonic() + timeout
    api = ImageApi(client)
    results = list(_IMAGES.check("images", images))
    for image in results:
        if not hasattr(image, "id"):
            raise ApiTypeError(f"images must be models of images, not {describe_value(image)}")
    accepted: dict[int, Mapping[str, str]] = {}
    failures: dict[int, Exception] = {}
    for index, image in enumerate(results):
        try:
            _, _, accepted[index] = api.images_patch_with_http_info(image.id or "", properties)
        except ApiException as error:
            failures[index] = error
    for index, headers in accepted.items():
        left = None if deadline is None else max(deadline - _clock.monotonic(), 0)
        try:
            client.wait_for_completion(headers, left, initial_wait)
            results[index] = api.images_find_by_id(results[index].id or "")
        except (ApiException, ApiFailedRequest, ApiTimeout) as error:
            failures[index] = error
    if failures:
        lines = "".join(f"\n  {_label(results[index])}: {failures[index]}" for index in sorted(failures))
        cause = failures[min(failures)]
        raise ImageUploadError(f"uploaded and listed, but not described:{lines}", (), results, cause) from cause
    return results


def _label(image: Image) -> str:
    properties = image.properties
    return escape_unprintable(f"{properties.location}: {properties.name} ({image.id})" if properties else str(image.id))


def _one_at_a_time(progress: Progress | None) -> Progress:
    lock = threading.Lock()

    def report(location: str, sent: int, total: int | None) -> None:
        if progress is not None:
            with lock:
                progress(location, sent, total)

    return report


def _check_listed(client: ApiClient, uploads: Sequence[Upload], deadline: Deadline) -> None:
    """Fail the uploads to locations with a private image of that name."""
    seconds = deadline.remaining(MIN_POLL_TIMEOUT)
    if client.configuration.total_timeout is not None:
        seconds = min(seconds, client.configuration.total_timeout)
    try:
        images = find_private_images(client, uploads[0].transfer.name, seconds)
    except ApiException as error:
        transfers = [upload.transfer for upload in uploads]
        raise ImageUploadError(f"nothing was uploaded: {error}", transfers, (), error) from error
    listed = {image.properties.location: image.id for image in images if image.properties}
    for upload in uploads:
        if upload.transfer.location in listed:
            upload.fail_listed(listed[upload.transfer.location])


def _check_unchanged(source: ImageSource, uploads: Sequence[Upload]) -> None:
    """Also fail completed uploads if the source has changed: locations may have different contents."""
    try:
        source.check(JOIN_GRACE)
    except Exception as error:  # a stream of the program can raise any exception
        for upload in uploads:
            if upload.transfer.state == DONE:
                upload.fail(error)


def _name_and_directory(name: str | None) -> tuple[str, str]:
    """Validate the name of an image, and return it with the directory for images of its type."""
    if name is None:
        raise ApiValueError("name is required: the source has no name")
    is_unsafe = any(character == "/" or ord(character) < 32 or 127 <= ord(character) < 160 for character in name)
    if is_unsafe or name in ("", ".", "..") or name.encode("utf-8", "replace").decode() != name:
        raise ApiValueError(f"name must be a file name without slashes and control characters, not {name!r}")
    extension = os.path.splitext(name)[1].lower()
    for directory, extensions in DIRECTORIES.items():
        if extension in extensions:
            return name, directory
    known = ", ".join(extension for extensions in DIRECTORIES.values() for extension in extensions)
    raise ApiValueError(f"name must end with the type of the image, one of {known}, not {name!r}")


def _addresses(locations: Sequence[str], hosts: Mapping[str, str]) -> list[tuple[str, int]]:
    """Return host and port of the FTP server of each location."""
    known = {**FTP_HOSTS, **hosts}
    result: list[tuple[str, int]] = []
    for location in locations:
        if not isinstance(location, str) or location not in known:
            raise ApiValueError(
                f"locations must be in hosts or one of {', '.join(known)}, not {describe_value(location)}"
            )
        address = _address(location, known[location])
        if address in result:  # two transfers would write the same file
            same = locations[result.index(address)]
            raise ApiValueError(f"locations must have different FTP servers, but {same} and {location} have the same")
        result.append(address)
    if not result:
        raise ApiValueError("locations must not be empty")
    return result


def _address(location: str, host: str) -> tuple[str, int]:
    problem = f"hosts[{location!r}] must be a host or host:port, such as {FTP_HOSTS['de/fra']}"
    if not isinstance(host, str) or any(character in "@/?# " or not character.isprintable() for character in host):
        raise ApiValueError(problem)  # does not show the value, which may contain credentials
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname, parts.port
    except ValueError as error:
        raise ApiValueError(f"{problem}, not {host!r}") from error
    if not name or port == 0:
        raise ApiValueError(f"{problem}, not {host!r}")
    return name, port or PORT


def _fingerprints(locations: Sequence[str], fingerprint: str | Mapping[str, str] | None) -> Mapping[str, str]:
    if fingerprint is None:
        return {}
    result = fingerprint if isinstance(fingerprint, Mapping) else dict.fromkeys(locations, fingerprint)
    for location, value in result.items():
        if not is_fingerprint(value):
            raise ApiValueError(
                f"fingerprint of {location} must be SHA-256, SHA-1 or MD5 in hexadecimal, not {describe_value(value)}"
            )
    return result


def _credentials(client: ApiClient) -> tuple[str, str]:
    credentials = client.configuration.user_and_password()
    if credentials is None:
        raise ApiValueError(
            "no user name and password: FTP servers do not accept tokens; set Configuration.username and password"
            " (or IONOS_USERNAME and IONOS_PASSWORD in the environment)"
        )
    for argument, value in zip(("username", "password"), credentials):
        if any(character in "\r\n\0" for character in value):
            raise ApiValueError(f"{argument} must be one line: FTP cannot send line breaks")
    return credentials


def _check_properties(client: ApiClient, properties: Any) -> None:
    """Check properties before an upload that can take hours."""
    if properties is not None and not isinstance(properties, (ImageProperties, dict)):
        raise ApiTypeError(f"properties must be ImageProperties or a dict, not {type(properties).__name__}")
    # These raise errors for values that JSON does not have, or the API cannot accept.
    version = client.configuration.api_version
    to_json(to_wire(properties, version=version, type_name="ImageProperties", checks=VALUES, where="properties"))

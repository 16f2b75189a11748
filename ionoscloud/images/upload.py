"""Bringing an image of your own: the API has no way to create one, so it is uploaded by FTPS, awaited, and described.

`upload_image` does all of it; `transfer_image`, `wait_for_images` and `describe_images` are its steps.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Union
from urllib.parse import urlsplit

from ionoscloud import _clock, _waiting
from ionoscloud._checks import SECONDS, WAIT_TIMEOUT, irregular, is_fingerprint
from ionoscloud._models.json import to_json, to_wire
from ionoscloud._redaction import SecretStr, printable, shown_value
from ionoscloud._transport.retries import policy_of
from ionoscloud.exceptions import (
    ApiException,
    ApiFailedRequest,
    ApiTimeout,
    ApiTypeError,
    ApiValueError,
    ImageUploadError,
)
from ionoscloud.images.ftps import PORT, Deadline, Door
from ionoscloud.images.search import find_images, find_own_images
from ionoscloud.images.transfer import DONE, GRACE, ImageStream, Transfer, Upload, clean_up, run_all
from ionoscloud.models.image_properties import ImageProperties

if TYPE_CHECKING:
    from ionoscloud.api_client import ApiClient
    from ionoscloud.models.image import Image

    Source = Union[str, os.PathLike[str], IO[bytes]]
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
    """Upload an image, wait until it is listed, describe it, and return it as it is in each location.

    Args:
        client: Client whose configuration has the user name and the password of the account.
        source, locations, name, hosts, fingerprint, progress: See `transfer_image`.
        properties: What the images shall have (schema `ImageProperties`), such as the licence; default is to leave
            them as they are.
        transfer_timeout: Seconds for the transfer to all locations; `None` for no limit.
        arrival_timeout: Seconds after that for the images to be listed; `None` for no limit.
        description_timeout: Seconds after that for the properties to be set; `None` for no limit.
        initial_wait: Seconds between the first questions for the state.

    Returns:
        An image for each location, in the order of the locations.

    Raises:
        ImageUploadError: A step went wrong; the error has the transfers and the images so far, from which the next
            steps can be taken up.
        ApiTypeError, ApiValueError, OSError: See `transfer_image`.
    """
    _check_properties(properties)
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
    """Send an image to the FTP servers of one or several locations, to all at the same time.

    Nothing is sent before everything is checked: the arguments, and for each location that the server is the right one,
    lets the account in, and has no image of that name. A transfer whose connection breaks goes on where it was, up to
    `Configuration.max_retries` times, if the source can be read again. One that fails leaves nothing on the server if
    that permits it, which takes 30 seconds more at most; the others go on. A file is only deleted if the server
    accepted it from this call, and not if it has more bytes than were sent.

    `Configuration` also says how certificates are verified and how long to wait for connections. Its `fingerprint`, its
    `assert_hostname` (other than False) and its `proxy` are for the API alone: FTP servers have names and certificates
    of their own, and are connected to directly.

    Args:
        client: Client whose configuration has the user name and the password of the account: no token is taken here.
        source: Path of a regular file, or an open binary stream, which is read from where it stands. One that cannot
            seek can go to one location only, and a broken connection is its end. If it changes or is replaced during
            the upload, all locations fail, and what they have of it is removed.
        locations: One, or several, such as `["de/fra", "de/txl"]`.
        name: Name of the image; default that of the file. Its extension says what it is: `.img` or `.iso` for a CD;
            `.cow`, `.qcow`, `.qcow2`, `.raw`, `.vdi`, `.vhd`, `.vhdx`, `.vmdk` or `.vpc` for a disk.
        hosts: FTP servers by location, as `host` or `host:port`, which go before the known ones.
        fingerprint: Fingerprint (SHA-256, SHA-1 or MD5, hexadecimal) that the certificate of the FTP server must have,
            or a mapping with one for each location. The name in the certificate does not matter then.
        progress: Called with the location, the bytes sent, and the bytes of the image (`None` if unknown): at the
            start, after each block, and with fewer bytes when a broken transfer is taken up. It is called by the
            threads of the transfers, but never by two at a time. What it raises ends the transfer to that location.
        timeout: Seconds for all of it; `None` for no limit.

    Returns:
        A transfer for each location, in the order of the locations; all of them are done.

    Raises:
        ImageUploadError: A transfer failed; its `error` is an `UnauthorizedException`, a `ConflictException` for a name
            that is taken, a `TlsException`, `TimeoutException` or `ConnectionException`, or an `ApiException` with what
            the FTP server said.
        ApiTypeError: An argument is of the wrong type.
        ApiValueError: An argument cannot be right, such as the path of a directory or of a named pipe, or user name and
            password are missing.
        OSError: The file cannot be opened.
    """
    WAIT_TIMEOUT.check("timeout", timeout)
    if progress is not None and not callable(progress):
        raise ApiTypeError(f"progress must be a function, not {shown_value(progress)}")
    places = _locations(locations)
    credentials = _credentials(client)
    addresses = _addresses(places, hosts or {})
    pins = _fingerprints(places, fingerprint)
    with _opened(source, name) as image, Deadline(timeout) as deadline:
        directory = _directory(image.name)
        if len(places) > 1 and not image.seekable:
            raise ApiValueError("source cannot seek, so that it can go to one location only")
        policy, lock = policy_of(client.configuration), threading.Lock()
        uploads: list[Upload] = []
        for location in places:
            door = Door(client.configuration, *addresses[location], pins.get(location), credentials)
            transfer = Transfer(location, image.name, door.address, directory, image.size)
            uploads.append(Upload(transfer, image, door, policy, deadline, partial(_report, lock, progress)))
        try:
            _check_listed(client, uploads, deadline)
            for step in (Upload.check, Upload.transmit):
                if not any(upload.transfer.error for upload in uploads):
                    for upload in run_all(uploads, partial(Upload.run, step=step), deadline):
                        upload.give_up()
            _check_unchanged(image, uploads)
        finally:
            deadline.cut()  # what still goes on, should the caller have been interrupted
            clean_up(uploads)
        _raise_failure(image.name, uploads)
        return [upload.transfer for upload in uploads]


def wait_for_images(
    client: ApiClient, transfers: Iterable[Transfer], timeout: float | None = 3600, *, initial_wait: float = 5
) -> list[Image]:
    """Wait until the images that were uploaded are listed, and return them.

    Args:
        client: Client that asks.
        transfers: What `transfer_image` returned; `Transfer(location, name)` is enough.
        timeout: Seconds to wait at most; `None` for no limit.
        initial_wait: Seconds between the first questions; doubled after every ten.

    Returns:
        An image for each transfer, in their order.

    Raises:
        ImageUploadError: Not all of them were listed in time, or asking went wrong; those that were are its `images`.
        ApiValueError: A number cannot be right, or a transfer failed.
    """
    transfers = list(transfers)
    for transfer in transfers:
        if transfer.error:
            raise ApiValueError(f"transfers must be those that are done, not {transfer}")
    found: dict[tuple[str, str], Image] = {}

    def missing() -> list[Transfer]:
        return [transfer for transfer in transfers if (transfer.location, transfer.name) not in found]

    def ask() -> None:
        places = {transfer.location for transfer in missing()}
        only = next(iter(places)) if len(places) == 1 else None
        for name in {transfer.name for transfer in missing()}:
            for image in find_images(client, name=name, location=only, public=False):
                location = image.properties.location if image.properties else None
                found.setdefault((str(location), name), image)

    try:
        _waiting.wait_for(lambda _: not missing(), ask, timeout, initial_wait)
    except (ApiException, ApiTimeout) as error:
        listed = [found[key] for key in dict.fromkeys((t.location, t.name) for t in transfers) if key in found]
        names = ", ".join(f"{transfer.name} in {transfer.location}" for transfer in missing())
        raise ImageUploadError(f"uploaded, but not listed: {names}: {error}", transfers, listed, error) from error
    return [found[transfer.location, transfer.name] for transfer in transfers]


def describe_images(
    client: ApiClient,
    images: Iterable[Image],
    properties: ImageProperties | dict[str, Any],
    timeout: float | None = 600,
    *,
    initial_wait: float = 5,
) -> list[Image]:
    """Set properties of images, wait until that is done, and return the images as they are then.

    Args:
        client: Client that asks.
        images: The images.
        properties: What they shall have (schema `ImageProperties`).
        timeout: Seconds to wait for all of them at most; `None` for no limit.
        initial_wait: Seconds between the first questions for the state; doubled after every ten.

    Raises:
        ImageUploadError: The API refused or failed for some of them; all are its `images`, those as they were.
        ApiTypeError, ApiValueError: An argument cannot be right.
    """
    from ionoscloud.api.image_api import ImageApi

    _check_properties(properties)
    WAIT_TIMEOUT.check("timeout", timeout)
    deadline = None if timeout is None else _clock.monotonic() + timeout
    api = ImageApi(client)
    results = list(images)
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
        lines = "".join(f"\n  {_place(results[index])}: {failures[index]}" for index in sorted(failures))
        cause = failures[min(failures)]
        raise ImageUploadError(f"uploaded and listed, but not described:{lines}", (), results, cause) from cause
    return results


def _place(image: Image) -> str:
    properties = image.properties
    return printable(f"{properties.location}: {properties.name} ({image.id})" if properties else str(image.id))


def _report(lock: threading.Lock, progress: Progress | None, location: str, sent: int, total: int | None) -> None:
    if progress:
        with lock:
            progress(location, sent, total)


def _check_unchanged(image: ImageStream, uploads: Sequence[Upload]) -> None:
    """Fail also the locations that were done before the source changed: what another one got may differ."""
    try:
        image.check(GRACE)
    except Exception as error:  # whatever foreign classes raise
        for upload in uploads:
            if upload.transfer.state == DONE:
                upload.fail(error)


def _raise_failure(name: str, uploads: Sequence[Upload]) -> None:
    transfers = [upload.transfer for upload in uploads]
    cause = next((transfer.error for transfer in transfers if transfer.error), None)
    if cause:
        lines = "".join(f"\n  {transfer}" for transfer in transfers)
        raise ImageUploadError(f"{name} was not uploaded to every location:{lines}", transfers, (), cause) from cause


def _check_listed(client: ApiClient, uploads: Sequence[Upload], deadline: Deadline) -> None:
    """Note the locations that have a private image of that name already."""
    limits = (client.configuration.total_timeout, deadline.until(_waiting.MIN_POLL_TIMEOUT))
    seconds = min((limit for limit in limits if limit is not None), default=None)
    try:
        images = find_own_images(client, uploads[0].transfer.name, seconds)
    except ApiException as error:
        transfers = [upload.transfer for upload in uploads]
        raise ImageUploadError(f"nothing was uploaded: {error}", transfers, (), error) from error
    listed = {image.properties.location: image.id for image in images if image.properties}
    for upload in uploads:
        if upload.transfer.location in listed:
            upload.refuse_listed(listed[upload.transfer.location])


@contextmanager
def _opened(source: Source, name: str | None) -> Generator[ImageStream]:
    """Open the source, unless it is open already; only what was opened here is closed."""
    if isinstance(source, (str, os.PathLike)):
        path = os.fsdecode(source)
        checked = _checked_name(name, os.path.basename(path))
        if "\0" in path:
            raise ApiValueError(f"source must be the path of a file, not {path!r}")
        _check_regular(path, os.stat(path))  # opening anything else could block, or have side effects
        with open(path, "rb", opener=_open_at_once) as stream:
            _check_regular(path, os.fstat(stream.fileno()))  # it may be another one by now
            yield ImageStream(stream, checked)
        return
    if not callable(getattr(source, "read", None)):
        raise ApiTypeError(f"source must be a path or a binary stream, not {type(source).__name__}")
    if isinstance(source, io.TextIOBase):
        raise ApiTypeError('source must be a binary stream: open the file with mode "rb"')
    if getattr(source, "closed", False):
        raise ApiValueError("source must be open, and it is closed")
    given = getattr(source, "name", None)
    default = os.path.basename(given) if isinstance(given, str) else None
    yield ImageStream(source, _checked_name(name, default))


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def _check_regular(path: str, found: os.stat_result) -> None:
    kind = irregular(found)
    if kind:
        raise ApiValueError(f"source must be a regular file or an open binary stream, and {path!r} is {kind}")


def _checked_name(name: str | None, default: str | None) -> str:
    name = default if name is None else name
    if name is None:
        raise ApiValueError("name must be given: the source does not say what it is called")
    if not isinstance(name, str):
        raise ApiTypeError(f"name must be a str, not {shown_value(name)}")
    wrong = any(character == "/" or ord(character) < 32 or 127 <= ord(character) < 160 for character in name)
    if wrong or name in ("", ".", "..") or name.encode("utf-8", "replace").decode() != name:
        raise ApiValueError(f"name must be that of a file, without slashes and control characters, not {name!r}")
    _directory(name)
    return name


def _directory(name: str) -> str:
    """Return the directory for images of this type."""
    extension = os.path.splitext(name)[1].lower()
    for directory, extensions in DIRECTORIES.items():
        if extension in extensions:
            return directory
    known = ", ".join(extension for extensions in DIRECTORIES.values() for extension in extensions)
    raise ApiValueError(f"name must end with the type of the image, one of {known}, and {name!r} does not")


def _locations(locations: str | Iterable[str]) -> list[str]:
    if not isinstance(locations, Iterable):
        raise ApiTypeError(f"locations must be one or several, such as 'de/fra', not {shown_value(locations)}")
    places = [locations] if isinstance(locations, str) else list(locations)
    if not places or not all(isinstance(place, str) and place for place in places):
        wrong = next((place for place in places if not isinstance(place, str)), "")
        raise ApiValueError(f"locations must be one or several, such as 'de/fra', not {shown_value(wrong)}")
    double = next((place for place in places if places.count(place) > 1), None)
    if double:
        raise ApiValueError(f"locations must differ, and {double!r} is there twice")
    return places


def _addresses(locations: Sequence[str], hosts: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Return host and port of the FTP server of each location."""
    if not isinstance(hosts, Mapping):
        raise ApiTypeError(f"hosts must be a mapping of locations to hosts, not {type(hosts).__name__}")
    known = {**FTP_HOSTS, **hosts}
    result: dict[str, tuple[str, int]] = {}
    for location in locations:
        if location not in known:
            names = ", ".join(known)
            raise ApiValueError(f"locations must be of {names}, or have an FTP server in hosts: not {location!r}")
        address = _address(location, known[location])
        same = next((other for other, taken in result.items() if taken == address), None)
        if same:
            raise ApiValueError(f"hosts must differ, and those of {same} and {location} are the same")
        result[location] = address
    return result


def _address(location: str, host: Any) -> tuple[str, int]:
    shown = "one with credentials" if "@" in str(host) else repr(host)
    problem = ApiValueError(
        f"hosts[{location!r}] must be a host or host:port, such as {FTP_HOSTS['de/fra']}, not {shown}"
    )
    if not isinstance(host, str) or any(character in "@/?#" or not character.isprintable() for character in host):
        raise problem
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname, parts.port
    except ValueError as error:
        raise problem from error
    if not name or " " in name or port == 0:
        raise problem
    return name, port or PORT


def _fingerprints(locations: Sequence[str], fingerprint: str | Mapping[str, str] | None) -> dict[str, str]:
    if isinstance(fingerprint, Mapping):
        pins = fingerprint
    else:
        pins = {} if fingerprint is None else dict.fromkeys(locations, fingerprint)
    for location, pin in pins.items():
        if not is_fingerprint(pin):
            raise ApiValueError(
                f"fingerprint must be SHA-256, SHA-1 or MD5 as 64, 40 or 32 hexadecimal digits, not {shown_value(pin)}"
                f" ({location})"
            )
    return dict(pins)


def _credentials(client: ApiClient) -> tuple[str, str]:
    found = client.configuration.user_and_password()
    if found is None:
        raise ApiValueError(
            "no user name and password: an FTP server takes no token; set Configuration.username and password"
            " (or in the environment IONOS_USERNAME and IONOS_PASSWORD)"
        )
    username, password = found[0], SecretStr(found[1])
    del found  # what is still a local variable may be seen in a traceback
    for argument, value in (("username", username), ("password", password)):
        if any(character in "\r\n\0" for character in value):
            raise ApiValueError(f"{argument} must be one line: FTP cannot carry others")
    return username, password


def _check_properties(properties: Any) -> None:
    if properties is None:
        return
    if not isinstance(properties, (ImageProperties, dict)):
        raise ApiTypeError(f"properties must be ImageProperties or a dict, not {type(properties).__name__}")
    to_json(to_wire(properties))  # refuses what JSON does not have

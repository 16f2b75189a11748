"""Save the state of an emulator to a file: everything that the API shows, and pending changes.

Times are seconds of the emulator's own clock, which does not run between saving and loading.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Union
from urllib.parse import unquote

from openapi_schema_validator import OAS31Validator, oas31_format_checker
from werkzeug.datastructures import Headers

from ionoscloud.emulator.document import Documents
from ionoscloud.emulator.messages import HttpRequest
from ionoscloud.emulator.store import Arrival, Change, ChangeRequest, Link, Resource, Store
from ionoscloud.emulator.types import Json, JsonObject

FORMAT = "ionoscloud.emulator"
VERSION = 2
OLD_VERSION = 1  # of emulators that served v5 alone
PathLike = Union[str, "os.PathLike[str]"]


def _object(optional: Iterable[str] = (), **properties: Any) -> JsonObject:
    required = [name for name in properties if name not in {*optional}]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _list(items: Any) -> JsonObject:
    return {"type": "array", "items": items}


_TEXT, _NUMBER, _INTEGER = {"type": "string"}, {"type": "number"}, {"type": "integer"}
_TEXT_OR_NONE, _INTEGER_OR_NONE = {"type": ["string", "null"]}, {"type": ["integer", "null"]}
_VALUES, _VALUES_OR_NONE = {"type": "object"}, {"type": ["object", "null"]}
_CHANGE = _object(request=_TEXT, values=_VALUES_OR_NONE, metadata=_VALUES, late={"type": "boolean"})
_SCHEMA = _object(
    format=_TEXT,
    version=_INTEGER,
    time=_NUMBER,
    seed=_INTEGER,
    user=_object(name=_TEXT, id=_TEXT),
    contractNumbers={**_list(_INTEGER), "minItems": 1},
    arrivals=_list(_object(time=_NUMBER, contract=_INTEGER, properties=_VALUES)),
    requests=_list(
        _object(
            optional=["apiVersion"],
            id={**_TEXT, "format": "uuid"},
            listed={"type": "boolean"},
            contract=_INTEGER_OR_NONE,
            apiVersion=_INTEGER,
            method=_TEXT,
            target=_TEXT,
            headers=_list({**_list(_TEXT), "minItems": 2, "maxItems": 2}),
            body=_TEXT,
            createdBy=_TEXT,
            createdDate=_TEXT,
            start=_NUMBER,
            end=_NUMBER,
            failure=_TEXT_OR_NONE,
            targets=_list(_object(optional=["type"], type=_TEXT, path=_TEXT)),
        )
    ),
    resources=_list(
        _object(
            optional=["linkTo", "undocumented"],
            path=_TEXT,
            undocumented=_list(_TEXT),
            linkTo=_TEXT,
            contract=_INTEGER_OR_NONE,
            metadata=_VALUES,
            properties=_VALUES_OR_NONE,
            pending=_list(_CHANGE),
        )
    ),
)


def dump(store: Store, contract_numbers: Iterable[int]) -> JsonObject:
    """Return the state of a store. The store and the state continue with the same seed, and so with the same ids."""
    entries = store.entries()
    resources = [entry for entry in entries if isinstance(entry, Resource)]
    listed = {entry.id: entry for entry in entries if isinstance(entry, ChangeRequest)}
    requests = {**listed, **{change.request.id: change.request for item in resources for change in item.pending}}
    seed = store.random.getrandbits(53)  # the limit of exact integers in JSON
    store.random.seed(seed)
    return {
        "format": FORMAT,
        "version": VERSION,
        "time": store.now(),
        "seed": seed,
        "user": {"name": store.user, "id": store.user_id},
        "contractNumbers": [*contract_numbers],
        "arrivals": [{**vars(arrival)} for arrival in store.arrivals.values()],
        "requests": [_dump_request(request, request.id in listed) for request in requests.values()],
        "resources": [_dump_resource(resource) for resource in resources],
    }


def _dump_request(request: ChangeRequest, listed: bool) -> JsonObject:
    return {
        "id": request.id,
        "listed": listed,
        "contract": request.contract,
        **({"apiVersion": version} if (version := request.http_request.api_version) else {}),
        "method": request.http_request.method,
        "target": request.http_request.target,
        "headers": [*request.http_request.headers],
        "body": request.http_request.body.decode(errors="replace"),
        "createdBy": request.created_by,
        "createdDate": request.created_date,
        "start": request.start,
        "end": request.end,
        "failure": request.failure,
        "targets": [{"path": path} for path in request.targets],
    }


def _dump_resource(resource: Resource) -> JsonObject:
    pending = [
        {
            "request": change.request.id,
            "values": change.values,
            "metadata": change.metadata,
            "late": change.on_completion,
        }
        for change in resource.pending
    ]
    return {
        "path": resource.path,
        **({"linkTo": resource.target.path} if isinstance(resource, Link) else {}),
        **({"undocumented": sorted(resource.undocumented)} if resource.undocumented else {}),
        "contract": resource.contract,
        "metadata": resource.metadata,
        "properties": resource.properties,
        "pending": pending,
    }


def restore(store: Store, documents: Documents, content: JsonObject, path: PathLike) -> None:
    """Replace the content of a store by a state from `read`.

    Raises:
        ValueError: The state contradicts itself or the documents.
    """
    try:
        _fill(store, documents, content)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)!r} is broken: {error}") from None


def _fill(store: Store, documents: Documents, content: JsonObject) -> None:
    if content["version"] == OLD_VERSION:
        _upgrade(documents, content)
    requests = {entry["id"]: _request(entry, documents) for entry in content["requests"]}
    resources: dict[str, Resource] = {}
    # The targets of links come first here. The store gets all resources in their order.
    for entry in sorted(content["resources"], key=lambda entry: "linkTo" in entry):
        resources[entry["path"]] = _resource(entry, documents, requests, resources)
    listed = [requests[entry["id"]] for entry in content["requests"] if entry["listed"]]
    store.restore([*listed, *(resources[entry["path"]] for entry in content["resources"])], content["time"])
    store.user, store.user_id = content["user"]["name"], content["user"]["id"]
    store.arrivals = {str(number): Arrival(**entry) for number, entry in enumerate(content["arrivals"])}
    store.random.seed(content["seed"])


def _upgrade(documents: Documents, content: JsonObject) -> None:
    """Add what states of the old version do not have."""
    for request in content["requests"]:
        request["apiVersion"] = 5
    for entry in content["resources"]:
        if properties := entry["properties"]:
            entry["undocumented"] = [*documents.undocumented(_template(documents, entry["path"]), properties)]


def _request(entry: JsonObject, documents: Documents) -> ChangeRequest:
    headers, body = Headers(entry["headers"]), entry["body"].encode()
    http_request = HttpRequest(entry["method"], entry["target"], headers, body, entry.get("apiVersion"))
    return ChangeRequest(
        id=entry["id"],
        contract=entry["contract"],
        http_request=http_request,
        created_by=entry["createdBy"],
        created_date=entry["createdDate"],
        start=entry["start"],
        end=entry["end"],
        failure=entry["failure"],
        targets={target["path"]: _template(documents, target["path"]) for target in entry["targets"]},
    )


def _resource(
    entry: JsonObject, documents: Documents, requests: dict[str, ChangeRequest], resources: dict[str, Resource]
) -> Resource:
    path, contract = entry["path"], entry["contract"]
    template = _template(documents, path)
    if path in resources:
        raise ValueError(f"there are two resources at {path!r}")
    if "linkTo" in entry:
        if entry["linkTo"] not in resources:
            raise ValueError(f"{path!r} is a link to {entry['linkTo']!r}, which does not exist")
        resource: Resource = Link(resources[entry["linkTo"]], template, path, contract)
    else:
        resource = Resource(unquote(path.rpartition("/")[2]), template, path, contract, {})
        resource.undocumented = frozenset(entry.get("undocumented", ()))
    resource.metadata, resource.properties = entry["metadata"], entry["properties"]
    for change in entry["pending"]:
        if change["request"] not in requests:
            raise ValueError(f"a change of {path!r} is by request {change['request']!r}, which does not exist")
        request = requests[change["request"]]
        resource.pending.append(Change(request, change["values"], change["metadata"], change["late"]))
    return resource


def _template(documents: Documents, path: str) -> str:
    """Return the template of the collection that a resource is in."""
    for document in documents:
        for route in document.routes_at(path.rpartition("/")[0]).values():
            if route.is_collection:
                return route.template
    raise ValueError(f"the API has no resource at {path!r}")


def read(path: PathLike) -> JsonObject:
    """Read the state in a file.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is not the state of an emulator, or that of a newer version.
    """
    text = Path(path).read_bytes()
    try:
        content: Json = json.loads(text, parse_constant=_reject_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{os.fspath(path)!r} is not the state of an emulator: it is not JSON ({error})") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"{os.fspath(path)!r} is not the state of an emulator: its format is not {FORMAT!r}")
    version = content.get("version")
    if version not in (OLD_VERSION, VERSION):
        raise ValueError(f"{os.fspath(path)!r} has version {version!r} of the format; this emulator reads {VERSION}")
    for violation in OAS31Validator(_SCHEMA, format_checker=oas31_format_checker).iter_errors(content):
        raise ValueError(f"{os.fspath(path)!r} is broken at {violation.json_path}: {violation.message[:200]}")
    return content


def _reject_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def write(path: PathLike, content: JsonObject) -> None:
    """Write a state to a file atomically. A file that is not a state is not replaced.

    Raises:
        OSError: The file cannot be written.
        ValueError: The file exists and is not the state of an emulator.
    """
    target = Path(os.path.realpath(path))  # keeps a symbolic link
    if target.exists():
        read(target)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "No such directory", str(target.parent))
    text = json.dumps(content, ensure_ascii=False, indent=2)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise

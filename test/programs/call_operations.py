"""Call operations with the installed `ionoscloud`, and compare its models with the JSON of the responses.

run_programs.py runs this script with a published version in `PYTHONPATH`. It reads one call per line from standard
input and writes one result per line to standard output, both as JSON. It uses only documented features of the
published versions: the methods, and `openapi_types` and `attribute_map` of the models.
"""

from __future__ import annotations

import datetime
import inspect
import json
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

import ionoscloud

METHODS = {
    name: class_
    for class_ in vars(ionoscloud).values()
    if inspect.isclass(class_) and class_.__name__.endswith("Api")
    for name in vars(class_)
}


def build(kind: str, value: Any, left_out: list[str]) -> Any:
    """Create a model of a type from JSON; `left_out` collects the fields that it does not send."""
    inner = re.fullmatch(r"list\[(.+)\]", kind)
    if inner and isinstance(value, list):
        return [build(inner[1], each, left_out) for each in value]
    class_ = getattr(ionoscloud.models, kind, None)
    if not hasattr(class_, "attribute_map") or not isinstance(value, dict):
        return value
    left_out += [f"{kind} does not know {name}" for name in value.keys() - set(class_.attribute_map.values())]
    return class_(
        **{
            attribute: build(class_.openapi_types[attribute], value[name], left_out)
            for attribute, name in class_.attribute_map.items()
            if name in value
        }
    )


def differences(decoded: Any, received: Any, place: str) -> Iterator[tuple[str, str]]:
    """Yield the differences between a model and its JSON: lost, changed and unknown fields."""
    names = getattr(decoded, "attribute_map", None)
    if names and isinstance(received, dict):
        attributes = {name: attribute for attribute, name in names.items()}
        for name, value in received.items():
            if name not in attributes:
                yield "unknown", f"{place}.{name}"
            else:
                yield from differences(getattr(decoded, attributes[name]), value, f"{place}.{name}")
    elif isinstance(received, list) and isinstance(decoded, list) and len(decoded) == len(received):
        for index, (one, other) in enumerate(zip(decoded, received)):
            yield from differences(one, other, f"{place}[{index}]")
    elif isinstance(decoded, datetime.datetime):
        wanted = datetime.datetime.fromisoformat(received.replace("Z", "+00:00"))
        if decoded != wanted:
            yield "lost", f"{place} is {decoded}, not {received}"
    elif decoded != received:
        yield "lost", f"{place} is {decoded!r}, not {received!r}"


def make_call(client: Any, call: dict[str, Any]) -> dict[str, Any]:
    """Make a call. Arguments that this version does not have are dropped and reported."""
    name, arguments, left_out, found = call["method"], dict(call["arguments"]), [], []
    class_ = METHODS.get(name)
    if class_ is None:
        return {"absent": name}
    if call["as_model"] and call["body"]:
        argument, model = call["body"], call["model"]
        arguments[argument] = build(model, arguments[argument], left_out)
    method = getattr(class_(client), f"{name}_with_http_info")
    needed = [each.name for each in inspect.signature(method).parameters.values() if each.default is each.empty]
    other = [each for each in needed if each not in arguments and each != "kwargs"]
    if call["body"] and call["body"] not in needed and len(other) == 1:
        arguments[other[0]] = arguments.pop(call["body"])  # the argument for the body has another name in this version
    while True:
        try:
            data, status, headers = method(**arguments)
            break
        except ionoscloud.exceptions.ApiTypeError as error:
            unexpected = re.search(r"unexpected keyword argument '(\w+)'", str(error))
            if not unexpected:
                return {"raised": f"{type(error).__name__}: {error}"}
            left_out.append(f"this version does not know {unexpected[1]}")
            del arguments[unexpected[1]]
        except ionoscloud.exceptions.ApiException as error:
            return {"raised": f"{type(error).__name__}: {error.status} {error.body or error}", "left_out": left_out}
        except Exception as error:  # any error is a finding
            return {"raised": f"{type(error).__name__}: {error}", "left_out": left_out}
    received = client.last_response.data
    if data is not None and received:
        found = [*differences(data, json.loads(received), type(data).__name__)]
    elif received not in ("", b"", "{}", None):
        found = [("undecoded", str(received)[:200])]
    return {"status": status, "location": headers.get("Location"), "left_out": left_out, "found": found}


def wait_for_request(client: Any, location: str) -> dict[str, Any]:
    """Wait for a request that is DONE."""
    try:
        client.wait_for_completion(re.search("/requests/([-A-Fa-f0-9]+)/", location)[1], timeout=10, initial_wait=0.1)
    except Exception as error:
        return {"raised": f"{type(error).__name__}: {error}"}
    return {}


def main() -> None:
    configuration = ionoscloud.Configuration(
        host=os.environ["IONOS_API_URL"],
        username=os.environ["IONOS_USERNAME"],
        password=os.environ["IONOS_PASSWORD"],
    )
    client = ionoscloud.ApiClient(configuration)
    print(json.dumps({"version": ionoscloud.__version__, "file": ionoscloud.__file__}), flush=True)
    for line in sys.stdin:
        call = json.loads(line)
        result = wait_for_request(client, call["wait"]) if "wait" in call else make_call(client, call)
        print(json.dumps(result, default=str), flush=True)


main()

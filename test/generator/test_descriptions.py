"""Every part of the document has a meaningful description, and a parameter the same one everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from generated_project import REPOSITORY

LONGEST = 400
PLACEHOLDER = re.compile(r"\b(todo|tbd|tba|fixme|xxx+|lorem|placeholder|description|undocumented|n/?a)\b\.?$", re.I)
METHODS = ("get", "put", "post", "delete", "patch")

Text = tuple[str, str, Any]  # position, name of the described part, description


def texts(tree: dict[str, Any]) -> Iterator[Text]:
    """Yield every required text, or `None` if it is missing."""
    yield "info", tree["info"]["title"], tree["info"].get("description")
    for tag in tree["tags"]:
        yield f"tag {tag['name']}", tag["name"], tag.get("description")
    for path, item in tree["paths"].items():
        yield from each(path, item.get("parameters", ()))
        for method in METHODS:
            if method in item:
                yield from of_operation(f"{method.upper()} {path}", item[method])
    for section, parts in tree["components"].items():
        for name, part in parts.items():
            if section == "schemas":
                yield from of_schema(name, name, part)
            else:
                yield from each(section, [{"name": name, **part}])


def of_operation(where: str, operation: dict[str, Any]) -> Iterator[Text]:
    yield f"{where} summary", operation["operationId"], operation.get("summary")
    yield f"{where} description", operation["operationId"], operation.get("description")
    yield from each(where, operation.get("parameters", ()))
    if "requestBody" in operation:
        yield from each(f"{where} body", [operation["requestBody"]])
        for media in operation["requestBody"]["content"].values():
            if "$ref" not in media["schema"]:
                yield from of_properties(f"{where} form", media["schema"])
    for status, response in operation["responses"].items():
        yield from each(f"{where} {status}", [response])
        yield from each(where, [{"name": name, **header} for name, header in response.get("headers", {}).items()])


def each(where: str, parts: Any) -> Iterator[Text]:
    for part in parts:
        if "$ref" not in part:
            yield f"{where} {part.get('name', '')}", part.get("name", ""), part.get("description")


def of_schema(where: str, name: str, schema: dict[str, Any]) -> Iterator[Text]:
    yield where, name, schema.get("description")
    yield from of_properties(where, schema)


def of_properties(where: str, schema: dict[str, Any]) -> Iterator[Text]:
    for name, member in schema.get("properties", {}).items():
        if "$ref" not in member and (
            "description" in member or "allOf" not in member
        ):  # otherwise the target of the reference has it
            yield from of_schema(f"{where}.{name}", name, member)
    for part in schema.get("allOf", ()):
        if "$ref" not in part:
            yield from of_properties(where, part)


def words(text: str) -> str:
    return re.sub(r"\b(a|an|the|of)\b|[^a-z0-9]", "", text.lower())


def problem(name: str, text: Any) -> str:
    """Return the problem with a description, or an empty string."""
    if not isinstance(text, str) or not text.strip():
        return "is missing or empty"
    if len(" ".join(text.split())) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if PLACEHOLDER.search(text.strip()) or len(text.split()) < 2:
        return f"says nothing: {text!r}"
    if words(text) == words(name):
        return f"only repeats the name: {text!r}"
    return ""


@pytest.mark.parametrize("version", [5, 6])
def test_every_part_has_a_description(version: int) -> None:
    from generator.document import load

    found = list(texts(load(REPOSITORY / "openapi")[version].tree))
    assert len(found) > 1000
    assert not [f"{where}: {message}" for where, name, text in found if (message := problem(name, text))]


@pytest.mark.parametrize("version", [5, 6])
def test_a_parameter_has_the_same_description_everywhere(version: int) -> None:
    from generator.document import load

    tree = load(REPOSITORY / "openapi")[version].tree
    parameters = [*tree["components"]["parameters"].values()]
    for item in tree["paths"].values():
        for part in (item, *(item[method] for method in METHODS if method in item)):
            parameters += [parameter for parameter in part.get("parameters", ()) if "$ref" not in parameter]
    found: dict[str, set[str]] = {}
    for parameter in parameters:
        found.setdefault(parameter["name"], set()).add(parameter["description"])
    assert {"limit", "key", "requestId"} <= found.keys()
    assert not {name: texts for name, texts in found.items() if len(texts) > 1}


@pytest.mark.parametrize(
    "text", [None, "", "  ", 5, "TODO", "To be said. TBD.", "Name", "ssh keys", "The SSH keys.", "x " * 300]
)
def test_an_empty_or_meaningless_description_is_rejected(text: Any) -> None:
    assert problem("sshKeys", text)


@pytest.mark.parametrize("text", ["Public SSH keys.", "Name of the key."])
def test_a_short_description_is_accepted(text: str) -> None:
    assert not problem("sshKeys", text)

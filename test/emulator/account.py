"""Requests of an account, over HTTP."""

from __future__ import annotations

from typing import Any, Callable

from ionoscloud.emulator import CloudEmulator

LINUX = {"imageAlias": "ubuntu:latest", "imagePassword": "passwordExample1"}


class Account:
    """Sends requests, and advances the clock until changes are done."""

    def __init__(self, cloud: CloudEmulator, call: Callable[..., Any]) -> None:
        self.cloud = cloud
        self.call = call

    def send(self, verb: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request and return the response."""
        more = {} if body is None else {"json": body}
        return self.call(verb, path, headers={name.replace("_", "-"): value for name, value in headers.items()}, **more)

    def get(self, path: str, **headers: str) -> Any:
        response = self.send("GET", path, **headers)
        assert response.status == 200, response.data
        return response.json()

    def properties(self, path: str) -> Any:
        return self.get(path)["properties"]

    def state(self, path: str) -> str:
        return self.get(path)["metadata"]["state"]

    def ids(self, path: str) -> list[str]:
        return [item["id"] for item in self.get(path)["items"]]

    def names(self, path: str) -> list[str]:
        separator = "&" if "?" in path else "?"
        return [item["properties"]["name"] for item in self.get(f"{path}{separator}depth=1")["items"]]

    def accepted(self, verb: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a change that is accepted, and return the content of the response."""
        response = self.send(verb, path, body, **headers)
        assert response.status in (200, 201, 202), response.data
        return response.json() if response.data else None

    def done(self, verb: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a change, and advance the clock until it is done."""
        content = self.accepted(verb, path, body, **headers)
        self.cloud.clock.advance(10)
        return content

    def create(self, collection: str, entities: Any = None, headers: Any = None, **properties: Any) -> str:
        """Create a resource and return its path."""
        body = {"properties": properties, **({"entities": entities} if entities else {})}
        return str(self.done("POST", collection, body, **(headers or {}))["href"])[len(self.cloud.url) :]

    def attach(self, collection: str, path: str) -> Any:
        return self.done("POST", collection, {"id": path.rpartition("/")[2]})

    def change(self, path: str, **properties: Any) -> Any:
        return self.done("PATCH", path, properties)["properties"]

    def delete(self, path: str) -> None:
        self.done("DELETE", path)

    def gone(self, path: str) -> bool:
        return bool(self.send("GET", path).status == 404)

    def rejected(self, verb: str, path: str, body: Any = None, status: int = 422, **headers: str) -> list[str]:
        """Send a change that is rejected, and return the messages."""
        response = self.send(verb, path, body, **headers)
        assert response.status == status, response.data
        return [message["message"] for message in response.json()["messages"]]

    def not_created(self, collection: str, **properties: Any) -> list[str]:
        return self.rejected("POST", collection, {"properties": properties})

    def datacenter(self, location: str = "de/fra", **properties: Any) -> str:
        return self.create("/datacenters", location=location, **properties)

    def server(self, datacenter: str, **properties: Any) -> str:
        return self.create(f"{datacenter}/servers", **{"cores": 1, "ram": 1024, **properties})

    def volume(self, datacenter: str, **properties: Any) -> str:
        return self.create(f"{datacenter}/volumes", **{"size": 10, **properties})

    def nic(self, server: str, **properties: Any) -> str:
        return self.create(f"{server}/nics", **{"lan": 1, **properties})

    def public_image(self, name: str, location: str = "de/fra") -> str:
        (image,) = self.get(f"/images?depth=1&filter.name={name}&filter.location={location}")["items"]
        return str(image["id"])


class AccountInVersion(Account):
    """Sends requests for one version of the API."""

    def __init__(self, cloud: CloudEmulator, call: Callable[..., Any], version: int) -> None:
        self.url = cloud.urls[version]
        super().__init__(cloud, lambda method, path, **more: call(method, self.url + path, **more))

    def create(self, collection: str, entities: Any = None, headers: Any = None, **properties: Any) -> str:
        body = {"properties": properties, **({"entities": entities} if entities else {})}
        return str(self.done("POST", collection, body)["href"])[len(self.url) :]


def id_of(path: str) -> str:
    return path.rpartition("/")[2]

"""Pickles of published packages, as in caches and queues, can be loaded; make_pickles.py wrote them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from ionoscloud import ApiException, ApiKeyError, Image, ImageProperties, Images, PaginationLinks

PICKLES = sorted(Path(__file__).with_name("pickles").iterdir())


@pytest.mark.parametrize("path", PICKLES, ids=lambda path: path.stem)
def test_pickles_of_published_packages_can_be_loaded(path: Path) -> None:
    images, links, error, wrong, configuration = pickle.loads(path.read_bytes())
    newer: dict[str, Any] = {"expose_serial": False, "require_legacy_bios": True} if path.stem.startswith("6") else {}
    properties = ImageProperties(name="n", licence_type="LINUX", **newer)
    assert images.items[0].properties.additional_properties == {}
    assert images == Images(id="images", items=[Image(id="x", properties=properties)])
    assert links == PaginationLinks(_self="s", next="n")
    assert type(error) is ApiException
    assert (error.status, error.headers["x-request-id"], error.attempts) == (404, "r", None)
    assert str(error) == "404 Not Found: [309] gone: request id r"
    assert type(wrong) is ApiKeyError
    assert wrong.path_to_item == ["a", 1]
    assert (configuration.host, configuration.proxy) == ("https://localhost/cloudapi/v5", "http://localhost:1")
    assert configuration.user_and_password() == ("u", "p")
    assert (configuration.wait_time, configuration.max_wait_time) == (1, 60)  # the published packages have other units
    assert pickle.loads(pickle.dumps(images)) == images
    assert vars(pickle.loads(pickle.dumps(configuration))) == vars(configuration)

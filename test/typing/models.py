"""Types of models and their attributes, for mypy and pyright. This file is never run."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional, Union

from typing_extensions import assert_type

from ionoscloud import (
    NULL,
    DatacenterElementMetadata,
    Image,
    ImageProperties,
    Images,
    KubernetesNodePoolProperties,
    KubernetesNodePoolTaint,
    TaintEffect,
    Type,
)
from ionoscloud.models.image_properties import ImageType


def attributes(images: Images, image: Image, metadata: DatacenterElementMetadata) -> None:
    assert_type(images.items, Optional[list[Image]])
    assert_type(image.properties, Optional[ImageProperties])
    assert_type(image.to_dict(), dict[str, Any])
    assert_type(image.to_dict(json=True), dict[str, Any])
    assert_type(Image.from_dict({}), Image)
    assert_type(Image.from_dict({}, json=True, api_version=5), Image)
    assert_type(image.to_json(indent=2), str)
    assert_type(Images.from_json(b"{}"), Images)
    assert_type(images.to_rows(), list[dict[str, Any]])
    assert_type(metadata.created_date, Optional[datetime])


def collections(images: Images, image: Image) -> None:
    for each in images:
        assert_type(each, Image)
    assert_type(images[0], Image)
    assert_type(images[-2:], list[Image])
    assert_type(images["items"], Any)
    assert_type(list(images), list[Image])
    assert_type(next(reversed(images)), Image)
    assert_type(len(images), int)
    assert_type(image in images, bool)
    assert_type(images.is_complete, bool)
    assert_type(Images(items=[image], id="x"), Images)


def documented_and_other_values(properties: ImageProperties, newer: str, kind: Type.Value) -> None:
    assert_type(properties.image_type, Union[ImageType, str, None])
    ImageProperties(licence_type="LINUX")
    ImageProperties(licence_type="PLAN9", cloud_init=newer, description=NULL)
    properties.cloud_init = newer
    Image(type=kind)
    Image(type=Type.IMAGE)
    Image(type="quantum-image")


def fields_of_v6_only(pool: KubernetesNodePoolProperties) -> None:
    assert_type(pool.taints, Optional[list[KubernetesNodePoolTaint]])
    taint = KubernetesNodePoolTaint(key="dedicated", effect=TaintEffect.NOSCHEDULE)
    assert_type(taint.effect, Union[TaintEffect.Value, str, None])
    KubernetesNodePoolProperties(name="pool", node_count=2, taints=[taint])

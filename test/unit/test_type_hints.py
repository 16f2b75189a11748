"""Annotations are available at run time, for tools that create forms or commands from classes."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Literal, Optional, Union, get_type_hints

import pytest

import ionoscloud
from ionoscloud._models.base import Model, field

needs_unions = pytest.mark.skipif(sys.version_info < (3, 10), reason="Python 3.9 has no `X | Y`")
needs_unpack = pytest.mark.skipif(sys.version_info < (3, 11), reason="Python has `Unpack` from 3.11 on")


@needs_unions
@pytest.mark.parametrize("name", ionoscloud.models.__all__)
def test_a_model_and_its_constructor_have_the_same_hints(name):
    cls = getattr(ionoscloud, name)
    hints = get_type_hints(cls)
    assert {*cls.fields} <= {*hints}
    assert not cls.fields or get_type_hints(cls.__init__) == {field: hints[field] for field in cls.fields}


@needs_unions
def test_hints_are_classes_or_documented_values():
    assert get_type_hints(ionoscloud.Image)["properties"] == Optional[ionoscloud.ImageProperties]
    cloud_init = get_type_hints(ionoscloud.ImageProperties)["cloud_init"]
    assert cloud_init == Union[Literal["NONE", "V1"], str, None]
    assert get_type_hints(ionoscloud.Image)["type"] == Union[ionoscloud.Type.Value, str, None]


@needs_unpack
@pytest.mark.parametrize("name", ionoscloud.api.__all__)
def test_every_method_has_hints_for_its_options_and_result(name):
    cls = getattr(ionoscloud, name)
    methods = [method for key, method in vars(cls).items() if not key.startswith("_")]
    assert methods
    for method in methods:
        assert {"options", "return"} <= {*get_type_hints(method)}


@needs_unpack
def test_the_hints_of_a_method_are_its_models():
    hints = get_type_hints(ionoscloud.ImageApi.images_patch)
    assert hints["return"] is ionoscloud.Image
    assert hints["image"] == Union[ionoscloud.ImageProperties, dict[str, Any]]


def test_modules_in_annotations_are_imported_lazily():
    code = "import ionoscloud, sys; ionoscloud.Image(); assert 'ionoscloud.models.image_properties' not in sys.modules"
    subprocess.run([sys.executable, "-I", "-c", code], check=True)


def test_a_model_can_be_declared_without_a_module():
    scope: dict[str, Any] = {"__name__": "nowhere", "Model": Model, "field": field}
    exec("class Pet(Model):\n    name = field('name', 'str')", scope)
    assert scope["Pet"](name="Rex").to_dict() == {"name": "Rex"}

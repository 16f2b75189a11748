"""Completion in editors: jedi, which IPython, Spyder and python-lsp-server use, reads only the source."""

from __future__ import annotations

import inspect
import sys
from typing import Any

import jedi
import pytest

from ionoscloud import ApiAttributeError, Configuration

pytestmark = pytest.mark.once

knows_dataclass_transform = pytest.mark.skipif(sys.version_info < (3, 10), reason="jedi knows it from 0.20 on")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import ionoscloud; ionoscloud.ImageA", "ImageApi"),
        ("import ionoscloud; ionoscloud.upload_im", "upload_image"),
        ("import ionoscloud; ionoscloud.models.VolumePro", "VolumeProperties"),
        ("import ionoscloud; ionoscloud.api.ImageA", "ImageApi"),
        ("from ionoscloud import ImageA", "ImageApi"),
        ("from ionoscloud.models import VolumePro", "VolumeProperties"),
        ("from ionoscloud import ImageApi; ImageApi().images_fi", "images_find_by_id"),
        ("from ionoscloud import ImageApi; ImageApi().images_get(dep", "depth="),
        ("from ionoscloud import ImageApi; ImageApi().images_find_by_id('x').properti", "properties"),
        ("from ionoscloud import ImageApi; ImageApi().images_get().items[0].properties.licence_t", "licence_type"),
        ("from ionoscloud import Configuration; Configuration().max_r", "max_retries"),
        ("from ionoscloud import Configuration; Configuration(max_r", "max_retries="),
        ("from ionoscloud import Configuration; Configuration(tok", "token="),
        pytest.param(
            "import ionoscloud; ionoscloud.ImageProperties(licence_t", "licence_type=", marks=knows_dataclass_transform
        ),
    ],
)
def test_editors_complete_the_public_names(code: str, name: str) -> None:
    assert name in [completion.name for completion in jedi.Script(code).complete()]


# Settings, which editors complete as keyword arguments of the constructor


def settings() -> set[str]:
    properties = {name for name, value in vars(Configuration).items() if isinstance(value, property) and value.fset}
    return {name for name in {*vars(Configuration()), *Configuration.__annotations__, *properties} if name[0] != "_"}


def test_the_constructor_has_every_setting_with_its_default() -> None:
    parameters = inspect.signature(Configuration).parameters
    assert settings() <= parameters.keys()
    for name, value in vars(Configuration).items():
        if name in settings() and not isinstance(value, property):
            assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
            assert repr(parameters[name].default) == repr(value)


def test_a_mistyped_setting_raises_with_a_suggestion() -> None:
    wrong: dict[str, Any] = {"max_retrys": 1}
    with pytest.raises(ApiAttributeError, match="no setting max_retrys; did you mean 'max_retries'"):
        Configuration(**wrong)


def test_arguments_take_precedence_over_the_defaults_of_a_subclass() -> None:
    class Own(Configuration):
        max_retries = 7
        verify_ssl = False

    assert (Own().max_retries, Own().verify_ssl) == (7, False)
    assert (Own(max_retries=3).max_retries, Own(verify_ssl=True).verify_ssl) == (3, True)


def test_only_given_settings_are_stored() -> None:
    assert "max_retries" not in vars(Configuration())
    assert vars(Configuration(max_retries=3))["max_retries"] == 3


def test_none_takes_precedence_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("IONOS_CONTRACT_NUMBER", "7")
    assert (Configuration().proxy, Configuration().contract_number) == ("http://proxy:3128", 7)
    assert Configuration(proxy=None, contract_number=None).proxy is None
    assert Configuration(proxy=None, contract_number=None).contract_number is None

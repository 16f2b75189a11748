"""What importing and constructing costs, and what it leaves alone."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import distribution

import pytest

import ionoscloud


def loaded_by(code: str) -> set[str]:
    """Return the modules that a Python of its own has loaded after running the code."""
    script = f"{code}\nimport sys\nprint(*sys.modules)"
    result = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_importing_the_package_loads_nothing_heavy():
    extra = loaded_by("import ionoscloud") - loaded_by("import __future__, importlib, typing")
    assert extra == {
        *("ionoscloud", "ionoscloud._lazy", "ionoscloud.api", "ionoscloud.models", "ionoscloud.version"),
    }


@pytest.mark.parametrize("name", ["ApiClient", "ImageApi"])
def test_using_a_name_loads_no_model(name):
    loaded = loaded_by(f"import ionoscloud\nionoscloud.{name}")
    assert not {module for module in loaded if module.startswith("ionoscloud.models.")}


def test_an_operation_loads_only_what_its_answer_needs():
    loaded = loaded_by("import ionoscloud\nionoscloud.Images._decode({'items': [{'properties': {}}]})")
    models = {module for module in loaded if module.startswith("ionoscloud.models.")}
    assert models == {
        *("ionoscloud.models.images", "ionoscloud.models.image", "ionoscloud.models.image_properties"),
        *("ionoscloud.models.datacenter_element_metadata", "ionoscloud.models.type"),
    }


def test_the_package_needs_its_four_packages_only():
    requirements = distribution("ionoscloud").requires or []
    needed = {line.split(">")[0].strip() for line in requirements if "extra ==" not in line}
    assert needed == {"urllib3<3,", "python-dateutil", "certifi", "six"} or needed == {
        *("urllib3", "python-dateutil", "certifi", "six")
    }


def test_the_metadata_says_what_the_package_says():
    metadata = distribution("ionoscloud").metadata
    assert metadata["Version"] == ionoscloud.__version__ == "5.1.0"
    assert metadata["Requires-Python"] == ">=3.9"
    assert "Apache-2.0" in (metadata["License"] or metadata["License-Expression"])
    assert "emulator" in metadata.get_all("Provides-Extra")


def test_the_package_is_typed_and_brings_the_document():
    files = {str(file).replace("\\", "/") for file in distribution("ionoscloud").files or []}
    if any(file.startswith("ionoscloud/") for file in files):  # not so when it is installed in editable mode
        assert {"ionoscloud/py.typed", "ionoscloud/emulator/openapi.json"} <= files
        assert not {file for file in files if file.startswith(("test/", "generator/"))}

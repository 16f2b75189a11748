"""Contents of the wheel and the sdist of a release, and their installation into empty environments.

pytest does not collect this file by default, because it builds and installs. The tox environment `package`
(`make release-check`) runs it once, and not for each Python.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.metadata import Metadata

import ionoscloud
from ionoscloud._versions import VERSIONS
from ionoscloud.emulator import CloudEmulator

ROOT = Path(__file__).parents[2]
NAME = f"ionoscloud-{ionoscloud.__version__}"
NEEDED = {"certifi", "python-dateutil", "six", "urllib3"}
INDIRECT = {"tzdata"}  # a dependency of python-dateutil 4.0
PYTHONS = ("3.9", "3.13", "3.14")  # the oldest and the newest; many machines lack the last one
# The tests that need other files of the repository: the document, the generator, the pages and the examples.
SDIST_TESTS = ("test/docs/test_links.py", "test/generator", "test/packaging", "test/upload/test_upload_example.py")


def run(command: Sequence[str | Path], folder: Path, **environment: str) -> str:
    """Return the output of a command, which must succeed, without variables that change the import path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    result = subprocess.run(command, cwd=folder, env={**kept, **environment}, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="session")
def repository_files() -> set[str]:
    """The files in git, without deleted ones."""
    listed = run(["git", "ls-files", "-z"], ROOT).split("\0")
    return {path for path in listed if (ROOT / path).is_file()}


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory, repository_files: set[str]) -> tuple[Path, Path]:
    """The wheel and the sdist of a clean copy. `python -m build` builds the wheel from the sdist."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for path in repository_files:
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, source / path)
    run([sys.executable, "-m", "build", "--outdir", target], source)
    return target / f"{NAME}-py3-none-any.whl", target / f"{NAME}.tar.gz"


@pytest.fixture(scope="session")
def wheel_files(distributions: tuple[Path, Path]) -> dict[str, bytes]:
    with zipfile.ZipFile(distributions[0]) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="session")
def unpacked(distributions: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the unpacked sdist."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(distributions[1]) as archive:
        archive.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return folder / NAME


@pytest.fixture(scope="session")
def metadata(wheel_files: dict[str, bytes]) -> Metadata:
    return Metadata.from_email(wheel_files[f"{NAME}.dist-info/METADATA"])


@pytest.fixture(scope="session", params=PYTHONS)
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty environment, for each installed Python."""
    python = shutil.which(f"python{request.param}")
    if not python or subprocess.run([python, "-c", "import ensurepip"], capture_output=True).returncode:
        pytest.skip(f"!!! Python {request.param} (with venv) is not installed, the wheel is not tested with it !!!")
    folder: Path = tmp_path_factory.mktemp("environment")
    run([python, "-m", "venv", folder], folder)
    return folder


def test_the_sdist_has_every_file_of_the_repository(unpacked, repository_files):
    found = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    made = {"PKG-INFO", "setup.cfg", *(path for path in found if path.startswith("ionoscloud.egg-info/"))}
    assert sorted(repository_files - found) == [], "missing in MANIFEST.in"
    assert sorted(found - repository_files - made) == []


def test_the_wheel_has_only_the_package(wheel_files, repository_files):
    package = {path for path in repository_files if path.startswith("ionoscloud/")}
    about = ("METADATA", "RECORD", "WHEEL", "licenses/LICENSE", "top_level.txt")
    documents = {f"ionoscloud/emulator/openapi-v{version}.json" for version in VERSIONS}
    assert {"ionoscloud/py.typed", *documents} <= package
    assert set(wheel_files) == {*package, *(f"{NAME}.dist-info/{name}" for name in about)}
    assert wheel_files[f"{NAME}.dist-info/licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()


def test_a_package_index_accepts_the_distributions(distributions):
    printed = run([sys.executable, "-m", "twine", "--no-color", "check", "--strict", *distributions], ROOT)
    assert printed.count("PASSED") == 2


def test_the_metadata_is_complete_and_the_same_in_wheel_and_sdist(metadata, unpacked, wheel_files):
    """`Metadata` rejects invalid metadata."""
    assert (unpacked / "PKG-INFO").read_bytes() == wheel_files[f"{NAME}.dist-info/METADATA"]
    assert (metadata.name, str(metadata.version)) == ("ionoscloud", ionoscloud.__version__)
    for version in VERSIONS:
        assert f"v{version}" in metadata.summary
        assert f"cloudapi-v{version}" in metadata.keywords
    assert (metadata.license_expression, metadata.license_files) == ("Apache-2.0", ["LICENSE"])
    assert (str(metadata.requires_python), metadata.description_content_type) == (">=3.9", "text/markdown")
    assert metadata.description.strip() == (ROOT / "README.md").read_text("utf-8").strip()
    assert metadata.project_urls and all(url.startswith("https://") for url in metadata.project_urls.values())
    assert {need.name for need in metadata.requires_dist if not need.marker} == NEEDED
    assert set(metadata.provides_extra) == {"config", "dask", "dev", "emulator", "socks"}


def test_the_classifiers_list_every_tested_python(metadata):
    tested = re.search(r"py\{([\dt,]+)\}", (ROOT / "tox.ini").read_text("utf-8"))[1].split(",")
    named = re.findall(r"Python :: 3\.(\d+)\n", "\n".join([*metadata.classifiers, ""]))
    assert [f"3{minor}" for minor in named] == [python for python in tested if not python.endswith("t")]
    assert "Typing :: Typed" in metadata.classifiers


def test_the_changelog_begins_with_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    first = re.search(r"^## \[(.*?)\] - (unreleased|\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)
    assert first[1] == ionoscloud.__version__


def test_the_wheel_works_in_an_empty_environment(environment, distributions, metadata, tmp_path):
    """It needs only four packages, and runs the first example of the README."""
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    listing = [python, "-m", "pip", "list", "--format", "freeze"]
    before = set(run(listing, tmp_path).split())
    run([python, "-m", "pip", "install", "--quiet", distributions[0]], tmp_path)
    added = {line.partition("==")[0] for line in set(run(listing, tmp_path).split()) - before}
    assert added - INDIRECT == {"ionoscloud", *NEEDED}
    run([python, "-m", "pip", "check"], tmp_path)

    everything = "import ionoscloud; print(*(getattr(ionoscloud, n) and n for n in ionoscloud.__all__))"
    assert run([python, "-W", "error", "-c", everything], tmp_path).split() == ionoscloud.__all__

    quickstart = re.search(r"```python\n(.*?)```", metadata.description, re.DOTALL)[1]
    with CloudEmulator() as cloud:
        ids = [cloud.add_image(name=f"mine-{number}.iso", location="de/fra")["id"] for number in range(3)]
        access = {"IONOS_USERNAME": cloud.username, "IONOS_PASSWORD": cloud.password}
        printed = run([python, "-W", "error", "-c", quickstart], tmp_path, IONOS_API_URL=cloud.url, **access)
        assert [seen.method for seen in cloud.requests_seen] == ["GET"]
    assert set(ids) < {line.split()[0] for line in printed.splitlines()}


def test_the_sdist_passes_its_own_tests(unpacked):
    """These tests need other files of the repository; the other tests need no further files."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SDIST_TESTS]
    printed = run(command, unpacked)
    assert re.search(r"^\d{3,} passed", printed, re.MULTILINE), printed
    assert "failed" not in printed

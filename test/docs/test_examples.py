"""Every Python example of the documentation runs unchanged.

The examples use the real API and its FTP servers. The fixture `cloud` resolves these names to an emulator, and creates
the image file that the examples upload.

A `text` block right after an example is its expected output, with `...` for variable parts. Examples with test
functions run in pytest, with the `conftest.py` of their page. The first example of a page in docs/api creates the `api`
that the others use, for v6 if the method is only in v6. The examples of the recipes in `IN_AN_ACCOUNT` build on each
other, in an account that has resources.
"""

from __future__ import annotations

import doctest
import logging
import os
import re
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from examples_world import add_shop, add_unused_resources, populate, profiles_on

import ionoscloud
from ionoscloud import NotFoundException, UnprocessableEntityException

ROOT = Path(__file__).parents[2]
SEED = ROOT / "test" / "drop_in" / "ImageApi.md"
MODELS = sorted((ROOT / "docs" / "models").glob("*.md"))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted({*(ROOT / "docs").rglob("*.md")} - {*MODELS}), SEED]
EXAMPLE = re.compile(r"^( *)```python\n(.*?)^ *```(?:\n\n```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
IN_AN_ACCOUNT = {
    *("environments", "firewall", "kubernetes-cluster", "labels", "save-and-restore", "several-contracts"),
    *("unused-resources", "users-and-groups"),
}


def is_only_in_v6(page, source):
    """Return whether the page of a class says that the method in an example is only in v6."""
    method = re.search(r"\bapi\.(\w+)\(", source)
    section = page.read_text("utf-8").partition(f"\n## `{method[1]}`\n")[2] if method else ""
    return "Only in v6." in section.partition("```")[0]


def blocks():
    for page in PAGES:
        setup = ""
        for number, (indent, text, output) in enumerate(EXAMPLE.findall(page.read_text("utf-8")), 1):
            source = re.sub(f"^{indent}", "", text, flags=re.MULTILINE)
            if source.startswith("# conftest.py\n"):
                continue
            if page.parent.name == "api" and number == 1:
                setup = source
                continue
            source = source if "import " in source else setup + source
            yield pytest.param(page, source, output, id=f"{page.relative_to(ROOT).as_posix()}-{number}")


@pytest.fixture
def has_resources(page):
    return page.stem in IN_AN_ACCOUNT


@pytest.fixture
def profiles(page, profiles):
    return profiles_on(page) or profiles


@pytest.fixture
def cloud(page, cloud):
    if page.stem == "unused-resources":
        add_unused_resources(cloud)
    return cloud


def earlier_examples(page, source):
    """Return the examples of a page above one of them."""
    sources = [text for _, text, _ in EXAMPLE.findall(page.read_text("utf-8"))]
    return sources[: sources.index(source)]


@contextmanager
def logging_of_a_program():
    """Start without configured logging, as a program does, and remove the handlers of an example afterwards."""
    root, own = logging.getLogger(), logging.getLogger("ionoscloud")
    before = [(logger, logger.handlers[:], logger.level) for logger in (root, own)]
    root.handlers[:] = []
    try:
        yield
    finally:
        for logger, handlers, level in before:
            for handler in {*logger.handlers} - {*handlers}:
                handler.close()
            logger.handlers[:] = handlers
            logger.setLevel(level)


# Recipes for resources that exist already.
WITH_SHOP = ("scale-servers", "volumes-and-snapshots", "ip-blocks", "export-servers", "wait-for-anything")
# Resources that must not exist before: those that an example creates, or that block a deletion.
ABSENT = {
    "backupunits_post(": ("/backupunits",),
    "labels_post(": ("/labels",),
    "um_groups_shares_post(": ("/shares/resource_id_example",),
    "datacenters_lans_delete(": ("/nics", "/balancednics"),
    "k8s_delete(": ("/nodepools",),
    "flowlogs_post(": ("/flowlogs",),
    "natgateways_post(": ("/natgateways",),
    "loadbalancers_put(": ("/forwardingrules",),  # it removes the address that they use
    "loadbalancers_post(": ("/applicationloadbalancers", "/networkloadbalancers"),
}
# Examples that the emulator rejects like the real API. The seed page sends invalid data.
REJECTED = {"images_put": "422"}
# There are no requests, and the ids of templates and GPUs are not those of the examples.
NOT_FOUND = ("requests_find_by_id", "requests_status_get", "templates_find_by_id", "gpus_find_by_id")
NOT_A_CUBE = ("servers_suspend_post", "servers_resume_post")


@pytest.mark.parametrize(("page", "source", "output"), list(blocks()))
def test_an_example_runs_unchanged(page, source, output, cloud, capsys, monkeypatch):
    if "def test_" in source:
        Path("test_example.py").write_text(source, "utf-8")
        conftest = page.read_text("utf-8").partition("```python\n# conftest.py\n")[2].partition("```")[0]
        Path("conftest.py").write_text(conftest, "utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
        subprocess.run(command, check=True, env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
        return
    is_reference = page.parent.name == "api"
    if is_reference and is_only_in_v6(page, source):
        monkeypatch.setenv("IONOS_API_VERSION", "6")
    if is_reference or "datacenter_id_example" in source:
        absent = [path for text, paths in ABSENT.items() if text in source for path in paths]
        # Load balancers of both kinds have the same address in the examples.
        absent.append("/applicationloadbalancers" if "networkloadbalancers_" in source else "/networkloadbalancers")
        populate(cloud, absent, version=6 if "IONOS_API_VERSION" in os.environ or "api_version=6" in source else 5)
    if page.stem in WITH_SHOP:
        add_shop(cloud)
    failures = {NotFoundException: NOT_FOUND, UnprocessableEntityException: NOT_A_CUBE} if is_reference else {}
    failure = next((error for error in failures if any(f"{name}(" in source for name in failures[error])), None)
    names = {"__name__": "__main__"}
    for earlier in earlier_examples(page, source) if page.stem in IN_AN_ACCOUNT else ():
        exec(compile(earlier, str(page), "exec"), {"__name__": "__main__"})
    capsys.readouterr()
    with logging_of_a_program(), pytest.raises(failure) if failure else nullcontext():
        exec(compile(source, str(page), "exec"), names)
    if is_reference:
        names["client"].close()
    printed, logged = capsys.readouterr()
    assert cloud.requests_seen or "CloudEmulator" in source or "mock.patch" in source or output
    called = re.search(r"Exception when calling \w+\.(\w+)", source)
    if called:
        status = REJECTED.get(called[1])
        assert ("Exception when calling" in printed) == bool(status), printed
        assert not status or f": {status} " in printed
    if output:
        shown = printed + logged
        assert doctest.OutputChecker().check_output(output, shown, doctest.ELLIPSIS), shown


@pytest.mark.parametrize("page", [ROOT / "docs" / "cookbook" / "unused-resources.md"], ids=lambda page: page.stem)
def test_unused_resources_are_deleted_only_with_the_option(page, cloud, capsys, monkeypatch):
    program = EXAMPLE.search(page.read_text("utf-8"))[2]
    exec(program, {})
    unused = capsys.readouterr().out
    assert not any(request.method == "DELETE" for request in cloud.requests_seen)
    monkeypatch.setattr("sys.argv", ["clean-up", "--delete"])
    exec(program, {})
    assert capsys.readouterr().out == unused.replace("unused:", "deleted:")
    exec(program, {})
    assert not capsys.readouterr().out


@pytest.mark.parametrize("page", MODELS, ids=lambda page: page.stem)
def test_the_page_of_a_model_constructs_it_and_shows_its_names(page):
    model = getattr(ionoscloud, page.stem)
    text = page.read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|", text, re.MULTILINE)
    assert dict(rows) == getattr(model, "attribute_map", {})
    names = {}
    for _, source, _ in EXAMPLE.findall(text):
        exec(compile(source, str(page), "exec"), names)
    made = [value for value in names.values() if type(value) is model]
    assert all(value.to_dict() for value in made)
    assert len(made) == bool(rows)


def test_the_seed_page_has_its_ten_examples():
    assert sum(str(SEED.name) in parameter.id for parameter in blocks() if "drop_in" in parameter.id) == 10

"""The pytest plugin, in a directory that has nothing to do with this project."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]
EXTRA = ("OpenSSL", "jsonschema", "openapi_schema_validator", "pyftpdlib", "trustme", "werkzeug")


@pytest.fixture
def run(pytester):
    """Runs tests as somebody does who has the package installed and is strict about warnings."""

    def run(source, *arguments):
        pytester.makepyfile(source)
        return pytester.runpytest_subprocess("-q", "-W", "error", "--strict-markers", "--strict-config", *arguments)

    return run


@pytest.fixture
def without_extra(pytester, monkeypatch):
    """An environment in which what the extra brings is not there."""
    blocked = "".join(f"sys.modules[{name!r}] = None\n" for name in EXTRA)
    folder = pytester.mkdir("without_extra")
    (folder / "sitecustomize.py").write_text(f"import sys\n{blocked}", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_fixtures(run):
    result = run(
        """
        from ionoscloud import ImageApi

        def test_one(cloud_emulator, cloud_client):
            cloud_emulator.add_image(id="mine")
            cloud_emulator.fail_next(503, times=2)
            assert ImageApi(cloud_client).images_find_by_id("mine").id == "mine"
            assert len(cloud_emulator.requests_seen) == 3

        def test_the_next_has_a_cloud_of_its_own(cloud_emulator):
            assert not cloud_emulator.requests_seen
            cloud_emulator.add_image(id="mine")
        """
    )
    result.assert_outcomes(passed=2)


def test_the_closest_marker_wins(run):
    result = run(
        """
        import pytest
        from ionoscloud.emulator import ManualClock

        pytestmark = pytest.mark.cloud_emulator(username="module", token="module", clock=ManualClock(5))

        @pytest.mark.cloud_emulator(username="class")
        class TestOf:
            @pytest.mark.cloud_emulator(contract_numbers=[7])
            def test_all(self, cloud_emulator):
                assert (cloud_emulator.username, cloud_emulator.token) == ("class", "module")
                assert (cloud_emulator.contract_number, cloud_emulator.clock.now()) == (7, 5)
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("(5)", "*the marker cloud_emulator takes settings by name, such as run_time=2, not (5,)*"),
        ("(colour=1)", "*unexpected keyword argument 'colour'*"),
    ],
)
def test_a_marker_that_cannot_be_right_is_an_error(run, marker, message):
    result = run(
        f"""
        import pytest

        @pytest.mark.cloud_emulator{marker}
        def test_it(cloud_emulator):
            pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


def test_help_tells_of_both(run):
    run("").stdout.no_fnmatch_line("*cloud*")
    assert "@pytest.mark.cloud_emulator(**settings)" in run("", "--markers").stdout.str()
    fixtures = run("", "--fixtures").stdout.str()
    assert "cloud_emulator -- " in fixtures and "cloud_client -- " in fixtures


def test_without_the_extra_only_the_fixtures_are_errors(run, without_extra):
    result = run(
        """
        import pytest

        def test_it():
            with pytest.raises(ImportError):
                import werkzeug

        def test_needs_it(cloud_emulator):
            pass
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ionoscloud.emulator needs *: run `pip install ionoscloud?emulator?`"])


def test_a_run_that_does_not_ask_for_it_loads_next_to_nothing(run):
    result = run(
        """
        import sys

        def test_it():
            loaded = {name for name in sys.modules if name.partition(".")[0] in ("ionoscloud", "urllib3", "werkzeug")}
            tables = {"ionoscloud", "ionoscloud._lazy", "ionoscloud.api", "ionoscloud.models", "ionoscloud.version"}
            assert loaded == {*tables, "ionoscloud.emulator", "ionoscloud.emulator.pytest_plugin"}
        """
    )
    result.assert_outcomes(passed=1)

"""The pytest plugin, in a separate directory."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def run(pytester, monkeypatch):
    """Run tests in another process, with only this plugin loaded and warnings as errors."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # importing the others takes longer than most tests
    pytester.makeconftest('pytest_plugins = ["ionoscloud.emulator.pytest_plugin"]')

    def run(source, *arguments):
        pytester.makepyfile(source)
        return pytester.runpytest_subprocess("-q", "-W", "error", "--strict-markers", "--strict-config", *arguments)

    return run


def test_fixtures(run):
    result = run(
        """
        from ionoscloud import ImageApi

        def test_one(cloud_emulator, cloud_client):
            cloud_emulator.add_image(id="mine")
            cloud_emulator.fail_next(503, times=2)
            assert ImageApi(cloud_client).images_find_by_id("mine").id == "mine"
            assert len(cloud_emulator.requests_seen) == 3

        def test_the_next_has_another_emulator(cloud_emulator):
            assert not cloud_emulator.requests_seen
            cloud_emulator.add_image(id="mine")
        """
    )
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*cloud*")


def test_the_closest_marker_takes_precedence(run):
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


def test_the_version_comes_from_the_marker_or_the_ini_file(run, pytester):
    test = """
        import pytest
        from ionoscloud import Api

        def test_of_the_ini_file(cloud_emulator, cloud_client):
            assert cloud_emulator.api_version == {version}
            assert Api(cloud_client).api_info_get().version == "{version}.0"
            assert cloud_emulator.configuration(api_version=5).host.endswith("/v5")

        @pytest.mark.cloud_emulator(api_version=6)
        def test_of_the_marker(cloud_client):
            assert Api(cloud_client).api_info_get().version == "6.0"
        """
    run(test.format(version=5)).assert_outcomes(passed=2)
    pytester.makeini("[pytest]\ncloud_emulator_api_version = 6")
    run(test.format(version=6)).assert_outcomes(passed=2)
    pytester.makeini("[pytest]\ncloud_emulator_api_version = 4")
    result = run(test.format(version=5))
    result.stdout.fnmatch_lines(["*the ini option cloud_emulator_api_version must be 5 or 6, not '4'*"])


def test_an_invalid_marker_is_an_error(run):
    result = run(
        """
        import pytest

        @pytest.mark.cloud_emulator(5)
        def test_without_a_name(cloud_emulator):
            pass

        @pytest.mark.cloud_emulator(colour=1)
        def test_an_unknown_name(cloud_emulator):
            pass
        """
    )
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*the marker cloud_emulator takes settings by name, such as run_time=2, not (5,)*"])
    result.stdout.fnmatch_lines(["*unexpected keyword argument 'colour'*"])


def test_help_lists_the_marker_and_the_fixtures(run):
    assert "@pytest.mark.cloud_emulator(**settings)" in run("", "--markers").stdout.str()
    fixtures = run("", "--fixtures").stdout.str()
    assert "cloud_emulator -- " in fixtures and "cloud_client -- " in fixtures


def test_without_the_extra_the_error_says_what_to_install(run, pytester, monkeypatch):
    folder = pytester.mkdir("without_extra")
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['werkzeug'] = None\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    result = run("def test_it(cloud_emulator): pass")
    assert result.ret != pytest.ExitCode.OK
    result.stderr.fnmatch_lines(["*ionoscloud.emulator needs werkzeug: run `pip install ionoscloud?emulator?`*"])


def test_without_the_plugin_nothing_is_imported(run, pytester):
    (pytester.path / "conftest.py").unlink()
    result = run(
        """
        import sys

        def test_it():
            assert not {name for name in sys.modules if name.partition(".")[0] in ("ionoscloud", "urllib3", "werkzeug")}

        def test_needs_it(cloud_emulator):
            pass
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*fixture 'cloud_emulator' not found"])

"""Clients with other settings (`with_options`), and settings by name (`ApiClient(token=...)`)."""

from __future__ import annotations

import copy
import inspect
import io
import os
import pickle
import threading
import traceback
from unittest import mock

import pytest
import urllib3

import ionoscloud
from ionoscloud import (
    ApiAttributeError,
    ApiClient,
    ApiException,
    ApiTypeError,
    ApiValueError,
    Configuration,
    ImageApi,
)
from ionoscloud._settings import ClientSettings, Settings
from ionoscloud.emulator import CloudEmulator
from ionoscloud.rest import RESTClientObject

SECRET = "s3cr3t-value"


def contract_of(seen):
    return seen.headers.get("X-Contract-Number")


# Settings of a view


def test_a_view_has_its_settings_and_the_original_keeps_its_own(client, server):
    client.configuration.contract_number = 1
    view = client.with_options(contract_number=2, max_retries=0)
    ImageApi(view).images_get()
    ImageApi(client).images_get()
    assert [contract_of(seen) for seen in server.seen] == ["2", "1"]
    server.respond(status=503, times=2)
    with pytest.raises(ApiException) as caught:
        ImageApi(view).images_get()
    assert caught.value.attempts == 1
    assert ImageApi(client).images_get() == ionoscloud.Images()
    assert (type(view), client.configuration.max_retries) == (ApiClient, 3)


def test_a_view_is_a_snapshot_of_settings_and_headers(client, server):
    client.set_default_header("X-Custom", "before")
    client.cookie = "a=b"
    client.user_agent = "mine"
    view = client.with_options(timeout=5)
    client.set_default_header("X-Custom", "after")
    client.configuration.contract_number = 3
    view.set_default_header("X-Other", "view")
    ImageApi(view).images_get()
    ImageApi(client).images_get()
    headers, original = (seen.headers for seen in server.seen)
    assert (headers["X-Custom"], headers["Cookie"], headers["User-Agent"]) == ("before", "a=b", "mine")
    assert "X-Contract-Number" not in headers
    assert original["X-Custom"] == "after"
    assert "X-Other" not in original


def test_an_option_takes_precedence_over_a_default_header(client, server):
    client.set_default_header("x-contract-number", 1)
    ImageApi(client.with_options(timeout=5)).images_get()
    ImageApi(client.with_options(contract_number=2)).images_get()
    ImageApi(client.with_options(contract_number=None)).images_get()
    assert [contract_of(seen) or seen.headers.get("x-contract-number") for seen in server.seen] == ["1", "2", None]


def test_an_application_changes_the_user_agent(client, server):
    ImageApi(client.with_options(application="tool/1")).images_get()
    assert server.last.headers["User-Agent"] == f"tool/1 {client.user_agent}"


@pytest.mark.parametrize("own", [{"token": "old"}, {"api_key": {"Token Authentication": "old"}}])
@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"token": "new"}, "Bearer new"),
        ({"api_key": {"Token Authentication": "new"}}, "Bearer new"),
        ({"username": "a", "password": "b"}, "Basic YTpi"),
        ({"password": "b"}, "Basic ZGVtbzpi"),
        ({"timeout": 5}, "Bearer fresh"),
    ],
)
def test_new_credentials_replace_those_of_the_original(server, own, options, sent):
    def refresh(configuration):
        configuration.token = "fresh"

    settings = {"username": "demo", "password": "x", "refresh_token_hook": refresh, **own}
    with ApiClient(Configuration(server.url, **settings)) as client:
        ImageApi(client.with_options(**options)).images_get()
        assert server.last.headers["Authorization"] == sent
        ImageApi(client).images_get()
        assert server.last.headers["Authorization"] == "Bearer fresh"


def test_a_new_user_is_not_combined_with_the_old_password(server):
    with ApiClient(Configuration(server.url, username="demo", password="x", environ={})) as client:
        with pytest.raises(ApiValueError, match=r"incomplete credentials: set Configuration\.password"):
            ImageApi(client.with_options(username="other")).images_get()
        # Uploads use user name and password although there is a token.
        assert client.with_options(token="new").configuration.user_and_password() is None
        assert client.with_options(token=None).configuration.user_and_password() == ("demo", "x")
        assert client.with_options(password="y").configuration.user_and_password() == ("demo", "y")
    assert not server.seen


def test_another_account_has_a_rate_limit_of_its_own(server, client):
    client.configuration.total_timeout = None
    used_up = {"X_RateLimit_Remaining": "0", "X_RateLimit_Limit": "1", "X_RateLimit_Burst": "5"}
    server.respond(**used_up)
    ImageApi(client).images_get()
    assert client.with_options(timeout=5).rest_client.rate_limit.reserve("next") > 50
    other = client.with_options(token="of another account")
    assert other.rest_client.rate_limit.reserve("next") == 0
    assert other.with_options(timeout=5).rest_client.rate_limit is other.rest_client.rate_limit


def test_a_view_can_have_another_version_and_host(server):
    with ApiClient(token="t") as client:
        newer = client.with_options(api_version=6)
        assert (client.configuration.host[-2:], newer.configuration.host[-2:]) == ("v5", "v6")
        url = server.url.replace("v5", "v6")
        ionoscloud.TemplatesApi(newer.with_options(host=url)).templates_get()
        assert server.last.target == "/cloudapi/v6/templates"
        older = newer.with_options(host=server.url, api_version=5)
        ImageApi(older).images_get()
        assert server.last.target == "/cloudapi/v5/images"
        with pytest.raises(ApiValueError, match="is that of Cloud API v5"):
            older.with_options(api_version=6)


def test_a_subclass_and_its_configuration_are_kept(server):
    class Mine(Configuration):
        account = "a"

        def auth_settings(self):
            return {"Token Authentication": {"in": "header", "key": "Authorization", "value": f"Own {self.account}"}}

    class Client(ApiClient):
        def __init__(self, configuration, extra):
            super().__init__(configuration)
            self.extra = extra

    with Client(Mine(server.url), extra=7) as client:
        view = client.with_options(account="b", timeout=5)
        ImageApi(view).images_get()
        assert (type(view), view.extra, server.last.headers["Authorization"]) == (Client, 7, "Own b")
        ImageApi(client).images_get()
        assert server.last.headers["Authorization"] == "Own a"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"time_out": 5}, ApiAttributeError, "Configuration has no setting time_out; did you mean 'timeout'?"),
        ({"x_contract_number": 5}, ApiAttributeError, "did you mean 'contract_number'?"),
        ({"auth_settings": 5}, ApiAttributeError, "Configuration has no setting auth_settings"),
        ({"pool_threads": 5}, ApiAttributeError, "Configuration has no setting pool_threads"),
        ({"timeout": "5"}, ApiTypeError, "timeout must be a number of seconds"),
        ({"max_retries": -1}, ApiValueError, "max_retries must be an integer, 0 or more, not -1"),
        ({"environ": {}}, ApiValueError, "environ can only be given to Configuration()"),
        ({"server_index": 0}, ApiValueError, "server_index can only be given to Configuration()"),
    ],
)
def test_a_wrong_option_is_rejected(client, options, error, message):
    with pytest.raises(error) as caught:
        client.with_options(**options)
    assert message in str(caught.value)


def test_a_method_that_is_replaced_on_the_client_is_not_bypassed(client):
    client.call_api = mock.Mock()
    with pytest.raises(ApiValueError, match="with_options cannot apply settings to call_api"):
        client.with_options(timeout=5)


# What a view shares


def test_views_share_the_connections(client, server):
    ImageApi(client).images_get()
    for number in range(3):
        view = client.with_options(contract_number=number, timeout=5)
        ImageApi(view.with_options(max_retries=0)).images_get()
    assert server.connections == 1


def test_other_tls_or_proxy_settings_have_their_own_connections(client, server):
    ImageApi(client).images_get()
    with client.with_options(connection_pool_maxsize=2) as view:
        ImageApi(view).images_get()
        assert server.connections == 2
    ImageApi(view).images_get()
    ImageApi(client).images_get()
    assert server.connections == 3  # the view has closed its own


def test_a_view_shares_connections_after_settings_of_both_have_changed(client, server):
    view = client.with_options(timeout=5)
    for some in (client, view):
        some.configuration.connection_pool_maxsize = 2
    ImageApi(client).images_get()
    ImageApi(view).images_get()
    assert server.connections == 1


def test_closing_a_view_leaves_shared_connections_and_streams_open(client, server):
    server.respond([1])
    stream = ImageApi(client).images_get(_preload_content=False)
    with client.with_options(timeout=5) as view:
        ImageApi(view).images_get()
        ImageApi(view).images_get(async_req=True).get(10)
    assert stream.read() == b"[1]"
    connections = server.connections
    ImageApi(client).images_get(async_req=True).get(10)
    assert server.connections == connections


def test_closing_the_original_closes_shared_connections_and_a_view_reconnects(client, server):
    view = client.with_options(timeout=5)
    ImageApi(view).images_get()
    client.close()
    ImageApi(view).images_get()
    assert server.connections == 2
    assert ImageApi(view).images_get(async_req=True).get(10) == ionoscloud.Images()


def test_a_view_keeps_working_if_the_program_drops_the_original(server, configuration):
    view = ApiClient(configuration).with_options(timeout=5)
    assert ImageApi(view).images_get(async_req=True).get(10) == ionoscloud.Images()


def test_views_share_threads_and_the_retry_budget(client, server, no_sleep):
    before = threading.active_count()
    for number in range(5):
        ImageApi(client.with_options(contract_number=number)).images_get(async_req=True).get(10)
    assert client.with_options().pool is client.pool
    assert threading.active_count() <= before + 8  # one pool has a worker and three that manage it
    server.respond(status=503, times=500)
    attempts = []
    for _ in range(40):
        with pytest.raises(ApiException) as caught:
            ImageApi(client.with_options(timeout=5)).images_get()
        attempts.append(caught.value.attempts)
    assert attempts[-1] == 1  # no view retries once the budget of the client is used up


def test_a_fork_gets_connections_of_its_own(client, server):
    view = client.with_options(contract_number=5)
    ImageApi(view).images_get()
    with mock.patch("os.getpid", return_value=os.getpid() + 1):
        ImageApi(view).images_get()
        assert server.connections == 2
    assert contract_of(server.last) == "5"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda view: pickle.loads(pickle.dumps(view))])
def test_a_copy_is_a_client_of_its_own(client, server, copied):
    view = client.with_options(contract_number=5)
    ImageApi(view).images_get()
    with copied(view) as twin:
        ImageApi(twin).images_get()
        assert (server.connections, contract_of(server.last)) == (2, "5")
    ImageApi(client).images_get()
    assert server.connections == 2


# Recorders


def canned(*arguments, **options):
    return urllib3.HTTPResponse(io.BytesIO(b'{"id": "canned"}'), preload_content=False, status=200)


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_a_view_uses_the_pool_manager_that_a_program_set(client, server, late):
    view = client.with_options(contract_number=5)
    if late:
        ImageApi(view).images_get()
    manager = mock.Mock(request=mock.Mock(side_effect=canned))
    client.rest_client.pool_manager = manager
    if not late:
        view = client.with_options(contract_number=5)
    connections = server.connections
    assert ImageApi(view).images_get().id == "canned"
    assert manager.request.call_args.kwargs["headers"]["X-Contract-Number"] == "5"
    client.rest_client.pool_manager = None
    assert ImageApi(view).images_get().id is None
    assert server.connections == max(connections, 1)


def test_a_view_uses_the_transport_that_a_program_set(client, configuration, server):
    class Recorder(RESTClientObject):
        recorded = ()

        def send(self, request, limits):
            Recorder.recorded += ((request.headers["X-Contract-Number"], self.configuration.timeout),)
            return super().send(request, limits)

    view = client.with_options(contract_number=5, timeout=7)
    ImageApi(view).images_get()
    client.configuration.contract_number = 1
    client.rest_client = Recorder(configuration)
    for some in (view, client):
        ImageApi(some).images_get()
    assert Recorder.recorded == (("5", 7), ("1", configuration.timeout))
    view.rest_client = other = mock.Mock(spec=["send"], send=canned)
    client.rest_client = RESTClientObject(configuration)
    assert view.rest_client is other
    assert client.rest_client is not other


def test_a_foreign_transport_keeps_its_settings(client):
    client.rest_client = foreign = mock.Mock(spec=["request", "close", "configuration"])
    foreign.configuration = client.configuration
    with client.with_options(timeout=5) as view:
        assert view.rest_client is foreign
        assert foreign.configuration is client.configuration
    foreign.close.assert_not_called()


# Helpers


@pytest.fixture(scope="module")
def cloud():
    with CloudEmulator(contract_numbers=[56, 31000001], queue_time=0, run_time=0) as cloud:
        yield cloud


def test_waits_and_lookups_use_the_contract_of_the_view(cloud):
    with ApiClient(cloud.configuration()) as client:
        view = client.with_options(contract_number=31000001)
        body = {"properties": {"name": "x", "location": "de/fra"}}
        created, _, headers = ionoscloud.DataCenterApi(view).datacenters_post_with_http_info(body)
        view.wait_for_completion(headers, initial_wait=0)
        with pytest.raises(ionoscloud.NotFoundException):
            client.wait_for_completion(headers, initial_wait=0)
        assert [each.id for each in ionoscloud.DataCenterApi(view).datacenters_get().items] == [created.id]
        assert ionoscloud.DataCenterApi(client).datacenters_get().items == []
        image = cloud.add_image(name="mine", location="de/fra", public=False, contract_number=31000001)
        assert ionoscloud.find_image(view, name="mine").id == image["id"]
        with pytest.raises(ionoscloud.ImageLookupError):
            ionoscloud.find_image(client, name="mine")


# Settings by name


def test_a_client_takes_the_settings_of_a_configuration(server):
    with ApiClient(host=server.url, token=SECRET, contract_number=5, environ={}) as client:
        ImageApi(client).images_get()
    assert server.last.headers["Authorization"] == f"Bearer {SECRET}"
    assert contract_of(server.last) == "5"


def test_settings_by_name_change_a_copy_of_the_default_configuration(server, configuration):
    Configuration.set_default(configuration)
    with ApiClient(contract_number=5, cookie="a=b") as client:
        ImageApi(client).images_get()
    assert (contract_of(server.last), server.last.headers["Cookie"]) == ("5", "a=b")
    assert ApiClient().configuration.contract_number is None


def test_the_types_of_the_settings_are_those_of_the_configuration():
    parameters = dict(inspect.signature(Configuration.__init__).parameters)
    expected = {
        name: parameter.annotation
        for name, parameter in parameters.items()
        if name != "self" and parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }
    own = {**Settings.__annotations__, **ClientSettings.__annotations__}
    assert {name: hint.__forward_arg__ for name, hint in own.items()} == expected
    with ApiClient(token="t") as client:
        for name in Settings.__annotations__:
            default = getattr(client.configuration, name)
            if name not in ("logger_format", "api_version"):
                assert getattr(client.with_options(**{name: default}).configuration, name) == default


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda client: ApiClient(SECRET), ApiTypeError, "configuration must be a Configuration"),
        (lambda client: ApiClient({"token": SECRET}), ApiTypeError, "ApiClient(token=...)"),
        (lambda client: ApiClient(ImageApi(client)), ApiTypeError, "not ImageApi"),
        (lambda client: ApiClient(client), ApiTypeError, "not ApiClient"),
        (lambda client: ApiClient(client.configuration, token=SECRET), ApiTypeError, "client.with_options(token=...)"),
        (lambda client: ApiClient(tokn=SECRET), ApiAttributeError, "did you mean 'token'?"),
        (lambda client: client.with_options(passwrd=SECRET), ApiAttributeError, "did you mean 'password'?"),
        (lambda client: Configuration(tokn=SECRET), ApiAttributeError, "did you mean 'token'?"),
        (lambda client: Configuration.set_default(SECRET), ApiTypeError, "default must be a Configuration or None"),
        (lambda client: ImageApi(SECRET), ApiTypeError, "api_client must be an ApiClient"),
        (lambda client: ImageApi(client.configuration), ApiTypeError, "ApiClient(configuration), not Configuration"),
    ],
)
def test_a_wrong_argument_names_what_is_expected_and_no_secret(client, make, error, message):
    with pytest.raises(error) as caught:
        make(client)
    assert message in str(caught.value)
    assert SECRET not in str(caught.value)
    assert all(
        SECRET not in repr({**frame.f_locals})
        for frame, _ in traceback.walk_tb(caught.value.__traceback__)
        if frame.f_globals["__name__"].startswith("ionoscloud")
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda api: ionoscloud.find_image(api), "client must be an ApiClient, such as api.api_client"),
        (lambda api: ionoscloud.find_images("x", name="x"), "client must be an ApiClient, such as ApiClient("),
        (lambda api: ionoscloud.upload_image(api, "x.iso", "de/fra"), "client must be an ApiClient"),
        (lambda api: ionoscloud.transfer_image(api, "x.iso", "de/fra"), "client must be an ApiClient"),
        (lambda api: ionoscloud.wait_for_images(api, []), "client must be an ApiClient"),
        (lambda api: ionoscloud.wait_for_images(api.api_client, "x"), "transfers must be the result of transfer_image"),
        (lambda api: ionoscloud.wait_for_images(api.api_client, None), "transfers must be the result of"),
        (lambda api: ionoscloud.describe_images(api, [], {}), "client must be an ApiClient"),
        (lambda api: ionoscloud.describe_images(api.api_client, "x", {}), "images must be models of images, not 'x'"),
        (lambda api: ApiClient.wait_for_completion(api, "x"), "api_client must be an ApiClient"),
        (lambda api: ApiClient.wait_for(1, api.images_get), "fn_check must be a function, not 1"),
        (lambda api: ApiClient.wait_for(bool, None), "fn_request must be a function, not None"),
        (
            lambda api: api.images_get(depht=1),
            "got an unexpected keyword argument 'depht'; did you mean 'depth'?",
        ),
        (lambda api: api.images_get(_request_timout=1), "did you mean '_request_timeout'?"),
        (lambda api: ionoscloud.Image.from_dict("x"), "`data` must be a dict with the fields of Image, not a str"),
    ],
)
def test_a_wrong_argument_of_a_function_is_rejected_before_anything_is_sent(api, server, call, message):
    with pytest.raises(ApiTypeError) as caught:
        call(api)
    assert message in str(caught.value)
    assert not server.seen

"""Subinterpreters: shared GIL, as in mod_wsgi, and own GIL, as in `InterpreterPoolExecutor`."""

from __future__ import annotations

import sys
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.version_info < (3, 13), reason="needs Python 3.13")

MODELS = """
import copy, pickle
from ionoscloud import ApiClient, ApiValueError, Configuration, Image, ImageApi
from ionoscloud._models.json import from_json
image = from_json('{"id": "1", "properties": {"name": "n"}}', "Image")
assert copy.deepcopy(image) == pickle.loads(pickle.dumps(image)) == Image.from_dict(image.to_dict())
assert "name='n'" in repr(image) and "'name': 'n'" in image.to_str()
"""
CALL = """
with ApiClient(Configuration(host="http://127.0.0.1:9", token="t", max_retries=0)) as client:
    try:
        ImageApi(client).images_get(async_req=True)
    except ApiValueError as error:
        assert "async_req needs daemon threads" in str(error), error
    else:
        raise AssertionError("no error")
"""


def run(kind: str, code: str) -> None:
    interpreters: Any = __import__("_interpreters")
    interpreter = interpreters.create(kind)
    try:
        problem = interpreters.exec(interpreter, f"import sys; sys.path[:] = {sys.path!r}\n{code}")
        assert problem is None, problem.formatted
    finally:
        interpreters.destroy(interpreter)


@pytest.mark.parametrize("kind", ["legacy", "isolated"])
def test_models_work(kind: str) -> None:
    run(kind, MODELS)


def test_an_async_call_in_an_isolated_interpreter_raises_a_clear_error() -> None:
    run("isolated", MODELS + CALL)


@pytest.mark.parametrize("kind", ["legacy", "isolated"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_calls_work(server: Any, kind: str, host: str) -> None:
    server.respond({"id": "x"})
    url = server.url.replace("127.0.0.1", host)
    configuration = f"Configuration(host={url!r}, token='t', max_retries=0)"
    run(kind, MODELS + f"with ApiClient({configuration}) as client:\n    assert ImageApi(client).images_get().id")
    assert server.last.target == "/cloudapi/v5/images"

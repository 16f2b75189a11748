"""Calls as seen by the OpenTelemetry instrumentation of urllib3, which needs no code in this package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, Tracer

import ionoscloud

pytestmark = pytest.mark.once


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter) -> Iterator[Tracer]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    URLLib3Instrumentor().instrument(tracer_provider=provider, url_filter=lambda url: url.replace("hide-me", "***"))
    yield provider.get_tracer("test")
    URLLib3Instrumentor().uninstrument()
    provider.shutdown()


def traceparent(span):
    """Return the header that identifies a span."""
    context = span.context
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def test_a_call_is_a_span_whose_id_is_sent(server, api, tracer, exporter):
    with tracer.start_as_current_span("audit"):
        api.images_find_by_id("x")
    call, audit = exporter.get_finished_spans()
    assert call.parent == audit.context
    assert (call.name, call.attributes["http.status_code"]) == ("GET", 200)
    assert call.attributes["http.url"] == f"{server.url}/images/x"
    assert server.last.headers["traceparent"] == traceparent(call)


def test_an_async_call_is_a_child_of_the_span_of_its_caller(server, api, tracer, exporter):
    with tracer.start_as_current_span("audit"):
        api.images_get(async_req=True).get(30)
    call, audit = exporter.get_finished_spans()
    assert call.parent == audit.context
    assert server.last.headers["traceparent"] == traceparent(call)


def test_every_attempt_is_a_separate_span(server, api, tracer, exporter):
    server.respond(status=503)
    with tracer.start_as_current_span("audit"):
        api.images_get()
    first, second, audit = exporter.get_finished_spans()
    assert first.parent == second.parent == audit.context
    assert [span.attributes["http.status_code"] for span in (first, second)] == [503, 200]
    assert first.status.status_code is StatusCode.ERROR
    assert [seen.headers["traceparent"] for seen in server.seen] == [traceparent(first), traceparent(second)]


def test_an_attempt_without_a_response_is_a_failed_span(server, configuration, tracer, exporter):
    configuration.max_retries = 0
    server.respond(status=0)
    with ionoscloud.ApiClient(configuration) as client, pytest.raises(ionoscloud.ConnectionException):
        ionoscloud.ImageApi(client).images_get()
    (span,) = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.events[0].name == "exception"


@pytest.mark.parametrize("credentials", [{"username": "somebody", "password": "pa55word"}, {"token": "t0ken"}])
@pytest.mark.parametrize("status", [0, 200, 401, 503])
def test_spans_contain_no_secrets(server, tracer, exporter, credentials, status):
    server.respond({"password": "pa55word", "token": "t0ken"}, status)
    configuration = ionoscloud.Configuration(host=server.url, max_retries=0, **credentials)
    body = {"properties": {"password": "pa55word"}}
    with ionoscloud.ApiClient(configuration) as client, suppress(ionoscloud.ApiException):
        ionoscloud.UserManagementApi(client).um_users_post(body)
    (span,) = exporter.get_finished_spans()
    header = server.last.headers["Authorization"]
    assert b"pa55word" in server.last.body
    assert header.startswith(("Basic ", "Bearer t0ken"))
    shown = span.to_json()
    assert not [secret for secret in ("pa55word", "t0ken", header.split()[1]) if secret in shown]


def test_spans_show_query_values_unless_they_are_filtered(server, api, tracer, exporter):
    for name in ("ubuntu", "hide-me"):
        api.images_get(query_params={"filter.name": name})
    shown, filtered = (span.attributes["http.url"] for span in exporter.get_finished_spans())
    assert shown == f"{server.url}/images?filter.name=ubuntu"
    assert filtered == f"{server.url}/images?filter.name=***"

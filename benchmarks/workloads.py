"""Workloads of `bench.py`, which use only what every version of the package offers.

`python benchmarks/workloads.py NAME` runs one workload and prints the measured value and its baseline as JSON. The
workloads `wait` and `changes` also need the URL of an emulator and some of its settings.
"""

from __future__ import annotations

import gc
import io
import json
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median
from typing import Any

IMAGE: dict[str, Any] = {
    "id": "5468d4f1-50bf-11e5-b789-52540066fee9",
    "type": "image",
    "href": "https://api.ionos.com/cloudapi/v5/images/5468d4f1-50bf-11e5-b789-52540066fee9",
    "metadata": {
        "etag": "deeb6ea22d099ce8cddd1fc84e414fbe",
        "createdDate": "2015-09-01T15:37:18Z",
        "createdBy": "System",
        "createdByUserId": "[UNKNOWN]",
        "lastModifiedDate": "2015-09-01T15:37:18Z",
        "lastModifiedBy": "System",
        "lastModifiedByUserId": "[UNKNOWN]",
        "state": "AVAILABLE",
    },
    "properties": {
        "name": "CentOS-6.7-x86_64-netinstall.iso",
        "description": None,
        "location": "us/las",
        "size": 0.23,
        **{
            f"{part}Hot{way}": way == "Plug"
            for part in ("cpu", "ram", "nic", "discVirtio", "discScsi")
            for way in ("Plug", "Unplug")
        },
        "licenceType": "LINUX",
        "imageType": "CDROM",
        "public": True,
        "imageAliases": ["centos:6", "centos:latest"],
        "cloudInit": "NONE",
    },
}
NEW_IN_V6 = {"exposeSerial": False, "requireLegacyBios": True, "applicationType": "UNKNOWN", "requiredFeatures": []}
STATUS = {"id": "x", "type": "request-status", "metadata": {"status": "DONE", "message": "Done", "targets": []}}

Result = dict[str, float]


def image(version: int) -> dict[str, Any]:
    """Return an image as a version of the API has it."""
    return {**IMAGE, "properties": {**IMAGE["properties"], **NEW_IN_V6}} if version == 6 else IMAGE


def images(count: int, version: int = 5) -> bytes:
    """Return the body of a list of images, each with its own id, name and etag."""
    original = image(version)
    items = []
    for number in range(count):
        identifier = f"{number:08x}{IMAGE['id'][8:]}"
        items.append(
            {
                **original,
                "id": identifier,
                "href": f"https://api.ionos.com/cloudapi/v{version}/images/{identifier}",
                "metadata": {**original["metadata"], "etag": f"{number:032x}"},
                "properties": {**original["properties"], "name": f"image-{number}.iso"},
            }
        )
    return json.dumps({"id": "images", "type": "collection", "href": "x", "items": items}).encode()


def best(work: Callable[[], Any], runs: int = 5, repeat: int = 1) -> float:
    """Return the median duration of the work in seconds, over several runs with several repetitions each."""
    taken = []
    for _ in range(runs):
        gc.collect()
        started = time.perf_counter()
        for _ in range(repeat):
            result = work()
        taken.append((time.perf_counter() - started) / repeat)
        del result
    return median(taken)


def api(body: bytes, host: str = "", canned: bool = True, version: int = 5) -> Any:
    """Return the image API of the installed package; its urllib3 returns the body without sending a request."""
    import urllib3

    import ionoscloud

    if canned:
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}

        def urlopen(self: Any, method: str, url: str, **options: Any) -> Any:
            preload = options.get("preload_content", True)
            raw = io.BytesIO(body)
            return urllib3.HTTPResponse(raw, headers, 200, reason="OK", preload_content=preload, request_method=method)

        urllib3.HTTPConnectionPool.urlopen = urlopen  # type: ignore[method-assign,assignment]
    host = host or f"https://api.ionos.com/cloudapi/v{version}"
    configuration = ionoscloud.Configuration(host=host, username="u", password="p")
    if canned is False and hasattr(configuration, "connection_pool_maxsize"):
        configuration.connection_pool_maxsize = 64
    client = ionoscloud.ApiClient(configuration)
    image_api = getattr(ionoscloud, "ImageApi", None) or ionoscloud.ImagesApi  # the name in 6.x
    return image_api(client)


def decode(version: int = 5) -> Result:
    body = images(10_000, version)
    image_api = api(body, version=version)
    image_api.images_get(depth=1)
    return {"baseline": best(lambda: json.loads(body)), "taken": best(lambda: image_api.images_get(depth=1))}


def decode_many() -> Result:
    """Measure one list of 100,000 images, relative to ten lists of 10,000.

    The ten lists are kept in memory, because the garbage collector of CPython gets slower with more objects. The same
    is true for `json.loads`.
    """
    image_api = api(images(10_000))
    baseline = best(lambda: [image_api.images_get(depth=1) for _ in range(10)], runs=3)
    image_api = api(images(100_000))
    return {"baseline": baseline, "taken": best(lambda: image_api.images_get(depth=1), runs=3)}


def json_many() -> Result:
    """Measure the same for `json.loads`, to show the share of the garbage collector."""
    few, many = images(10_000), images(100_000)
    return {"baseline": 10 * best(lambda: json.loads(few)), "taken": best(lambda: json.loads(many), runs=3)}


def memory(version: int = 5) -> Result:
    body = images(10_000, version)
    image_api = api(body, version=version)
    image_api.images_get(depth=1)

    def held(work: Callable[[], Any]) -> float:
        gc.collect()
        tracemalloc.start()
        result = work()
        image_api.api_client.last_response = None  # where the published packages keep the body
        gc.collect()
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        del result
        return float(size)

    return {"baseline": held(lambda: json.loads(body)), "taken": held(lambda: image_api.images_get(depth=1))}


def call(version: int = 5) -> Result:
    """Measure one call, relative to a request with urllib3 and `json.loads`."""
    import urllib3

    body = json.dumps(image(version)).encode()
    image_api = api(body, version=version)
    manager = urllib3.PoolManager()
    url = f"https://api.ionos.com/cloudapi/v{version}/images/x"
    image_api.images_find_by_id("x")
    return {
        "baseline": best(lambda: json.loads(manager.request("GET", url).data), runs=9, repeat=1000),
        "taken": best(lambda: image_api.images_find_by_id("x"), runs=9, repeat=1000),
    }


def poll() -> Result:
    """Measure a status poll, relative to a GET of an image."""
    import ionoscloud

    image_api = api(json.dumps(IMAGE).encode())
    image_api.images_find_by_id("x")
    taken_by_get = best(lambda: image_api.images_find_by_id("x"), runs=9, repeat=1000)
    api(json.dumps(STATUS).encode())
    request_api = (getattr(ionoscloud, "RequestApi", None) or ionoscloud.RequestsApi)(image_api.api_client)
    request_api.requests_status_get("x")
    return {"baseline": taken_by_get, "taken": best(lambda: request_api.requests_status_get("x"), runs=9, repeat=1000)}


def to_dict() -> Result:
    body = images(10_000)
    listed = api(body).images_get(depth=1)
    return {"baseline": best(lambda: json.loads(body)), "taken": best(listed.to_dict)}


def put() -> Result:
    """Measure the encoding of the body of a PUT, relative to `json.dumps` of the same data."""
    body = json.dumps(IMAGE).encode()
    image_api = api(body)
    found = image_api.images_find_by_id("x")
    client = image_api.api_client
    try:
        from ionoscloud._json import to_json
        from ionoscloud._models.json import to_wire
    except ImportError:
        sent = client.sanitize_for_serialization(found)
        taken = best(lambda: json.dumps(client.sanitize_for_serialization(found)), runs=9, repeat=1000)
    else:
        sent = to_wire(found)
        taken = best(lambda: to_json(to_wire(found)), runs=9, repeat=1000)
    return {"baseline": best(lambda: json.dumps(sent), runs=9, repeat=1000), "taken": taken}


def cpu_of(code: str) -> float:
    """Return the CPU seconds that a new Python process takes for the code."""
    script = f"{code}\nimport time\nprint(time.process_time())"
    return float(
        subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True).stdout
    )


def importing(code: str, baseline: str) -> Result:
    bare, ours, theirs = [], [], []
    for _ in range(9):
        bare.append(cpu_of("pass"))
        ours.append(cpu_of(code))
        theirs.append(cpu_of(baseline))
    nothing = median(bare)
    return {"baseline": median(theirs) - nothing, "taken": max(median(ours) - nothing, 0.0)}


def import_package() -> Result:
    return importing("import ionoscloud", "import urllib3")


def ready() -> Result:
    code = "import ionoscloud\nname = 'ImageApi' if hasattr(ionoscloud, 'ImageApi') else 'ImagesApi'\n"
    code += "getattr(ionoscloud, name)(ionoscloud.ApiClient())"
    return importing(code, "import urllib3\nurllib3.PoolManager()")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    body = json.dumps(IMAGE).encode()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


def serve() -> None:
    ThreadingHTTPServer.request_queue_size = 128
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        print(server.server_port, flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()


def from_threads(baseline: str, taken: str, calls: int = 4000) -> Result:
    """Measure calls from 16 threads to a local server.

    Args:
        baseline: What to measure as the baseline: `limited` or `unlimited` (urllib3 with or without timeouts) or
            `package`.
        taken: What to measure as the result.
        calls: Number of calls.
    """
    import urllib3

    command = [sys.executable, __file__, "serve"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    host = f"http://127.0.0.1:{int(process.stdout.readline())}"
    image_api = api(b"", host, canned=False)
    seconds = getattr(image_api.api_client.configuration, "timeout", None)  # the published packages have no timeouts
    limits = urllib3.Timeout(connect=seconds[0], read=seconds[1]) if seconds else None
    manager = urllib3.PoolManager(maxsize=64)
    headers = {"Accept": "application/json", "User-Agent": "baseline", "Accept-Encoding": "gzip,deflate"}
    headers.update(urllib3.make_headers(basic_auth="u:p"))

    def get(timeout: Any) -> Any:
        return json.loads(manager.request("GET", f"{host}/images/x", headers=headers, timeout=timeout).data)

    ways: dict[str, Callable[[], Any]] = {
        "unlimited": lambda: get(None),
        "limited": lambda: get(limits),
        "package": lambda: image_api.images_find_by_id("x"),
    }

    def seconds_of(work: Callable[[], Any]) -> float:
        with ThreadPoolExecutor(16) as executor:
            return best(lambda: [done.result() for done in [executor.submit(work) for _ in range(calls)]], runs=1)

    pairs = [(seconds_of(ways[baseline]), seconds_of(ways[taken])) for _ in range(5)]
    process.stdin.close()
    process.wait()
    return {"baseline": median(pair[0] for pair in pairs), "taken": median(pair[1] for pair in pairs)}


def wait(url: str, queue_time: str, run_time: str) -> Result:
    """Measure a wait for a change, relative to its duration."""
    image_api = api(b"", url, canned=False)
    client = image_api.api_client
    image_id = image_api.images_get(depth=1, query_params={"filter.public": "false"}).items[0].id
    started = time.perf_counter()
    _, _, headers = image_api.images_patch_with_http_info(image_id, {"description": "waited for"})
    client.wait_for_completion(request_id_in(headers))
    return {"baseline": float(queue_time) + float(run_time), "taken": time.perf_counter() - started}


def changes(url: str, rate_limit: str, burst: str, count: int = 100, threads: int = 20) -> Result:
    """Measure changes from threads under a rate limit, each with a wait and a read of the result.

    The baseline is the time that the limit needs for the changes and the reads alone.
    """
    image_api = api(b"", url, canned=False)
    client = image_api.api_client
    images = image_api.images_get(depth=1, query_params={"filter.public": "false"}).items
    has_wait = hasattr(client, "wait_until")
    failures: list[str] = []

    def change(number: int) -> None:
        try:
            body = {"description": str(number)}
            if has_wait:
                image_api.images_patch(images[number].id, body, _wait=True)
                return
            _, _, headers = image_api.images_patch_with_http_info(images[number].id, body)
            client.wait_for_completion(request_id_in(headers))
            image_api.images_find_by_id(images[number].id)
        except Exception as error:
            failures.append(f"{type(error).__name__}: {getattr(error, 'status', None) or error}")

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as executor:
        list(executor.map(change, range(count)))
    taken = time.perf_counter() - started
    if failures:
        print(f"{len(failures)} of {count} changes failed: {sorted(set(failures))}", file=sys.stderr)
    return {"baseline": (2 * count - int(burst)) / int(rate_limit) * 60, "taken": taken, "failed": len(failures)}


def request_id_in(headers: Any) -> str:
    """Return the id of a request; the published packages do not take the headers."""
    names = {name.lower(): value for name, value in dict(headers).items()}
    return str(names["location"].rstrip("/").split("/")[-2])


WORKLOADS: dict[str, Callable[..., Result]] = {
    "decode": decode,
    "decode_many": decode_many,
    "json_many": json_many,
    "decode_v6": lambda: decode(6),
    "memory": memory,
    "memory_v6": lambda: memory(6),
    "call": call,
    "call_v6": lambda: call(6),
    "poll": poll,
    "to_dict": to_dict,
    "put": put,
    "import": import_package,
    "ready": ready,
    "threads": lambda: from_threads("limited", "package"),
    "limits": lambda: from_threads("unlimited", "limited"),
    "wait": wait,
    "changes": changes,
}

if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        print(json.dumps(WORKLOADS[sys.argv[1]](*sys.argv[2:])))

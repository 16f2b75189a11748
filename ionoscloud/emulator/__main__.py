"""`python -m ionoscloud.emulator`: serves the emulator until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from ionoscloud.emulator import CloudEmulator


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ionoscloud.emulator", description="IONOS Cloud API v5 in memory.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="0 for a free one (default: %(default)s)")
    for name, state, seconds in (("--queue-time", "QUEUED", 0.1), ("--run-time", "RUNNING", 0.4)):
        text = f"seconds that a request is {state} (default: %(default)s)"
        parser.add_argument(name, type=float, default=seconds, metavar="S", help=text)
    parser.add_argument("--rate-limit", type=int, metavar="N", help="requests a minute (default: no limit)")
    parser.add_argument("--ftps", action="store_true", help="also take uploads of images, by FTP over TLS")
    text = "seconds until what was uploaded is an image (default: %(default)s)"
    parser.add_argument("--arrival-time", type=float, default=0.5, metavar="S", help=text)
    options = parser.parse_args(arguments)
    try:
        cloud = CloudEmulator(**vars(options)).start()
    except (OSError, OverflowError) as error:
        print(f"Cannot listen on {options.host}:{options.port}: {error}", file=sys.stderr)
        return 1
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with cloud:
        print(f"IONOS Cloud API v5 in memory, at {cloud.url}; Ctrl-C ends it. To point a client at it:\n")
        print(f"export IONOS_API_URL={cloud.url}")
        print(f"export IONOS_USERNAME={cloud.username}")
        print(f"export IONOS_PASSWORD={cloud.password}")
        print(f"\nor, instead of user name and password:\n\nexport IONOS_TOKEN={cloud.token}", flush=True)
        if options.ftps:
            print(
                "\nUploads need user name and password, Configuration(ssl_ca_cert=...) and upload_image(hosts=...):\n"
            )
            print(f"ssl_ca_cert={cloud.ca_file!r}\nhosts={cloud.ftp_hosts}", flush=True)
        while not stopped.wait(0.5):  # with a time-out, without which Windows would not see Ctrl-C
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())

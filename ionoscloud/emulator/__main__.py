"""`python -m ionoscloud.emulator`: run the emulator until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence

from ionoscloud import emulator

EPILOG = """\
The emulator prints the IONOS_* environment variables for clients. examples:
  python -m ionoscloud.emulator --port 0 --run-time 5    use a free port; changes take 5 seconds
  python -m ionoscloud.emulator --api-version 6          print the URL of API v6 (v5 is served, too)
  python -m ionoscloud.emulator --demo                   start with servers, volumes, users and a cluster
  python -m ionoscloud.emulator --contracts 7 8 9        create contracts with these numbers
  python -m ionoscloud.emulator --rate-limit 60          respond with 429 after 60 requests in a minute
  python -m ionoscloud.emulator --state cloud.json       continue from the last run
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ionoscloud.emulator",
        description="IONOS Cloud API v5 and v6 in memory, for demonstrations and tests.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port",
        type=int,
        default=8080,
        metavar="N",
        help="port to listen on; 0 picks a free one (default: %(default)s)",
    )
    text = "URL for clients behind a proxy that changes host, scheme or path (default: the Host of each request)"
    parser.add_argument("--base-url", metavar="URL", help=text)
    text = "version of the printed URL; both versions are served (default: %(default)s)"
    parser.add_argument("--api-version", type=int, choices=(5, 6), default=5, help=text)
    text = "load this file if it exists, and save to it at the end (default: new state, which is not saved)"
    parser.add_argument("--state", metavar="FILE", help=text)
    text = "seed of the ids in a new state; the same N gives the same ids (default: %(default)s)"
    parser.add_argument("--seed", type=int, default=5, metavar="N", help=text)
    text = "contract numbers; the first is the default of a request (default: 31000001 31000002)"
    parser.add_argument("--contracts", dest="contract_numbers", type=int, nargs="+", metavar="N", help=text)
    text = "start with a data center, servers, volumes, users and a cluster; ignored if --state loads a file"
    parser.add_argument("--demo", action="store_true", help=text)
    for name, state, seconds in (("--queue-time", "QUEUED", 0.1), ("--run-time", "RUNNING", 0.4)):
        text = f"seconds that a request stays {state} (default: %(default)s)"
        parser.add_argument(name, type=float, default=seconds, metavar="S", help=text)
    parser.add_argument("--rate-limit", type=int, metavar="N", help="requests allowed a minute (default: no limit)")
    parser.add_argument(
        "--burst", type=int, metavar="N", help="number of requests that can come at once (default: all)"
    )
    parser.add_argument("--ftps", action="store_true", help="accept uploads of images by FTP with TLS")
    text = "seconds until an uploaded file becomes an image (default: %(default)s)"
    parser.add_argument("--arrival-time", type=float, default=0.5, metavar="S", help=text)
    options = vars(parser.parse_args(arguments))
    path = options.pop("state")
    found = path is not None and os.path.exists(path)
    try:
        cloud = emulator.CloudEmulator(**options, state=path if found else None)
    except (OSError, ValueError, ModuleNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    try:
        cloud.start()
    except OSError as error:
        print(f"Cannot listen on {options['host']}:{options['port']}: {error}", file=sys.stderr)
        return 1
    with cloud:
        # Report a file that cannot be saved now and not at the end.
        if path is not None and not _save(cloud, path):
            return 1
        # An exception, because a handler that sets a `threading.Event` can deadlock with the `wait` that it interrupts.
        signals = (signal.SIGINT, signal.SIGTERM)
        try:
            for number in signals:
                signal.signal(number, signal.default_int_handler)
            _announce(cloud, path, found, options["ftps"])
            while True:
                time.sleep(0.5)  # on Windows, Ctrl-C does not interrupt a longer one
        except KeyboardInterrupt:
            for number in signals:
                signal.signal(number, signal.SIG_IGN)  # a second signal must not prevent the saving
    return 0 if path is None or _save(cloud, path) else 1


def _announce(cloud: emulator.CloudEmulator, path: str | None, is_loaded: bool, has_ftp: bool) -> None:
    end = "stops it and saves the state" if path else "stops it"
    print(f"IONOS Cloud API v{cloud.api_version} in memory, at {cloud.url}; Ctrl-C {end}.")
    if is_loaded:
        print(f"It continues from {path}.")
    print("\nEnvironment variables for clients:\n")
    for name, value in cloud.environment().items():
        print(f"export {name}={value}")
    print(f"\nor, instead of user name and password:\n\nexport IONOS_TOKEN={cloud.token}", flush=True)
    if has_ftp:
        print("\nUploads need user name and password, Configuration(ssl_ca_cert=...) and upload_image(hosts=...):\n")
        print(f"ssl_ca_cert={cloud.ca_file!r}\nhosts={cloud.ftp_hosts}", flush=True)


def _save(cloud: emulator.CloudEmulator, path: str) -> bool:
    try:
        cloud.save(path)
    except (OSError, ValueError) as error:
        print(f"Cannot save to {path}: {error}", file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())

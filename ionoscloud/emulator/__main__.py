"""`python -m ionoscloud.emulator`: serves the emulator until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence

from ionoscloud import emulator

EPILOG = """\
It prints the IONOS_* variables that point a client at it. examples:
  python -m ionoscloud.emulator --port 0 --run-time 5    a free port; changes take 5 seconds
  python -m ionoscloud.emulator --demo                   something to look at from the start
  python -m ionoscloud.emulator --contracts 7 8 9        contracts of these numbers
  python -m ionoscloud.emulator --rate-limit 60          429 after 60 requests in a minute
  python -m ionoscloud.emulator --state cloud.json       goes on where it was stopped the last time
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ionoscloud.emulator",
        description="IONOS Cloud API v5 in memory, for demonstrations and tests.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8080, metavar="N", help="0 for a free one (default: %(default)s)")
    text = "URL that clients use, behind a proxy that changes host, scheme or path (default: the Host of each request)"
    parser.add_argument("--base-url", metavar="URL", help=text)
    text = "file to load if it exists, and to save to at the end (default: start a new state, save nothing)"
    parser.add_argument("--state", metavar="FILE", help=text)
    text = "where the ids of a new state come from: the same for the same N (default: %(default)s)"
    parser.add_argument("--seed", type=int, default=5, metavar="N", help=text)
    text = "numbers of the contracts; the first is the default of a request (default: 31000001 31000002)"
    parser.add_argument("--contracts", dest="contract_numbers", type=int, nargs="+", metavar="N", help=text)
    text = "begin with a data center, servers, volumes, users and a cluster; ignored if --state goes on from a file"
    parser.add_argument("--demo", action="store_true", help=text)
    for name, state, seconds in (("--queue-time", "QUEUED", 0.1), ("--run-time", "RUNNING", 0.4)):
        text = f"seconds that a request is {state} (default: %(default)s)"
        parser.add_argument(name, type=float, default=seconds, metavar="S", help=text)
    parser.add_argument("--rate-limit", type=int, metavar="N", help="requests a minute (default: no limit)")
    parser.add_argument("--burst", type=int, metavar="N", help="how many of them may come at once (default: all)")
    parser.add_argument("--ftps", action="store_true", help="also take uploads of images, by FTP over TLS")
    text = "seconds until what was uploaded is an image (default: %(default)s)"
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
        # What cannot be saved is better known now than at the end.
        if path is not None and not _save(cloud, path):
            return 1
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda signum, frame: stopped.set())
        print(f"IONOS Cloud API v5 in memory, at {cloud.url}; Ctrl-C ends it{' and saves it' if path else ''}.")
        if found:
            print(f"It goes on from {path}.")
        print("\nTo point a client at it:\n")
        for name, value in cloud.environment().items():
            print(f"export {name}={value}")
        print(f"\nor, instead of user name and password:\n\nexport IONOS_TOKEN={cloud.token}", flush=True)
        if options["ftps"]:
            print(
                "\nUploads need user name and password, Configuration(ssl_ca_cert=...) and upload_image(hosts=...):\n"
            )
            print(f"ssl_ca_cert={cloud.ca_file!r}\nhosts={cloud.ftp_hosts}", flush=True)
        while not stopped.wait(0.5):  # with a time-out, without which Windows would not see Ctrl-C
            pass
    return 0 if path is None or _save(cloud, path) else 1


def _save(cloud: emulator.CloudEmulator, path: str) -> bool:
    try:
        cloud.save(path)
    except (OSError, ValueError) as error:
        print(f"Cannot save to {path}: {error}", file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())

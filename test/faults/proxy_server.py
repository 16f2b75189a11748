"""A real proxy in another process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path


def start_proxy(folder: Path, *options: str) -> Iterator[int]:
    """Run a proxy in another process until the tests end; yield its port."""
    file = folder / "port"
    command = [sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0", "--port-file", str(file)]
    command += ["--num-workers", "1", "--num-acceptors", "1", "--log-level", "c", *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 30
        while not (file.exists() and file.read_text().strip()):
            assert process.poll() is None and time.monotonic() < until, "the proxy does not start"
            time.sleep(0.02)
        yield int(file.read_text())
        process.terminate()

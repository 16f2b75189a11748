"""Audit the images of many contracts: where they are, and which are undescribed, unused, outdated or duplicates.

    fleet_audit.py --file contracts.txt --journal audit.jsonl
    fleet_audit.py --file contracts.txt --journal audit.jsonl --scheduler tcp://scheduler:8786

The first command uses threads of this process, the second the workers of a Dask cluster (`pip install
ionoscloud[dask]`). The process that makes the calls takes the token from IONOS_TOKEN in its environment. The audit does
not change anything.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from tqdm import tqdm

import contract_audit
from contract_audit import Audit, PrivateImage
from fleet_report import rows_of, show
from ionoscloud import TooManyRequestsException

MAX_REQUEUES = 10  # times that a contract is queued again because of the rate limit


@contextmanager
def workers(scheduler: str | None, parallel: int) -> Generator[Executor]:
    """Start threads, or connect to the workers of a Dask cluster."""
    if scheduler is None:
        with ThreadPoolExecutor(parallel) as threads:
            yield threads
        return
    try:
        from dask.distributed import Client  # pyright: ignore[reportMissingImports, reportUnknownVariableType]

        cluster = cast("Any", Client(scheduler))
    except ImportError as error:
        raise SystemExit("--scheduler needs Dask: pip install 'ionoscloud[dask]'") from error
    except (OSError, ValueError) as error:
        raise SystemExit(f"--scheduler must be the address of a Dask scheduler, not {scheduler}: {error}") from error
    with cluster:
        cluster.wait_for_workers(1, timeout=30)
        cluster.upload_file(contract_audit.__file__)
        with cluster.get_executor(pure=False) as executor:
            yield executor


def audit_all(pool: Executor, contracts: list[int], parallel: int) -> Iterator[Audit]:
    """Audit at most `parallel` contracts at the same time; errors are part of the results."""
    waiting, failures = deque(contracts), Counter[int]()
    running: dict[Future[Audit], int] = {}
    while waiting or running:
        while waiting and len(running) < parallel:
            contract = waiting.popleft()
            running[pool.submit(contract_audit.audit, contract)] = contract
        pause = 0.0
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            contract = running.pop(future)
            try:
                yield future.result()
            except Exception as error:  # including errors of Dask, such as workers that died
                failures[contract] += 1
                if isinstance(error, TooManyRequestsException) and failures[contract] <= MAX_REQUEUES:
                    waiting.append(contract)
                    pause = max(pause, error.retry_after or 1)
                else:
                    yield Audit(contract, error=f"{type(error).__name__}: {error}")
        if pause:  # waiting as the server asked was not enough
            parallel = max(parallel // 2, 1)
            time.sleep(pause)


def resume(path: Path) -> list[Audit]:
    """Read the audits of earlier runs, and remove an incomplete last line."""
    text = path.read_bytes() if path.exists() else b""
    complete = text[: text.rfind(b"\n") + 1]
    audits = [Audit(**json.loads(line)) for line in complete.splitlines()]
    for audit in audits:
        audit.images = [PrivateImage(*image) for image in audit.images]
    if complete != text:
        os.truncate(path, len(complete))
    return audits


def contracts_in(path: str) -> list[int]:
    """Read contract numbers, one per line, with comments after a #."""
    try:
        lines = [line.partition("#")[0] for line in Path(path).read_text(encoding="utf-8").splitlines()]
        return [int(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{path} must be a file with one contract number per line: {error}") from error


def main() -> int:
    parser = argparse.ArgumentParser(description="Audit the images of many contracts.")
    parser.add_argument("contracts", nargs="*", type=int, metavar="CONTRACT", help="contract number")
    parser.add_argument("--file", type=contracts_in, default=[], help="file with contract numbers, one per line")
    parser.add_argument("--journal", type=Path, help="file that records completed audits, to resume later")
    parser.add_argument(
        "--unused-days",
        type=int,
        default=90,
        help="days until an unchanged image counts as unused (default: %(default)s)",
    )
    parser.add_argument("--parallel", type=int, default=16, help="contracts at the same time (default: %(default)s)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="scheduler of a Dask cluster, such as tcp://host:8786")
    parser.add_argument("--format", choices=["table", "json", "csv"], default="table")
    options = parser.parse_args()
    contracts = [*dict.fromkeys([*options.contracts, *options.file])]
    if not contracts:
        parser.error("pass contract numbers, or a --file with them")
    if options.parallel < 1:
        parser.error(f"--parallel must be 1 or more, not {options.parallel}")
    try:
        audits = {audit.contract: audit for audit in resume(options.journal)} if options.journal else {}
    except (OSError, TypeError, ValueError) as error:
        parser.error(f"--journal must be a file written by this script, not {options.journal}: {error}")
    todo = [contract for contract in contracts if contract not in audits]
    with (
        open(options.journal or os.devnull, "a", encoding="utf-8") as journal,
        workers(options.scheduler, options.parallel) as pool,
        tqdm(total=len(todo), unit=" contracts", disable=None) as bar,
    ):
        for audit in audit_all(pool, todo, options.parallel):
            audits[audit.contract] = audit
            if not audit.error:
                print(json.dumps(asdict(audit)), file=journal, flush=True)
            bar.update()
    rows = rows_of([audits[contract] for contract in contracts], options.unused_days)
    show(rows, options.format)
    return 1 if any(row["error"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())

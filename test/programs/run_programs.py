"""Run published clients of the API against the emulator, to test that they are compatible.

`python test/programs/run_programs.py FOLDER [NAME...]` installs all or the named programs into the folder and runs
them. `make programs` does both. It prints each difference as a line that begins with DIFFERS, and then fails. Lines
that begin with SKIPPED list operations that were not called.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "contract"))

from operations import OPERATIONS, Operation  # noqa: E402
from world import World  # noqa: E402

from ionoscloud import ApiClient  # noqa: E402
from ionoscloud.emulator import CloudEmulator, ManualClock  # noqa: E402


@dataclass(frozen=True)
class Program:
    """A published package, and the script that uses it."""

    name: str
    script: str
    pip: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    version: int = 5
    """Version of the API that it is written for."""
    same_models: bool = False
    """Whether its models have all fields of the document."""
    uses_ours: bool = False
    """Whether it uses this package instead of the published `ionoscloud` that it needs."""


PROGRAMS = (
    Program("5.0.8", "call_operations.py", pip=("ionoscloud==5.0.8", "urllib3<2"), same_models=True),
    Program("6.1.13", "call_operations.py", pip=("ionoscloud==6.1.13",), version=6),
    Program("libcloud", "walk_libcloud.py", pip=("apache-libcloud==3.7.0",)),  # the last version with the driver
    Program(
        "ionosenterprise", "walk_ionosenterprise.py", pip=("ionosenterprise==5.5.0", "ionoscloud==5.0.8", "urllib3<2")
    ),
    # Not in v6: it calls `to_dict()` of the results of deletions, which are empty there.
    Program("ionosenterprise-ours", "walk_ionosenterprise.py", pip=("ionosenterprise==5.5.0",), uses_ours=True),
    Program("sdk-nodejs", "walk_sdk.js", npm=("@ionos-cloud/sdk-nodejs@6.1.5",), version=6),
    Program("libionosenterprise", "walk_libionosenterprise.js", npm=("libionosenterprise@5.1.1",)),
)

# Fields of responses that the models of 5.0.8 lack.
BEYOND_5_0_8 = (
    ".properties.public",  # of a cluster; also in EXTRA_ATTRIBUTES in test/drop_in/test_names.py
    ".properties.gatewayIp",  # of a node pool; also there
    *(f".properties.{boot}.{part}" for boot in ("bootVolume", "bootCdrom") for part in ("metadata", "properties")),
)
# The document has no Location for nodes, and no known program needs one.
WITHOUT_LOCATION = ("k8sNodepoolsNodesDelete", "k8sNodepoolsNodesReplacePost")


def install(program: Program, folder: Path) -> dict[str, str]:
    """Install a program into a folder, and return the environment variables for its script."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("IONOS_", "PYTHON"))}
    folder.mkdir(parents=True, exist_ok=True)
    if program.npm:
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
        subprocess.run([*command, *program.npm], check=True, timeout=240)
        return {**environment, "NODE_PATH": str(folder / "node_modules")}
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
    subprocess.run([*command, "--target", str(folder), *program.pip], check=True)
    if program.uses_ours:
        shutil.rmtree(folder / "ionoscloud")
    return {**environment, "PYTHONPATH": str(folder)}


class Report:
    """Prints and counts the results of a program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.counts: Counter[str] = Counter()

    def line(self, word: str, text: str) -> None:
        self.counts[word] += 1
        print(f"{word} {self.program.name}: {text}", flush=True)


def walk(program: Program, environment: dict[str, str], report: Report) -> None:
    """Run a script that prints one line per step: `ok`, `DIFFERS` or `SKIPPED`, and a description."""
    runner = "node" if program.npm else sys.executable
    with CloudEmulator(queue_time=0.01, run_time=0.03, api_version=program.version) as cloud:
        result = subprocess.run(
            [runner, str(HERE / program.script)],
            env={**environment, **cloud.environment()},
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
        )
    for line in result.stdout.splitlines():
        word, _, text = line.partition(" ")
        if word in ("DIFFERS", "SKIPPED"):
            report.line(word, text)
        else:
            report.counts["ok"] += word == "ok"
    if result.returncode and not report.counts["DIFFERS"]:
        report.line("DIFFERS", f"{program.script} ended with {result.returncode}")


class Worker:
    """A process that calls operations with a published version."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def request(self, call: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a call and return its result, or without a call return the first line of the worker."""
        if call:
            self._process.stdin.write(json.dumps(call) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the worker ended, at {call}")
        return json.loads(line)


@contextmanager
def worker(program: Program, environment: dict[str, str]) -> Iterator[Worker]:
    with subprocess.Popen(
        [sys.executable, str(HERE / program.script)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Worker(process)


def every_operation(program: Program, environment: dict[str, str], report: Report) -> None:
    """Call each operation with the required arguments as dicts, with all as models, and with the maximum depth."""
    with ExitStack() as stack:
        emulator = CloudEmulator(clock=ManualClock(), queue_time=1, run_time=2, api_version=program.version)
        cloud = stack.enter_context(emulator)
        clients = (ApiClient(cloud.configuration(api_version=version)) for version in OPERATIONS)
        world = World(cloud, *map(stack.enter_context, clients))
        published = stack.enter_context(worker(program, {**environment, **cloud.environment()}))
        version = published.request()
        if version["version"] != program.name or not version["file"].startswith(environment["PYTHONPATH"]):
            report.line("DIFFERS", f"this is not the published version: {version}")
            return
        left_out: dict[str, dict[str, None]] = {}
        for operation in OPERATIONS[program.version].values():
            for way, arguments in ways(world, operation):
                call = {"method": operation.method, "body": operation.body_name, "model": operation.body_model}
                call.update(arguments=arguments, as_model=way == "all arguments")
                result = published.request(call)
                if "absent" in result:
                    report.line("SKIPPED", f"{operation.id}: this version does not have the operation")
                    break
                for text in result.get("left_out", ()):
                    left_out.setdefault(text, {})[operation.id] = None
                problems = [*problems_of(program, operation, result)]
                if result.get("location"):
                    cloud.clock.advance(10)
                    done = published.request({"wait": result["location"]})
                    problems += [f"waiting raised {done['raised']}"] if done else []
                for problem in problems:
                    report.line("DIFFERS", f"{operation.id} ({way}): {problem}")
                report.counts["ok"] += not problems
        for text, operations in left_out.items():
            report.line("SKIPPED", f"{text}: {', '.join(operations)}")


def ways(world: World, operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the arguments of each call of an operation, for the initial state of the world."""
    world.restore()
    yield "required arguments", world.arguments(operation)
    world.restore()
    yield "all arguments", world.arguments(operation, everything=True)
    if operation.verb == "GET" and any(parameter.name == "depth" for parameter in operation.parameters):
        for depth in (1, 10):
            yield f"depth {depth}", {**world.arguments(operation), "depth": depth}


def problems_of(program: Program, operation: Operation, result: dict[str, Any]) -> Iterator[str]:
    """Yield the problems with the result of a call."""
    if "raised" in result:
        yield f"raised {result['raised']}"
        return
    if result["status"] != operation.status:
        yield f"status {result['status']}, not {operation.status}"
    if result["status"] == 202 and not result["location"] and operation.id not in WITHOUT_LOCATION:
        yield "202 without a Location to poll"
    for kind, text in result["found"]:
        if kind == "unknown":
            if program.same_models and not text.endswith(BEYOND_5_0_8):
                yield f"the response has {text}, which the model does not know"
        else:
            yield f"{kind} in the response: {text}"


def run(program: Program, folder: Path) -> Report:
    report = Report(program)
    if program.npm and not (shutil.which("node") and shutil.which("npm")):
        report.line("SKIPPED", "!!! node and npm are not installed, it is not tested !!!")
        return report
    try:
        environment = install(program, folder / program.name)
    except subprocess.SubprocessError as error:
        report.line("DIFFERS", f"it cannot be installed: {error}")
        return report
    (every_operation if program.script == "call_operations.py" else walk)(program, environment, report)
    return report


def main(arguments: list[str]) -> int:
    folder, *names = arguments
    unknown = {*names} - {program.name for program in PROGRAMS}
    if unknown:
        known = ", ".join(each.name for each in PROGRAMS)
        print(f"Unknown program: {', '.join(sorted(unknown))}. Known programs: {known}")
        return 2
    reports = [run(each, Path(folder).resolve()) for each in PROGRAMS if not names or each.name in names]
    for report in reports:
        counts = ", ".join(f"{report.counts[word]} {word}" for word in ("ok", "DIFFERS", "SKIPPED"))
        print(f"{report.program.name} ({' '.join(report.program.pip or report.program.npm)}): {counts}")
    return 1 if any(report.counts["DIFFERS"] or not report.counts for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

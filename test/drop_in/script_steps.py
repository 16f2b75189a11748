"""Record the calls of a script, with names and call forms that all published packages have."""

import datetime
import json
import re
import sys
import time

from ionoscloud.exceptions import ApiException, ApiValueError

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^ \"]*")


class Steps:
    """The calls of a script, each with its status and its result, without values that depend on the clock.

    Rejected calls are steps, too.
    """

    def __init__(self, client):
        self.client = client
        self.steps = []

    def do(self, method, *arguments, **options):
        """Call a method, record the step, wait for the change, and return the result."""
        name = method.__name__
        try:
            result, status, headers = getattr(method.__self__, f"{name}_with_http_info")(*arguments, **options)
        except ApiException as error:
            self.steps.append([name, error.status, error.reason, json.loads(error.body)])
            return None
        except ApiValueError as error:  # before anything was sent
            self.steps.append([name, type(error).__name__])
            return None
        self.steps.append([name, status, None if "delete" in name else as_dict(result)])
        if "Location" in headers:
            request_id = headers["Location"].split("/")[-2]
            self.client.wait_for_completion(request_id=request_id, timeout=60, initial_wait=0.05)
        return result

    def until(self, state, method, *arguments):
        """Wait until a managed resource has a state or is deleted."""
        for _ in range(200):
            try:
                found = method(*arguments)
            except ApiException as error:
                return self.steps.append([method.__name__, error.status])
            if found.metadata.state == state:
                return self.steps.append([method.__name__, state])
            time.sleep(0.05)
        return self.steps.append([method.__name__, "never", state])

    def print(self):
        """Print the steps as JSON."""
        sys.stdout.write(TIME.sub("TIME", json.dumps(self.steps, indent=1, default=plain)))


def as_dict(value):
    if isinstance(value, list):
        return [as_dict(item) for item in value]
    return value.to_dict() if hasattr(value, "to_dict") else value


def plain(value):
    """Encode a value for JSON: of a date only its type, because runs have different dates."""
    return type(value).__name__ if isinstance(value, datetime.datetime) else repr(value)

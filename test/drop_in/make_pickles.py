"""Write the pickles of a published package that test_pickles.py reads.

Run `python -I test/drop_in/make_pickles.py FOLDER`. FOLDER contains the published package and its dependencies, from
`pip install --target FOLDER ionoscloud==5.0.8 "urllib3<2"`; the same for 6.1.13.
"""

import pickle
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from urllib3._collections import HTTPHeaderDict

import ionoscloud
from ionoscloud.exceptions import ApiException, ApiKeyError

error = ApiException(status=404, reason="Not Found")
error.body = '{"httpStatus": 404, "messages": [{"errorCode": "309", "message": "gone"}]}'
error.headers = HTTPHeaderDict({"X-Request-Id": "r"})
properties = ionoscloud.ImageProperties(name="n", licence_type="LINUX")
values = [
    ionoscloud.Images(id="images", items=[ionoscloud.Image(id="x", properties=properties)]),
    ionoscloud.PaginationLinks(_self="s", next="n"),
    error,
    ApiKeyError("wrong", ["a", 1]),
    ionoscloud.Configuration(host="https://localhost/cloudapi/v5", username="u", password="p"),
]
values[-1].proxy = "http://localhost:1"
for protocol in (0, 2, 5):
    path = Path(__file__).with_name("pickles") / f"{ionoscloud.__version__}-{protocol}.pickle"
    path.write_bytes(pickle.dumps(values, protocol))

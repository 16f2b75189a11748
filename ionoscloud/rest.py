"""The transport under its module path of 5.0.x. Its code is in `ionoscloud._transport.client`."""

import urllib3 as urllib3  # tests of programs patch `ionoscloud.rest.urllib3`

from ionoscloud._transport.client import RESTClientObject as RESTClientObject, RESTResponse as RESTResponse
from ionoscloud.exceptions import ApiException as ApiException, ApiValueError as ApiValueError

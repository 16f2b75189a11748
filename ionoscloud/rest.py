"""Export the transport under its module path in 5.0.x. `ionoscloud._transport.client` defines it."""

from ionoscloud._transport.client import RESTClientObject as RESTClientObject, RESTResponse as RESTResponse
from ionoscloud.exceptions import ApiException as ApiException, ApiValueError as ApiValueError

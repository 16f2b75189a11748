"""The transport under the module path of 5.0.x; it is defined in `ionoscloud._transport.client`."""

from ionoscloud._transport.client import RESTClientObject as RESTClientObject, RESTResponse as RESTResponse
from ionoscloud.exceptions import ApiException as ApiException, ApiValueError as ApiValueError

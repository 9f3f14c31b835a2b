"""The shop's own service, over HTTP."""

import json
import os
from urllib.request import Request, urlopen


class Shop:
    def __init__(self, url: str) -> None:
        self.url = url

    def lookup_order(self, order_id: str) -> dict:
        return self._call("GET", f"/orders/{order_id}")

    def change_address(self, order_id: str, **address: str) -> dict:
        return self._call("PUT", f"/orders/{order_id}/address", address)

    def refund_items(self, order_id: str, items: list[dict], reason: str) -> dict:
        return self._call("POST", f"/orders/{order_id}/refunds", {"items": items, "reason": reason})

    def _call(self, method: str, path: str, body: dict | None = None) -> dict:
        data = json.dumps(body).encode() if body is not None else None
        with urlopen(Request(self.url + path, data=data, method=method)) as answer:
            return json.load(answer)


shop = Shop(os.environ.get("ACME_SHOP_URL", "http://shop.internal"))

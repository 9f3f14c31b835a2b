"""Runs the agent's tools against the shop."""

import json

from acme_help.shop import shop

HANDLERS = {
    "lookup_order": shop.lookup_order,
    "change_address": shop.change_address,
    "refund_items": shop.refund_items,
}


def run_tool(block) -> dict:
    result = HANDLERS[block.name](**block.input)
    return {"type": "tool_result", "tool_use_id": block.id, "content": json.dumps(result)}

"""The tools of the order agent, as the model sees them."""

TOOLS = [
    {
        "name": "lookup_order",
        "description": "Looks up one order: its items, prices, status, parcels and the address it goes to.",
        "input_schema": {
            "type": "object",
            "properties": {
                "order_id": {"type": "string", "description": "Order number, such as AC-204815."},
            },
            "required": ["order_id"],
        },
    },
    {
        "name": "change_address",
        "description": "Changes the delivery address of an order that has not left the warehouse.",
        "input_schema": {
            "type": "object",
            "properties": {
                "order_id": {"type": "string", "description": "Order number."},
                "street": {"type": "string"},
                "postcode": {"type": "string"},
                "city": {"type": "string"},
                "country": {"type": "string", "description": "ISO 3166 code of two letters."},
            },
            "required": ["order_id", "street", "postcode", "city", "country"],
        },
    },
    {
        "name": "refund_items",
        "description": "Refunds items of a delivered order, in full or in part, to the payment method that was used.",
        "input_schema": {
            "type": "object",
            "properties": {
                "order_id": {"type": "string", "description": "Order number."},
                "items": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "sku": {"type": "string"},
                            "quantity": {"type": "integer", "minimum": 1},
                            "share": {"type": "number", "description": "Part of the price to refund, 0 to 1."},
                        },
                        "required": ["sku", "quantity"],
                    },
                },
                "reason": {"type": "string", "enum": ["damaged", "late", "wrong_item", "not_wanted", "goodwill"]},
            },
            "required": ["order_id", "items", "reason"],
        },
    },
]

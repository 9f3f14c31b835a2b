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
    {
        "name": "book_pickup",
        "description": (
            "Books a pickup for a return that is too heavy or too large for the post office (over 31 kg, or longer "
            "than 120 cm). The carrier comes on one working day between 8 and 18 o'clock and brings the label. Look "
            "the order up first; book once for all items of an order; tell the customer the day and that the goods "
            "must stand packed behind the front door. Pickups can be moved once, and not on the day itself."
        ),
        "input_schema": {
            "type": "object",
            "properties": {
                "order_id": {"type": "string", "description": "Order number, such as AC-204815."},
                "items": {
                    "type": "array",
                    "description": "What is to be picked up, by article number.",
                    "items": {
                        "type": "object",
                        "properties": {
                            "sku": {"type": "string"},
                            "quantity": {"type": "integer", "minimum": 1},
                            "packed": {"type": "boolean", "description": "Whether it is in its first packing."},
                        },
                        "required": ["sku", "quantity", "packed"],
                    },
                },
                "day": {"type": "string", "description": "Wished day, YYYY-MM-DD; from two working days ahead."},
                "telephone": {"type": "string", "description": "Where the carrier reaches the customer on the day."},
                "access": {
                    "type": "string",
                    "enum": ["street", "yard", "stairs", "lift"],
                    "description": "How the carrier gets to the goods.",
                },
            },
            "required": ["order_id", "items", "day", "telephone"],
        },
    },
]

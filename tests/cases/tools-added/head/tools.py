TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "find_order",
            "description": "Finds an order by its number.",
            "parameters": {"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]},
        },
    },
    {
        "type": "function",
        "function": {
            "name": "book_pickup",
            "description": "Books a courier who picks up a heavy parcel at the customer's door. Only for returns above 10 kg.",
            "parameters": {
                "type": "object",
                "properties": {
                    "order": {"type": "string", "description": "The number of the order."},
                    "day": {"type": "string", "description": "The day of the pickup, as YYYY-MM-DD."},
                    "floor": {"type": "integer", "description": "The floor, for the crew."},
                },
                "required": ["order", "day"],
            },
        },
    },
]

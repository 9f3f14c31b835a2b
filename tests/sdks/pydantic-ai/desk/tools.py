from .agent import desk


# tool: shelf_of
@desk.tool_plain
def shelf_of(thing: str) -> str:
    """The shelf on which a thing lies."""
    return thing


# tool: hand_out
@desk.tool_plain(retries=2)
def hand_out(thing: str, owner: str) -> bool:
    """Hand a thing to its owner."""
    return bool(thing and owner)


@desk.system_prompt
def hours() -> str:
    return "Today the desk is open until six."

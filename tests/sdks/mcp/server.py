from mcp import types
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("harbour")


# tool: next_tide
@mcp.tool()
def next_tide(port: str, hours: int = 12) -> str:
    """The next high tide of a port.

    Args:
        port: name of the port
        hours: how far to look ahead
    """
    return port


async def list_tools() -> list[types.Tool]:
    return [
        # tool: berth
        types.Tool(
            name="berth",
            description="Find a free berth",
            inputSchema={"type": "object", "properties": {"length": {"type": "number"}}, "required": ["length"]},
        )
    ]

"""A library's MCP server in the styles that are met."""
from fastmcp import Context, FastMCP
from mcp.server import Server
from mcp.types import Tool
from pydantic import BaseModel, Field

mcp = FastMCP(name="library", instructions="Ask for the shelf mark first.")
server = Server("old-library")


class Loan(BaseModel):
    reader: str = Field(description="number of the reader")
    days: int = 14


# tool: find_book
@mcp.tool(name="find_book", description="Find a book by its title")
async def find(title: str, ctx: Context) -> str:
    return title


# tool: lend
@mcp.tool
def lend(loan: Loan) -> str:
    """Lend a book to a reader."""
    return loan.reader


@server.list_tools()
async def listed():
    return [
        # tool: renew
        Tool(name="renew", description="Renew a loan", inputSchema={"type": "object", "properties": {"book": {"type": "string"}}})
    ]

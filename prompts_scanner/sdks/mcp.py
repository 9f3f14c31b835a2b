"""MCP servers: what they offer is sent with every request of the agents that use them.

They call no model themselves; their tools are read by decorator and by shape.
https://modelcontextprotocol.io/docs/develop/build-server
"""

from __future__ import annotations

from prompts_scanner.shape import Sdk

MCP = Sdk(
    name="mcp",
    packages=("mcp", "fastmcp", "@modelcontextprotocol/sdk"),
    tool_decorators=("tool",),
    tool_factories=("Tool", "registerTool"),
)

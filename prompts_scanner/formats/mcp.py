"""MCP manifests: `mcpServers` of a client's configuration, and server manifests that list tools.

A server in a client's configuration puts tools of unknown size into every request of the agent that uses it.
https://modelcontextprotocol.io/docs/learn/architecture, https://github.com/anthropics/mcpb/blob/main/MANIFEST.md
"""

from __future__ import annotations

import json

from prompts_scanner.documents import read_document
from prompts_scanner.formats.base import Files, InFile, tool_item
from prompts_scanner.formats.walk import at, entries, fields, items, plain, span_of, text_at, tool_of
from prompts_scanner.model import Span, Tool, ToolItem
from prompts_scanner.values import Map, Value

_MARKS = (b'"mcpServers"', b"mcpServers:", b"mcp_servers", b'"mcp"', b'"manifest_version"', b'"mcp_servers"')


def claims(path: str, head: bytes) -> bool:
    if not path.endswith((".json", ".yaml", ".yml", ".toml")):
        return False
    return any(m in head for m in _MARKS[:3]) or (path.endswith(("mcp.json", "manifest.json")) and b'"tools"' in head)


def read(path: str, text: str, files: Files) -> InFile:
    del files
    document = read_document(path, text)
    if document is None:
        return InFile()
    tools: list[ToolItem] = []
    for entry in entries(document):
        if entry.key in ("mcpServers", "mcp_servers", "servers") and isinstance(entry.value, Map):
            tools += [_server(name, server) for name, server in fields(entry.value) if isinstance(server, Map)]
    for item in items(at(document, "tools")):
        tool = _listed(item, path)
        if tool is not None:
            tools.append(tool)
    return InFile(tools=tuple(tools))


def _server(name: str, server: Map) -> ToolItem:
    span = server.span
    return tool_item(span, Tool(name=name, schema="", span=span, complete=False, builtin="mcp"), "mcp server")


def _listed(item: Value, path: str) -> ToolItem | None:
    if not isinstance(item, Map):
        return None
    tool = tool_of(item)
    if tool is None:
        name = text_at(item, "name")
        if name is None or text_at(item, "description") is None:
            return None
        schema = json.dumps(plain(item), ensure_ascii=False, separators=(",", ":"))
        tool = Tool(name=name, schema=schema, span=span_of(item) or Span(path, 1, 1), complete=False)
    return tool_item(tool.span, tool, "mcp manifest")

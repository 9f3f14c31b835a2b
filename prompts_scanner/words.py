"""Words without which a file holds neither a call nor a surface; what a site needs from elsewhere is reached by imports."""

from __future__ import annotations

SURFACE_WORDS = (
    r"prompt|instruction|You are |system_message|template|@[A-Za-z_]*tool|_tool[^A-Za-z0-9_]|Tool\(|tool\(|input_schema|"
    r"toolSpec|inputSchema|parameters[\"']?:|z\.object|top_?k|chunk|n_results|max_results|num_results|similarity|retriev|embedding|rerank|_encoder|page_?[cC]ontent"
)
CALL_WORDS = (
    r"\.create\(|\.completion|completion\(|\.invoke|\.ainvoke|\.stream\(|\.generate|Agent|llm|LLM|chat|Chat|openai|"
    r"anthropic|baml_client|generateText|streamText|converse|messages|gpt-|claude-|gemini-"
)

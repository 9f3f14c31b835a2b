"""The index page of libraries. Order matters where two claim the same name: the more specific comes first."""

from __future__ import annotations

from prompts_scanner.sdks.agents_more import (
    AGNO,
    AUTOGEN,
    CLAUDE_AGENT,
    DSPY,
    GOOGLE_ADK,
    HAYSTACK,
    INSTRUCTOR,
    SEMANTIC_KERNEL,
    SMOLAGENTS,
    STRANDS,
)
from prompts_scanner.sdks.anthropic import ANTHROPIC, ANTHROPIC_BEDROCK, ANTHROPIC_VERTEX
from prompts_scanner.sdks.bedrock import BEDROCK
from prompts_scanner.sdks.cohere import COHERE
from prompts_scanner.sdks.crewai import CREWAI
from prompts_scanner.sdks.google import GENERATIVEAI, GOOGLE
from prompts_scanner.sdks.http import HTTP
from prompts_scanner.sdks.langchain import LANGCHAIN
from prompts_scanner.sdks.litellm import LITELLM
from prompts_scanner.sdks.llamaindex import LLAMAINDEX
from prompts_scanner.sdks.mcp import MCP
from prompts_scanner.sdks.mistral import MISTRAL
from prompts_scanner.sdks.ollama import OLLAMA
from prompts_scanner.sdks.openai import AZURE_OPENAI, CEREBRAS, FIREWORKS, GROQ, HUGGINGFACE, OPENAI, TOGETHER
from prompts_scanner.sdks.openai_agents import OPENAI_AGENTS
from prompts_scanner.sdks.pydantic_ai import PYDANTIC_AI
from prompts_scanner.sdks.typescript_frameworks import COPILOTKIT, GENKIT, MASTRA
from prompts_scanner.sdks.vercel_ai import VERCEL_AI
from prompts_scanner.sdks.voyage import VOYAGE
from prompts_scanner.sdks.xai import XAI
from prompts_scanner.shape import Sdk

SDKS: tuple[Sdk, ...] = (
    OPENAI,
    AZURE_OPENAI,
    ANTHROPIC,
    ANTHROPIC_BEDROCK,
    ANTHROPIC_VERTEX,
    GOOGLE,
    GENERATIVEAI,
    VERCEL_AI,
    LANGCHAIN,
    LITELLM,
    MISTRAL,
    COHERE,
    VOYAGE,
    XAI,
    GROQ,
    TOGETHER,
    FIREWORKS,
    CEREBRAS,
    HUGGINGFACE,
    BEDROCK,
    OLLAMA,
    OPENAI_AGENTS,
    PYDANTIC_AI,
    CREWAI,
    LLAMAINDEX,
    AUTOGEN,
    DSPY,
    HAYSTACK,
    SEMANTIC_KERNEL,
    SMOLAGENTS,
    STRANDS,
    GOOGLE_ADK,
    CLAUDE_AGENT,
    AGNO,
    INSTRUCTOR,
    MASTRA,
    GENKIT,
    COPILOTKIT,
    HTTP,
    MCP,
)

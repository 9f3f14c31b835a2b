"""OpenAI Agents SDK, Python and JavaScript.  https://openai.github.io/openai-agents-python/"""

from __future__ import annotations

from prompts_scanner.shape import Binding, Roles, Runner, Sdk

_AGENT = Roles(
    model=("model",),
    system=("instructions",),
    tools=("tools",),
    schema=("output_type", "outputType"),
    output_cap=("model_settings.max_tokens", "modelSettings.maxTokens"),
    reasoning=("model_settings.reasoning.effort", "modelSettings.reasoning.effort"),
)
_RUN = Roles(
    messages=("input", "1"),
    max_turns=("max_turns", "maxTurns", "2.maxTurns"),
    model=("run_config.model",),
)

OPENAI_AGENTS = Sdk(
    name="openai-agents",
    packages=("agents", "@openai/agents", "@openai/agents-core", "@openai/agents-realtime", "@openai/agents/realtime"),
    provider="openai",
    bindings=(
        Binding(
            names=("Agent", "RealtimeAgent", "Agent.create", "VoicePipeline", "SandboxAgent"),
            operation="chat",
            roles=_AGENT,
            # https://openai.github.io/openai-agents-python/models/: gpt-4.1 unless set, 2026-03
            default_model="gpt-4.1",
            kind="agent",
        ),
        Binding(
            names=("OpenAIChatCompletionsModel", "OpenAIResponsesModel", "LitellmModel"),
            operation="chat",
            roles=Roles(model=("model", "0")),
            bills=False,
        ),
        Binding(
            names=("RealtimeSession",),
            operation="chat",
            roles=Roles(model=("1.model", "model")),
            invokes=("connect", "sendMessage", "send_message"),
            kind="agent",
            worker=("agent", "0"),
        ),
    ),
    runners=(
        Runner(path="Runner.run", target=("starting_agent", "0"), roles=_RUN),
        Runner(path="Runner.run_sync", target=("starting_agent", "0"), roles=_RUN),
        Runner(path="Runner.run_streamed", target=("starting_agent", "0"), roles=_RUN),
        Runner(path="run", target=("0",), roles=_RUN),
        Runner(path="RealtimeRunner", target=("starting_agent", "0")),
    ),
    tool_decorators=("function_tool",),
    tool_factories=("FunctionTool", "tool"),
)

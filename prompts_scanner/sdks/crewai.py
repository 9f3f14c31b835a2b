"""CrewAI agents, tasks and crews.  https://docs.crewai.com/concepts/agents"""

from __future__ import annotations

from prompts_scanner.shape import Binding, Roles, Sdk

CREWAI = Sdk(
    name="crewai",
    packages=("crewai",),
    clients=("LLM",),
    bindings=(
        Binding(
            names=("Task",),
            operation="chat",
            roles=Roles(
                prompt=("description", "config.description"),
                messages=("expected_output", "config.expected_output"),
                tools=("tools",),
                schema=("output_pydantic", "output_json", "response_model"),
            ),
            invokes=("execute_sync", "execute_async"),
            kind="agent",
            worker=("agent", "config.agent"),
        ),
        Binding(
            names=("Agent", "LiteAgent"),
            operation="chat",
            roles=Roles(
                model=("llm", "config.llm"),
                system=("role", "config.role"),
                prompt=("backstory", "config.backstory"),
                messages=("goal", "config.goal"),
                tools=("tools",),
                max_turns=("max_iter",),
            ),
            invokes=("kickoff", "kickoff_async", "execute_task"),
            # https://docs.crewai.com/concepts/llms: gpt-4o-mini unless OPENAI_MODEL_NAME is set
            default_model="gpt-4o-mini",
            kind="agent",
        ),
        Binding(
            names=("Crew",),
            operation="chat",
            roles=Roles(model=("manager_llm",)),
            invokes=(
                "kickoff",
                "kickoff_async",
                "kickoff_for_each",
                "kickoff_for_each_async",
                "akickoff",
                "train",
                "test",
                "replay",
            ),
            kind="agent",
        ),
        Binding(
            names=("LLM",),
            operation="chat",
            roles=Roles(
                model=("model", "0"),
                output_cap=("max_tokens", "max_completion_tokens"),
                reasoning=("reasoning_effort",),
            ),
            invokes=("call",),
        ),
    ),
    tool_decorators=("tool",),
)

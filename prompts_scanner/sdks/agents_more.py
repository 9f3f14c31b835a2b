"""Agent frameworks with one or two entry points each.

AutoGen https://microsoft.github.io/autogen/, DSPy https://dspy.ai/, Haystack https://docs.haystack.deepset.ai/,
Semantic Kernel https://learn.microsoft.com/semantic-kernel/, smolagents https://huggingface.co/docs/smolagents,
Strands https://strandsagents.com/, Google ADK https://google.github.io/adk-docs/, Claude Agent SDK
https://docs.claude.com/en/api/agent-sdk/overview, Agno https://docs.agno.com/, instructor https://python.useinstructor.com/
"""

from __future__ import annotations

from prompts_scanner.shape import Binding, CallShape, Roles, Runner, Sdk

_NAMED = Roles(model=("model", "model_id", "model_name", "0"), output_cap=("max_tokens", "max_completion_tokens"))

AUTOGEN = Sdk(
    name="autogen",
    packages=("autogen", "autogen_agentchat", "autogen_ext", "autogen_core", "ag2", "pyautogen"),
    bindings=(
        Binding(
            names=(
                "AssistantAgent",
                "ConversableAgent",
                "GPTAssistantAgent",
                "RetrieveAssistantAgent",
                "CaptainAgent",
                "CodeExecutorAgent",
                "MultimodalWebSurfer",
                "SocietyOfMindAgent",
            ),
            operation="chat",
            roles=Roles(
                model=("model_client", "llm_config.model", "llm_config.config_list.0.model", "llm_config"),
                system=("system_message",),
                tools=("tools",),
                output_cap=("llm_config.max_tokens",),
                max_turns=("max_consecutive_auto_reply", "max_tool_iterations"),
            ),
            invokes=(
                "run",
                "run_stream",
                "initiate_chat",
                "a_initiate_chat",
                "generate_reply",
                "a_generate_reply",
                "on_messages",
                "on_messages_stream",
            ),
            kind="agent",
        ),
        Binding(
            names=(
                "OpenAIChatCompletionClient",
                "AzureOpenAIChatCompletionClient",
                "AnthropicChatCompletionClient",
                "OllamaChatCompletionClient",
            ),
            operation="chat",
            roles=_NAMED,
            invokes=("create", "create_stream"),
        ),
        Binding(
            names=("RoundRobinGroupChat", "SelectorGroupChat", "Swarm", "MagenticOneGroupChat", "GroupChatManager"),
            operation="chat",
            roles=Roles(model=("model_client", "llm_config.model"), max_turns=("max_turns", "max_round")),
            invokes=("run", "run_stream", "run_chat"),
            kind="agent",
            bills=False,
            worker=("participants.0", "0.0"),
        ),
    ),
    runners=tuple(
        Runner(path=f"UserProxyAgent.{m}", target=("recipient", "0"), roles=Roles(messages=("message",)))
        for m in ("initiate_chat", "a_initiate_chat")
    ),
)

DSPY = Sdk(
    name="dspy",
    packages=("dspy",),
    global_model_calls=(("dspy.configure", "lm"), ("dspy.settings.configure", "lm")),
    bindings=(
        Binding(names=("LM", "OpenAI", "dspy.OpenAI"), operation="chat", roles=_NAMED, invokes=("__call__",)),
        Binding(
            names=(
                "Predict",
                "ChainOfThought",
                "ReAct",
                "ProgramOfThought",
                "ChainOfThoughtWithHint",
                "TypedPredictor",
                "TypedChainOfThought",
                "MultiChainComparison",
                "Refine",
                "BestOfN",
            ),
            operation="chat",
            roles=Roles(system=("signature", "0"), tools=("tools",), max_turns=("max_iters",), retrieval=("n", "N")),
            invokes=("forward", "acall", "aforward", "__call__"),
            kind="agent",
        ),
        Binding(names=("Embedder",), operation="embed", roles=_NAMED, kind="embedder"),
    ),
)

HAYSTACK = Sdk(
    name="haystack",
    packages=("haystack", "haystack_integrations", "haystack_experimental"),
    bindings=(
        Binding(
            names=(
                "OpenAIGenerator",
                "OpenAIChatGenerator",
                "OpenAIResponsesChatGenerator",
                "AzureOpenAIGenerator",
                "AzureOpenAIChatGenerator",
                "AnthropicGenerator",
                "AnthropicChatGenerator",
                "GoogleGenAIChatGenerator",
                "GoogleAIGeminiChatGenerator",
                "GoogleAIGeminiGenerator",
                "VertexAIGeminiChatGenerator",
                "MistralChatGenerator",
                "CohereGenerator",
                "CohereChatGenerator",
                "AmazonBedrockGenerator",
                "AmazonBedrockChatGenerator",
                "OllamaGenerator",
                "OllamaChatGenerator",
                "HuggingFaceAPIGenerator",
                "HuggingFaceAPIChatGenerator",
                "PromptNode",
            ),
            operation="chat",
            roles=Roles(
                model=("model", "azure_deployment", "model_name_or_path", "api_params.model"),
                system=("system_prompt",),
                tools=("tools",),
                output_cap=("generation_kwargs.max_tokens", "generation_kwargs.max_completion_tokens", "max_length"),
            ),
            invokes=("run", "run_async"),
        ),
        Binding(
            names=(
                "OpenAITextEmbedder",
                "OpenAIDocumentEmbedder",
                "AzureOpenAITextEmbedder",
                "AzureOpenAIDocumentEmbedder",
                "CohereTextEmbedder",
                "CohereDocumentEmbedder",
            ),
            operation="embed",
            roles=Roles(model=("model", "azure_deployment")),
            invokes=("run",),
            kind="embedder",
        ),
        Binding(
            names=("CohereRanker", "JinaRanker", "AmazonBedrockRanker", "NvidiaRanker"),
            operation="rerank",
            roles=Roles(model=("model", "model_name"), retrieval=("top_k",)),
            invokes=("run",),
            kind="reranker",
        ),
        Binding(
            names=("Agent",),
            operation="chat",
            roles=Roles(
                model=("chat_generator",), tools=("tools",), system=("system_prompt",), max_turns=("max_agent_steps",)
            ),
            invokes=("run", "run_async"),
            kind="agent",
        ),
    ),
)

SEMANTIC_KERNEL = Sdk(
    name="semantic-kernel",
    packages=("semantic_kernel",),
    clients=("Kernel",),
    shapes=tuple(
        CallShape(
            path=m,
            operation="chat",
            roles=Roles(prompt=("prompt", "0"), output_cap=("arguments.settings.max_tokens", "1.0.max_tokens")),
        )
        for m in ("invoke_prompt", "invoke_prompt_stream")
    ),
    global_model_calls=(
        ("semantic_kernel.Kernel.add_service", "0"),
        ("semantic_kernel.Kernel.add_service", "service"),
    ),
    bindings=(
        Binding(
            names=(
                "OpenAIChatCompletion",
                "AzureChatCompletion",
                "AnthropicChatCompletion",
                "GoogleAIChatCompletion",
                "MistralAIChatCompletion",
                "OllamaChatCompletion",
                "BedrockChatCompletion",
            ),
            operation="chat",
            roles=Roles(model=("ai_model_id", "deployment_name", "service_id")),
            invokes=(
                "get_chat_message_content",
                "get_chat_message_contents",
                "get_streaming_chat_message_content",
                "get_streaming_chat_message_contents",
            ),
        ),
        Binding(
            names=(
                "OpenAITextEmbedding",
                "AzureTextEmbedding",
                "GoogleAITextEmbedding",
                "MistralAITextEmbedding",
                "OllamaTextEmbedding",
                "BedrockTextEmbedding",
            ),
            operation="embed",
            roles=Roles(model=("ai_model_id", "deployment_name", "service_id")),
            invokes=("generate_embeddings", "generate_raw_embeddings"),
            kind="embedder",
        ),
        Binding(
            names=("ChatCompletionAgent", "OpenAIAssistantAgent", "AzureAssistantAgent", "AzureAIAgent"),
            operation="chat",
            roles=Roles(model=("service",), system=("instructions",), tools=("plugins",)),
            invokes=("get_response", "invoke", "invoke_stream"),
            kind="agent",
        ),
    ),
    tool_decorators=("kernel_function",),
)

SMOLAGENTS = Sdk(
    name="smolagents",
    packages=("smolagents",),
    bindings=(
        Binding(
            names=("CodeAgent", "ToolCallingAgent", "MultiStepAgent"),
            operation="chat",
            roles=Roles(
                model=("model",), tools=("tools",), system=("instructions", "system_prompt"), max_turns=("max_steps",)
            ),
            invokes=("run", "__call__"),
            kind="agent",
        ),
        Binding(
            names=(
                "InferenceClientModel",
                "HfApiModel",
                "LiteLLMModel",
                "OpenAIServerModel",
                "OpenAIModel",
                "AzureOpenAIServerModel",
                "AmazonBedrockServerModel",
            ),
            operation="chat",
            roles=_NAMED,
            invokes=("generate", "__call__"),
        ),
    ),
    tool_decorators=("tool",),
)

STRANDS = Sdk(
    name="strands",
    packages=("strands", "@strands-agents/sdk"),
    bindings=(
        Binding(
            names=("Agent",),
            operation="chat",
            roles=Roles(model=("model",), system=("system_prompt", "systemPrompt"), tools=("tools",)),
            invokes=("__call__", "stream_async", "invoke_async", "structured_output", "structured_output_async"),
            kind="agent",
        ),
        Binding(
            names=(
                "BedrockModel",
                "AnthropicModel",
                "OpenAIModel",
                "LiteLLMModel",
                "GeminiModel",
                "MistralModel",
                "OllamaModel",
            ),
            operation="chat",
            roles=Roles(
                model=("model_id", "modelId"), output_cap=("max_tokens",), cache=("cache_prompt", "cache_tools")
            ),
        ),
    ),
    tool_decorators=("tool",),
)

GOOGLE_ADK = Sdk(
    name="google-adk",
    packages=("google.adk", "@google/adk"),
    provider="google",
    bindings=(
        Binding(
            names=("Agent", "LlmAgent"),
            operation="chat",
            roles=Roles(
                model=("model",),
                system=("instruction", "global_instruction", "static_instruction"),
                tools=("tools",),
                schema=("output_schema",),
                output_cap=("generate_content_config.max_output_tokens",),
            ),
            kind="agent",
        ),
        Binding(names=("LiteLlm", "Claude", "Gemini"), operation="chat", roles=_NAMED, bills=False),
    ),
    runners=(Runner(path="Runner", target=("agent",)), Runner(path="InMemoryRunner", target=("agent", "0"))),
    tool_factories=("FunctionTool", "AgentTool", "LongRunningFunctionTool"),
)

CLAUDE_AGENT = Sdk(
    name="claude-agent-sdk",
    packages=("claude_agent_sdk", "claude_code_sdk", "@anthropic-ai/claude-agent-sdk", "@anthropic-ai/claude-code"),
    provider="anthropic",
    clients=("ClaudeSDKClient",),
    functions=(
        CallShape(
            path="query",
            operation="chat",
            roles=Roles(
                model=("options.model",),
                prompt=("prompt",),
                system=("options.system_prompt", "options.systemPrompt", "options.appendSystemPrompt"),
                tools=("options.allowed_tools", "options.allowedTools"),
                max_turns=("options.max_turns", "options.maxTurns"),
            ),
        ),
    ),
    bindings=(
        Binding(
            names=("ClaudeSDKClient",),
            operation="chat",
            roles=Roles(
                model=("options.model", "0.model"),
                system=("options.system_prompt",),
                tools=("options.allowed_tools",),
                max_turns=("options.max_turns",),
            ),
            invokes=("query",),
            kind="agent",
        ),
    ),
    tool_decorators=("tool",),
)

AGNO = Sdk(
    name="agno",
    packages=("agno", "phi"),
    bindings=(
        Binding(
            names=("Agent", "Team"),
            operation="chat",
            roles=Roles(
                model=("model", "llm"), system=("instructions", "description", "system_message"), tools=("tools",)
            ),
            invokes=("run", "arun", "print_response", "aprint_response"),
            kind="agent",
        ),
        Binding(
            names=(
                "OpenAIChat",
                "OpenAIResponses",
                "Claude",
                "Gemini",
                "Groq",
                "MistralChat",
                "DeepSeek",
                "Ollama",
                "OpenRouter",
                "AwsBedrock",
            ),
            operation="chat",
            roles=Roles(model=("id", "model", "0"), output_cap=("max_tokens",)),
            bills=False,
        ),
    ),
    tool_decorators=("tool",),
)

INSTRUCTOR = Sdk(
    name="instructor",
    packages=("instructor",),
    bindings=(
        Binding(
            names=("from_provider",),
            operation="chat",
            roles=Roles(model=("0", "model")),
            invokes=("create", "create_with_completion", "create_iterable", "create_partial"),
        ),
    ),
    functions=(),
)

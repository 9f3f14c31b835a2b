"""OpenAI and every API that speaks its protocol.  https://platform.openai.com/docs/api-reference"""

from __future__ import annotations

from prompts_scanner.shape import CallShape, Roles, Sdk

CHAT = Roles(
    endpoint="chat.completions",
    model=("model",),
    messages=("messages",),
    tools=("tools", "functions"),
    output_cap=("max_completion_tokens", "max_tokens"),
    reasoning=("reasoning_effort",),
    # `response_model` is what instructor adds to the same call
    schema=("response_format", "text_format", "response_model"),
    cache=("prompt_cache_key", "prompt_cache_retention"),
    answers=("n",),
)
RESPONSES = Roles(
    endpoint="responses",
    model=("model",),
    messages=("input",),
    system=("instructions",),
    tools=("tools",),
    output_cap=("max_output_tokens",),
    reasoning=("reasoning.effort", "reasoning"),
    schema=("text_format", "text.format", "text"),
    cache=("prompt_cache_key",),
    # https://platform.openai.com/docs/guides/conversation-state#compaction-advanced
    edits=("context_management",),
)
COMPLETION = Roles(
    endpoint="completions",
    model=("model",),
    prompt=("prompt",),
    output_cap=("max_tokens",),
    # `best_of` answers are generated and billed, `n` of them returned
    answers=("best_of", "n"),
)
_IMAGE = Roles(model=("model",), prompt=("prompt",), answers=("n",))
_RUN = Roles(
    model=("model", "1.model"),
    system=("instructions", "additional_instructions"),
    tools=("tools",),
    output_cap=("max_completion_tokens",),
)
EMBED = Roles(model=("model",), prompt=("input",), retrieval=("dimensions",))

SHAPES = (
    *(
        CallShape(path=f"chat.completions.{m}", operation="chat", roles=CHAT, distinct=True, structured=m == "parse")
        for m in (
            "create",
            "stream",
            "parse",
            "create_with_completion",
            "create_partial",
            "create_iterable",
            "runTools",
        )
    ),
    *(
        CallShape(
            path=f"responses.{m}",
            operation="chat",
            roles=RESPONSES,
            distinct=True,
            requires=("model", "input", "instructions"),
            structured=m == "parse",
        )
        for m in ("create", "stream", "parse")
    ),
    CallShape(
        path="completions.create", operation="chat", roles=COMPLETION, distinct=True, requires=("model", "prompt")
    ),
    CallShape(path="embeddings.create", operation="embed", roles=EMBED, distinct=True, requires=("model", "input")),
    CallShape(
        path="images.generate",
        operation="image",
        roles=_IMAGE,
        distinct=True,
        requires=("prompt",),
    ),
    *(
        CallShape(
            path=f"images.{m}",
            operation="image",
            roles=_IMAGE,
            distinct=True,
            requires=("image",),
        )
        for m in ("create_variation", "createVariation")
    ),
    CallShape(
        path="images.edit",
        operation="image",
        roles=_IMAGE,
        distinct=True,
        requires=("prompt",),
    ),
    CallShape(
        path="audio.speech.create",
        operation="speech",
        roles=Roles(model=("model",), prompt=("input",)),
        distinct=True,
        requires=("input",),
    ),
    *(
        CallShape(
            path=f"audio.{m}.create",
            operation="transcribe",
            roles=Roles(model=("model",)),
            distinct=True,
            requires=("file",),
        )
        for m in ("transcriptions", "translations")
    ),
    CallShape(
        path="assistants.create",
        operation="chat",
        roles=Roles(model=("model",), system=("instructions",), tools=("tools",)),
        distinct=True,
        requires=("model", "instructions"),
    ),
    *(
        CallShape(
            path=f"threads.{m}", operation="chat", roles=_RUN, distinct=True, requires=("assistant_id", "0", "**")
        )
        for m in (
            "runs.create",
            "runs.create_and_poll",
            "runs.createAndPoll",
            "runs.stream",
            "create_and_run",
            "createAndRun",
            "create_and_run_poll",
            "createAndRunPoll",
        )
    ),
    CallShape(
        path="batches.create", operation="chat", roles=Roles(), distinct=True, requires=("input_file_id",), batch=True
    ),
    CallShape(
        path="realtime.sessions.create",
        operation="chat",
        roles=Roles(model=("model",), system=("instructions",)),
        distinct=True,
    ),
)

OPENAI = Sdk(
    name="openai",
    # instructor wraps a client and keeps its calls: `instructor.from_openai(OpenAI()).chat.completions.create(...)`
    packages=("openai", "langfuse.openai", "posthog.ai.openai", "@posthog/ai", "openai-edge", "instructor"),
    provider="openai",
    clients=("OpenAI", "AsyncOpenAI", "default", "from_openai", "patch"),
    shapes=SHAPES,
    functions=(
        # the module-level client of the library before 1.0
        CallShape(path="ChatCompletion.create", operation="chat", roles=CHAT),
        CallShape(path="ChatCompletion.acreate", operation="chat", roles=CHAT),
        CallShape(path="Completion.create", operation="chat", roles=COMPLETION),
        CallShape(path="Embedding.create", operation="embed", roles=EMBED),
        *SHAPES,
    ),
    tool_factories=("pydantic_function_tool", "zodFunction", "zodResponsesFunction"),
)

AZURE_OPENAI = Sdk(
    name="openai",
    packages=("openai", "@azure/openai"),
    provider="azure",
    clients=("AzureOpenAI", "AsyncAzureOpenAI", "OpenAIClient"),
    shapes=(
        *SHAPES,
        CallShape(
            path="getChatCompletions",
            operation="chat",
            roles=Roles(model=("0",), messages=("1",), tools=("2.tools",), output_cap=("2.maxTokens",)),
            distinct=True,
        ),
        CallShape(
            path="streamChatCompletions", operation="chat", roles=Roles(model=("0",), messages=("1",)), distinct=True
        ),
    ),
)

# Own client packages with the same call surface.
GROQ = Sdk(
    name="groq", packages=("groq", "groq-sdk"), provider="groq", clients=("Groq", "AsyncGroq", "default"), shapes=SHAPES
)
TOGETHER = Sdk(
    name="together",
    packages=("together", "together-ai"),
    provider="together",
    clients=("Together", "AsyncTogether", "default"),
    shapes=SHAPES,
)
FIREWORKS = Sdk(
    name="fireworks",
    packages=("fireworks",),
    provider="fireworks",
    clients=("Fireworks", "AsyncFireworks", "LLM"),
    shapes=SHAPES,
)
CEREBRAS = Sdk(
    name="cerebras",
    packages=("cerebras", "@cerebras/cerebras_cloud_sdk"),
    provider="cerebras",
    clients=("Cerebras", "AsyncCerebras", "default"),
    shapes=SHAPES,
)
HUGGINGFACE = Sdk(
    name="huggingface",
    packages=("huggingface_hub", "@huggingface/inference"),
    provider="huggingface",
    clients=("InferenceClient", "AsyncInferenceClient", "HfInference"),
    shapes=(
        *SHAPES,
        *(
            CallShape(
                path=m,
                operation="chat",
                roles=Roles(
                    model=("model",),
                    messages=("messages", "0"),
                    tools=("tools",),
                    output_cap=("max_tokens", "parameters.max_tokens"),
                ),
            )
            for m in ("chat_completion", "chatCompletion", "chatCompletionStream")
        ),
        *(
            CallShape(
                path=m,
                operation="chat",
                roles=Roles(
                    model=("model",),
                    prompt=("prompt", "inputs", "0"),
                    output_cap=("max_new_tokens", "parameters.max_new_tokens"),
                ),
            )
            for m in ("text_generation", "textGeneration", "textGenerationStream")
        ),
        *(
            CallShape(path=m, operation="embed", roles=Roles(model=("model",), prompt=("text", "inputs", "0")))
            for m in ("feature_extraction", "featureExtraction")
        ),
    ),
)

"""Amazon Bedrock runtime.  https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html"""

from __future__ import annotations

from prompts_scanner.shape import CallShape, Roles, Sdk

_CONVERSE = Roles(
    model=("modelId",),
    messages=("messages",),
    system=("system",),
    tools=("toolConfig.tools", "toolConfig"),
    output_cap=("inferenceConfig.maxTokens",),
    reasoning=("additionalModelRequestFields.thinking.budget_tokens",),
)
_INVOKE = Roles(
    model=("modelId",),
    messages=("body.messages",),
    system=("body.system",),
    prompt=("body.inputText", "body.prompt", "body.texts", "body"),
    tools=("body.tools",),
    output_cap=(
        "body.max_tokens",
        "body.max_gen_len",
        "body.maxTokens",
        "body.textGenerationConfig.maxTokenCount",
        "body.inferenceConfig.maxTokens",
        "body.inferenceConfig.max_new_tokens",
    ),
)
_NEEDS = ("modelId",)

BEDROCK = Sdk(
    name="bedrock",
    packages=("boto3", "aioboto3", "botocore", "@aws-sdk/client-bedrock-runtime"),
    provider="bedrock",
    clients=("client", "BedrockRuntimeClient", "BedrockRuntime"),
    shapes=(
        *(
            CallShape(
                path=m,
                operation="chat",
                roles=_CONVERSE,
                distinct=True,
                requires=("modelId", "inferenceConfig", "toolConfig", "**"),
            )
            for m in ("converse", "converse_stream")
        ),
        *(
            CallShape(path=m, operation="chat", roles=_INVOKE, distinct=True, requires=_NEEDS)
            for m in ("invoke_model", "invoke_model_with_response_stream")
        ),
        CallShape(
            path="retrieve_and_generate",
            operation="chat",
            roles=Roles(
                model=("retrieveAndGenerateConfiguration.knowledgeBaseConfiguration.modelArn",),
                retrieval=(
                    "retrieveAndGenerateConfiguration.knowledgeBaseConfiguration.retrievalConfiguration.vectorSearchConfiguration.numberOfResults",
                ),
            ),
            distinct=True,
        ),
    ),
    functions=(
        *(CallShape(path=m, operation="chat", roles=_CONVERSE) for m in ("ConverseCommand", "ConverseStreamCommand")),
        *(
            CallShape(path=m, operation="chat", roles=_INVOKE)
            for m in ("InvokeModelCommand", "InvokeModelWithResponseStreamCommand")
        ),
    ),
)

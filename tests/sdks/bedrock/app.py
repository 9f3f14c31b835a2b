import json

import boto3

runtime = boto3.client("bedrock-runtime", region_name="us-east-1")
TOOLS = {
    "tools": [
        # tool: get_weather
        {
            "toolSpec": {
                "name": "get_weather",
                "description": "Weather of a city",
                "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
            }
        }
    ]
}


def talk(question: str):
    # site: bedrock chat model=us.amazon.nova-lite-v1:0 provider=bedrock cap=300 tools=get_weather says=You_plan_trips
    return runtime.converse(
        modelId="us.amazon.nova-lite-v1:0",
        system=[{"text": "You plan trips by rail."}],
        messages=[{"role": "user", "content": [{"text": question}]}],
        inferenceConfig={"maxTokens": 300},
        toolConfig=TOOLS,
    )


def invoke(question: str):
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 200, "messages": [{"role": "user", "content": question}]}
    # site: bedrock chat model=anthropic.claude-3-haiku-20240307-v1:0
    return runtime.invoke_model(modelId="anthropic.claude-3-haiku-20240307-v1:0", body=json.dumps(body))

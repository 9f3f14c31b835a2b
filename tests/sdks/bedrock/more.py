"""A hotel's desk on Bedrock: each vendor's own body, streams, agents and knowledge bases."""
import json

import aioboto3
import boto3

session = boto3.Session(profile_name="desk")
runtime = session.client("bedrock-runtime", region_name="eu-central-1")
agents = boto3.client("bedrock-agent-runtime")
CLAUDE = "anthropic.claude-3-5-haiku-20241022-v1:0"
DESK = "You are the desk of a small hotel. Offer the garden room first."


def stream(question: str):
    # site: bedrock chat model=anthropic.claude-3-5-haiku-20241022-v1:0 cap=400 says=Offer_the_garden_room
    reply = runtime.converse_stream(
        modelId=CLAUDE,
        system=[{"text": DESK}],
        messages=[{"role": "user", "content": [{"text": question}]}],
        inferenceConfig={"maxTokens": 400, "temperature": 0.2},
    )
    yield from reply["stream"]


def by_body(question: str) -> str:
    # site: bedrock chat model=anthropic.claude-3-5-haiku-20241022-v1:0 cap=250 says=Offer_the_garden_room
    reply = runtime.invoke_model(
        modelId=CLAUDE,
        body=json.dumps(
            {
                "anthropic_version": "bedrock-2023-05-31",
                "max_tokens": 250,
                "system": DESK,
                "messages": [{"role": "user", "content": question}],
            }
        ),
    )
    return json.loads(reply["body"].read())["content"][0]["text"]


def titan(question: str):
    # site: bedrock chat model=amazon.titan-text-express-v1 cap=120 says=Answer_a_guest
    return runtime.invoke_model(
        modelId="amazon.titan-text-express-v1",
        body=json.dumps(
            {"inputText": f"Answer a guest: {question}", "textGenerationConfig": {"maxTokenCount": 120}}
        ),
    )


def llama(question: str):
    # site: bedrock chat model=meta.llama3-1-8b-instruct-v1:0 cap=90 says=Answer_a_guest
    return runtime.invoke_model_with_response_stream(
        modelId="meta.llama3-1-8b-instruct-v1:0",
        body=json.dumps({"prompt": f"Answer a guest: {question}", "max_gen_len": 90}),
    )


def vector(text: str):
    # site: bedrock embed model=amazon.titan-embed-text-v2:0
    return runtime.invoke_model(
        # retrieval: dimensions=512
        modelId="amazon.titan-embed-text-v2:0", body=json.dumps({"inputText": text, "dimensions": 512})
    )


def looked_up(question: str):
    # site: bedrock chat model=arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0
    return agents.retrieve_and_generate(
        input={"text": question},
        retrieveAndGenerateConfiguration={
            "type": "KNOWLEDGE_BASE",
            "knowledgeBaseConfiguration": {
                "knowledgeBaseId": "KB12",
                "modelArn": "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
                # retrieval: numberOfResults=4
                "retrievalConfiguration": {"vectorSearchConfiguration": {"numberOfResults": 4}},
            },
        },
    )


async def later(question: str):
    async with aioboto3.Session().client("bedrock-runtime") as client:
        # site: bedrock chat model=us.amazon.nova-micro-v1:0
        return await client.converse(
            modelId="us.amazon.nova-micro-v1:0",
            messages=[{"role": "user", "content": [{"text": question}]}],
            inferenceConfig={"maxTokens": 100},
        )

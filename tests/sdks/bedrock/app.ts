import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
} from "@aws-sdk/client-bedrock-runtime";

const client = new BedrockRuntimeClient({ region: "eu-central-1" });
const modelId = "eu.anthropic.claude-sonnet-4-20250514-v1:0";

export const talk = (question: string) =>
  client.send(
    // site: bedrock chat model=eu.anthropic.claude-sonnet-4-20250514-v1:0 cap=300 says=desk_of_a_hotel tools=room
    new ConverseCommand({
      modelId,
      system: [{ text: "You are the desk of a hotel." }],
      messages: [{ role: "user", content: [{ text: question }] }],
      inferenceConfig: { maxTokens: 300 },
      toolConfig: {
        tools: [
          {
            // tool: room
            toolSpec: {
              name: "room",
              description: "Find a free room",
              inputSchema: { json: { type: "object", properties: { night: { type: "string" } } } },
            },
          },
        ],
      },
    }),
  );

export async function* stream(question: string) {
  // site: bedrock chat model=amazon.nova-lite-v1:0
  const command = new ConverseStreamCommand({
    modelId: "amazon.nova-lite-v1:0",
    messages: [{ role: "user", content: [{ text: question }] }],
  });
  const reply = await client.send(command);
  for await (const event of reply.stream ?? []) yield event;
}

export const raw = (question: string) =>
  client.send(
    // site: bedrock chat model=anthropic.claude-3-haiku-20240307-v1:0 cap=200 says=One_line_only
    new InvokeModelCommand({
      modelId: "anthropic.claude-3-haiku-20240307-v1:0",
      contentType: "application/json",
      body: JSON.stringify({
        anthropic_version: "bedrock-2023-05-31",
        max_tokens: 200,
        system: "One line only.",
        messages: [{ role: "user", content: question }],
      }),
    }),
  );

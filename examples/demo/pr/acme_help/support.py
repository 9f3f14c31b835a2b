"""The support chatbot: retrieval, then one answer."""

from datetime import UTC, datetime
from pathlib import Path

from anthropic import Anthropic

from acme_help.retrieval import find_passages
from acme_help.settings import settings

SYSTEM_PROMPT = (Path(__file__).parent.parent / "prompts" / "support.md").read_text()

client = Anthropic()


def answer(question: str, history: list[dict]) -> str:
    passages = "\n\n".join(find_passages(question))
    now = datetime.now(UTC).isoformat()
    reply = client.messages.create(
        model=settings.answer_model,
        max_tokens=settings.answer_max_tokens,
        system=[
            {"type": "text", "text": f"The time is {now}."},
            {"type": "text", "text": SYSTEM_PROMPT, "cache_control": {"type": "ephemeral"}},
        ],
        messages=[
            *history,
            {"role": "user", "content": f"Passages from the help centre:\n{passages}\n\nQuestion: {question}"},
        ],
    )
    return reply.content[0].text

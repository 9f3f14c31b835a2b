from haystack.components.agents import Agent
from haystack.components.builders import ChatPromptBuilder
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.components.rankers import SentenceTransformersSimilarityRanker
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.dataclasses import ChatMessage
from haystack.tools import tool
from haystack_integrations.components.generators.anthropic import AnthropicChatGenerator
from haystack_integrations.components.rankers.cohere import CohereRanker


# tool: loan
@tool
def loan(title: str) -> str:
    """Whether a book can be lent."""
    return title


librarian = Agent(
    chat_generator=OpenAIChatGenerator(model="gpt-4.1-mini"),
    tools=[loan],
    system_prompt="You are a librarian. Ask for the shelf mark.",
    max_agent_steps=5,
)


def ask(question: str):
    # site: haystack chat model=gpt-4.1-mini tools=loan loop=max_turns:5 says=shelf_mark
    return librarian.run(messages=[ChatMessage.from_user(question)])


def direct(question: str):
    generator = AnthropicChatGenerator(model="claude-haiku-4-5")
    # site: haystack chat model=claude-haiku-4-5
    return generator.run([ChatMessage.from_system("Name the shelf."), ChatMessage.from_user(question)])


def parts(store):
    # retrieval: top_k=12
    retriever = InMemoryEmbeddingRetriever(store, top_k=12)
    # site: haystack rerank model=rerank-v3.5 retrieval=top_k:4
    # retrieval: top_k=4
    ranker = CohereRanker(model="rerank-v3.5", top_k=4)
    return retriever, ranker

from llama_index.core import Settings, VectorStoreIndex
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI

# site: llamaindex embed model=text-embedding-3-small
Settings.embed_model = OpenAIEmbedding(model="text-embedding-3-small")
# retrieval: chunk_size=512
# retrieval: chunk_overlap=50
Settings.node_parser = SentenceSplitter(chunk_size=512, chunk_overlap=50)
llm = OpenAI(model="gpt-4o", max_tokens=300)


def multiply(a: float, b: float) -> float:
    """Multiply two numbers."""
    return a * b


def ask(question: str):
    # site: llamaindex chat model=gpt-4o cap=300
    return llm.complete(f"Answer from what you know: {question}")


def over_documents(documents, question: str):
    index = VectorStoreIndex.from_documents(documents)
    # retrieval: similarity_top_k=4
    engine = index.as_query_engine(similarity_top_k=4)
    # site: llamaindex chat model=claude-haiku-4-5
    return engine.query(question)


# tool: multiply
tool = FunctionTool.from_defaults(fn=multiply, description="Multiply")
agent = FunctionAgent(tools=[tool], llm=OpenAI(model="gpt-4.1"), system_prompt="You are good at sums.")


async def work(question: str):
    # site: llamaindex chat model=gpt-4.1 tools=multiply says=good_at_sums
    return await agent.run(question)

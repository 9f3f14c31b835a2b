"""A town hall's archive in LlamaIndex."""
from llama_index.core import PromptTemplate, Settings, SummaryIndex, VectorStoreIndex
from llama_index.core.agent.workflow import AgentWorkflow, ReActAgent
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.node_parser import TokenTextSplitter
from llama_index.core.postprocessor import LLMRerank
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.tools import QueryEngineTool
from llama_index.llms.anthropic import Anthropic
from llama_index.postprocessor.cohere_rerank import CohereRerank
from pydantic import BaseModel

# retrieval: chunk_size=1024
# retrieval: chunk_overlap=100
Settings.text_splitter = TokenTextSplitter(chunk_size=1024, chunk_overlap=100)
# retrieval: token_limit=3000
memory = ChatMemoryBuffer.from_defaults(token_limit=3000)


class Deed(BaseModel):
    year: int
    parties: list[str]


async def deed(text: str):
    llm = Anthropic(model="claude-haiku-4-5")
    # site: llamaindex chat model=claude-haiku-4-5
    return await llm.astructured_predict(Deed, PromptTemplate("Read this deed: {text}"), text=text)


def chat(index: VectorStoreIndex, question: str):
    engine = index.as_chat_engine(
        # retrieval: similarity_top_k=6
        chat_mode="context", memory=memory, system_prompt="You are the archivist of a town hall.", similarity_top_k=6
    )
    # site: llamaindex chat model=claude-haiku-4-5 says=archivist_of_a_town_hall
    return engine.chat(question)


def query(index: VectorStoreIndex, question: str):
    # retrieval: similarity_top_k=20
    retriever = index.as_retriever(similarity_top_k=20)
    engine = RetrieverQueryEngine.from_args(
        retriever,
        node_postprocessors=[
            # site: llamaindex rerank model=rerank-v3.5 retrieval=top_n:4
            # retrieval: top_n=4
            CohereRerank(model="rerank-v3.5", top_n=4)
        ],
    )
    # site: llamaindex chat model=claude-haiku-4-5
    return engine.query(question)


def agent(index: VectorStoreIndex):
    # tool: deeds
    deeds = QueryEngineTool.from_defaults(index.as_query_engine(), name="deeds", description="Deeds since 1600")
    worker = ReActAgent(tools=[deeds], llm=Anthropic(model="claude-opus-4-5"), system_prompt="Cite the folio.")
    # site: llamaindex chat model=claude-opus-4-5 tools=deeds says=Cite_the_folio
    return AgentWorkflow(agents=[worker])

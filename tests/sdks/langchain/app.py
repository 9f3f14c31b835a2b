"""A research assistant in LangChain and LangGraph."""
from langchain.chat_models import init_chat_model
from langchain_anthropic import ChatAnthropic
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.output_parsers import StrOutputParser
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
from langgraph.prebuilt import create_react_agent
from pydantic import BaseModel

llm = ChatOpenAI(model="gpt-4o-mini", max_tokens=500)
deep = init_chat_model("anthropic:claude-opus-4-5")
# prompt: You summarise papers for clinicians
PROMPT = ChatPromptTemplate.from_messages(
    [("system", "You summarise papers for clinicians. Name the dose."), ("human", "{paper}")]
)
chain = PROMPT | llm | StrOutputParser()


class Dose(BaseModel):
    drug: str
    milligrams: float


# tool: search_trials
@tool
def search_trials(drug: str) -> str:
    """Search registered trials of a drug."""
    return drug


def summary(paper: str):
    # site: langchain chat model=gpt-4o-mini cap=500 binding=12 says=Name_the_dose holes=paper
    return chain.invoke({"paper": paper})


async def dose(paper: str):
    # site: langchain chat model=anthropic:claude-opus-4-5 schema=yes
    return await deep.with_structured_output(Dose).ainvoke(f"Which dose does this paper report? {paper}")


def agent(question: str):
    bound = llm.bind_tools([search_trials])
    # site: langchain chat model=gpt-4o-mini tools=search_trials
    return bound.invoke([("system", "Use the tool first."), ("human", question)])


react = create_react_agent(
    ChatAnthropic(model="claude-sonnet-4-5", max_tokens=900), tools=[search_trials], prompt="Answer with sources."
)


def ask(question: str):
    # site: langchain chat model=claude-sonnet-4-5 cap=900 tools=search_trials loop=max_turns:12 says=Answer_with_sources
    return react.invoke({"messages": [("human", question)]}, {"recursion_limit": 12})


# retrieval: chunk_size=800
# retrieval: chunk_overlap=80
splitter = RecursiveCharacterTextSplitter(chunk_size=800, chunk_overlap=80)
embeddings = OpenAIEmbeddings(model="text-embedding-3-small")


def look_up(store, question: str):
    # site: langchain embed model=text-embedding-3-small
    vector = embeddings.embed_query(question)
    # retrieval: k=6
    return store.similarity_search_by_vector(vector, k=6)

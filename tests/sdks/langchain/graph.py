"""A newsroom in LangGraph: nodes call models, a chain maps over articles, memory keeps the last turns."""
from typing import Annotated, TypedDict

from langchain.agents import AgentExecutor, create_agent, create_tool_calling_agent
from langchain.chains import ConversationalRetrievalChain, LLMChain
from langchain.memory import ConversationBufferWindowMemory
from langchain.retrievers import ContextualCompressionRetriever, MultiQueryRetriever
from langchain_cohere import CohereRerank
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder, PromptTemplate
from langchain_core.tools import StructuredTool
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_openai import AzureChatOpenAI, ChatOpenAI
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from pydantic import BaseModel, Field

EDITOR = "You edit the evening news. Cut every second sentence."
writer = ChatOpenAI(model="gpt-4.1-mini", temperature=0)
reader = ChatGoogleGenerativeAI(model="gemini-2.5-flash", max_output_tokens=150)
azure = AzureChatOpenAI(azure_deployment="gpt-4o", api_version="2024-10-21")


class State(TypedDict):
    messages: Annotated[list, add_messages]


class Headline(BaseModel):
    """A headline of the evening news."""

    text: str = Field(description="at most nine words")
    urgent: bool


def edit(state: State):
    # site: langchain chat model=gpt-4.1-mini says=Cut_every_second_sentence
    return {"messages": [writer.invoke([SystemMessage(content=EDITOR), *state["messages"]])]}


async def headline(state: State):
    structured = writer.with_structured_output(Headline).with_retry(stop_after_attempt=3)
    # site: langchain chat model=gpt-4.1-mini schema=yes says=A_headline_for
    return await structured.ainvoke([HumanMessage(f"A headline for: {state['messages'][-1].content}")])


graph = StateGraph(State)
graph.add_node("edit", edit)
graph.add_node("headline", headline)
graph.add_edge(START, "edit")
graph.add_edge("headline", END)
app = graph.compile()


def archive_date(title: str) -> str:
    """The day an article was archived."""
    return title


# tool: archive_date
dated = StructuredTool.from_function(archive_date)
# prompt: You keep the archive
PROMPT = ChatPromptTemplate.from_messages(
    [("system", "You keep the archive of a newspaper."), ("human", "{input}"), MessagesPlaceholder("agent_scratchpad")]
)
executor = AgentExecutor(agent=create_tool_calling_agent(azure, [dated], PROMPT), tools=[dated], max_iterations=6)


def look_up(wish: str):
    # site: langchain chat model=gpt-4o tools=archive_date loop=max_turns:6
    return executor.invoke({"input": wish})


modern = create_agent(model="openai:gpt-5-mini", tools=[dated], system_prompt="You find old articles.")


def find(wish: str):
    # site: langchain chat model=openai:gpt-5-mini tools=archive_date says=You_find_old_articles
    return modern.invoke({"messages": [{"role": "user", "content": wish}]})


# prompt: Sum up this article
sum_up = PromptTemplate.from_template("Sum up this article in one sentence: {article}") | reader


def all_of(articles: list[str]):
    # site: langchain chat model=gemini-2.5-flash cap=150 says=Sum_up_this_article
    return sum_up.batch([{"article": a} for a in articles])


def one_by_one(articles: list[str]):
    for article in articles:
        # site: langchain chat model=gemini-2.5-flash loop=for:?
        yield reader.invoke(f"Which town is this about? {article}")


# retrieval: k=5
memory = ConversationBufferWindowMemory(k=5)


def talk(store, question: str):
    # retrieval: k=8
    base = store.as_retriever(search_kwargs={"k": 8})
    # site: langchain chat model=gpt-4.1-mini
    wide = MultiQueryRetriever.from_llm(retriever=base, llm=writer)
    # site: langchain rerank model=rerank-v3.5 retrieval=top_n:3
    # retrieval: top_n=3
    ranked = ContextualCompressionRetriever(base_compressor=CohereRerank(model="rerank-v3.5", top_n=3), base_retriever=wide)
    chain = ConversationalRetrievalChain.from_llm(writer, retriever=ranked, memory=memory)
    # site: langchain chat model=gpt-4.1-mini
    return chain.invoke({"question": question})


# prompt: Name the places
old = LLMChain(llm=writer, prompt=PromptTemplate(template="Name the places in {text}, one a line.", input_variables=["text"]))


def places(text: str):
    # site: langchain chat model=gpt-4.1-mini says=Name_the_places
    return old.run(text=text)

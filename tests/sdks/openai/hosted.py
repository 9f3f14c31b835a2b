"""Tools that the provider runs itself and bills by the use."""

from openai import OpenAI
from openai.types.responses import WebSearchToolParam

client = OpenAI()


def no_tool(question: str):
    # site: openai chat model=gpt-5-mini tools=-
    return client.responses.create(model="gpt-5-mini", input=question)


def three(question: str):
    # site: openai chat model=gpt-5-mini cap=800 tools=web_search,file_search,code_interpreter retrieval=max_num_results:5
    return client.responses.create(
        model="gpt-5-mini",
        input=question,
        max_output_tokens=800,
        tools=[
            {"type": "web_search"},
            # retrieval: max_num_results=5
            {"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 5},
            {"type": "code_interpreter", "container": {"type": "auto"}},
        ],
    )


def typed(question: str):
    # site: openai chat model=gpt-4o tools=WebSearchToolParam
    return client.responses.create(
        model="gpt-4o", input=question, tools=[WebSearchToolParam(type="web_search_preview", search_context_size="low")]
    )


def always(question: str):
    # site: openai chat model=gpt-4o-search-preview tools=web_search_options
    return client.chat.completions.create(
        model="gpt-4o-search-preview", web_search_options={}, messages=[{"role": "user", "content": question}]
    )

from haystack import Pipeline
from haystack.components.builders import PromptBuilder
from haystack.components.embedders import OpenAITextEmbedder, SentenceTransformersTextEmbedder
from haystack.components.generators import OpenAIGenerator
from haystack.components.preprocessors import DocumentSplitter

# prompt: Answer from these documents
TEMPLATE = """Answer from these documents only. If they do not say, say so.
{% for d in documents %}{{ d.content }}{% endfor %}
Question: {{ question }}"""

pipe = Pipeline()
pipe.add_component("prompt", PromptBuilder(template=TEMPLATE))
# site: haystack chat model=gpt-4o-mini cap=300
pipe.add_component("llm", OpenAIGenerator(model="gpt-4o-mini", generation_kwargs={"max_tokens": 300}))
# site: haystack embed model=text-embedding-3-small
pipe.add_component("embedder", OpenAITextEmbedder(model="text-embedding-3-small"))
# none
pipe.add_component("local", SentenceTransformersTextEmbedder(model="intfloat/e5-base"))
# retrieval: split_length=200
# retrieval: split_overlap=20
splitter = DocumentSplitter(split_by="word", split_length=200, split_overlap=20)

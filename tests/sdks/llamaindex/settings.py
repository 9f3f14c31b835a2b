from llama_index.core import Settings
from llama_index.llms.anthropic import Anthropic

# site: llamaindex chat model=claude-haiku-4-5
Settings.llm = Anthropic(model="claude-haiku-4-5")

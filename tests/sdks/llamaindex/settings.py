from llama_index.core import Settings
from llama_index.llms.anthropic import Anthropic

# none
Settings.llm = Anthropic(model="claude-haiku-4-5")

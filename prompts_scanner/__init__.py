"""What LLM calls are in a tree of files, and what text do they send? No money, no git, no GitHub."""

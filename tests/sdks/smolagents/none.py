"""Build rules: code agents of a continuous integration."""
from ci import CodeAgent

agent = CodeAgent(labels=["linux"])


def build():
    # none
    return agent.run("make")

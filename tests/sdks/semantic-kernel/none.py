"""An operating system course: kernels and their services."""
from course import ChatCompletionAgent

agent = ChatCompletionAgent("scheduler")


def tick():
    # none
    return agent.invoke("run")

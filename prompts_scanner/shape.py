"""What a library's call looks like, as data: the same row serves Python and TypeScript.

Argument places are names (`"max_tokens"`, also a key of an options object, dotted for nested: `"config.tools"`) or
positions (`"0"`). The first that is given wins.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from prompts_scanner.model import Operation

Places = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which argument carries what; `endpoint`: where the library sends it, in the provider's words, where that is one.

    `answers`: how many answers are asked of one request, each billed as output; `edits`: what is to be cut out of a
    long conversation by the provider.
    """

    endpoint: str = ""
    model: Places = ()
    messages: Places = ()
    system: Places = ()
    prompt: Places = ()
    tools: Places = ()
    output_cap: Places = ()
    reasoning: Places = ()
    cache: Places = ()
    schema: Places = ()
    retrieval: Places = ()
    max_turns: Places = ()
    history: Places = ()
    answers: Places = ()
    edits: Places = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallShape:
    """A method or function that sends a request: `path` is its dotted end, such as `messages.create`.

    `distinct`: the path is enough to know it, whatever object it is called on, provided one of `requires` is given.
    `default_model`: what the library uses when the code names none.
    """

    path: str
    operation: Operation
    roles: Roles
    distinct: bool = False
    requires: Places = ()
    default_model: str | None = None
    structured: bool = False
    batch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A constructor or factory whose object fixes model, prompt or tools for later calls: `ChatOpenAI(model=...)`.

    `invokes`: methods of the object that send a request; `modifiers`: methods that give a changed object.
    `bills`: False where the object alone sends nothing and no call is assumed when none is seen (a prompt template).
    `choices`: every positional argument is a model that may be asked.
    `worker`: where the agent is given that does the work of this object (a task): the agent's text, tools and model are
    part of the request.
    """

    names: tuple[str, ...]
    operation: Operation
    roles: Roles
    invokes: tuple[str, ...] = ()
    default_model: str | None = None
    kind: Literal["model", "agent", "embedder", "retriever", "prompt", "reranker"] = "model"
    bills: bool = True
    worker: Places = ()
    choices: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A function that runs a binding handed to it: `Runner.run(agent, ...)`; `target` is the binding's place."""

    path: str
    target: Places
    roles: Roles = field(default_factory=Roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sdk:
    """One library. `packages`: import roots of both languages; `clients`: classes whose methods `shapes` name.

    `tool_decorators`: what makes a function a tool; of an agent's own (`@agent.tool`) the tool is that agent's.
    `prompt_decorators`: of an agent's own, what makes a function's answer a part of its system prompt.
    `provider`: whose prices apply when the model's name does not say. `model_factories`: functions whose first argument
    is a model id (`openai("gpt-4o")`). `global_model_targets`, `global_model_calls`: where a program sets the model that
    everything of the library uses unless told otherwise: a name that is assigned, a call and the place of its argument.
    """

    name: str
    packages: tuple[str, ...]
    provider: str | None = None
    clients: tuple[str, ...] = ()
    shapes: tuple[CallShape, ...] = ()
    functions: tuple[CallShape, ...] = ()
    bindings: tuple[Binding, ...] = ()
    runners: tuple[Runner, ...] = ()
    model_factories: tuple[str, ...] = ()
    tool_decorators: tuple[str, ...] = ()
    prompt_decorators: tuple[str, ...] = ()
    tool_factories: tuple[str, ...] = ()
    global_model_targets: tuple[str, ...] = ()
    global_model_calls: tuple[tuple[str, str], ...] = ()

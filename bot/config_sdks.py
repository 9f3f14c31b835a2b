"""`sdks:` of `.aicost.yml`: a team's own wrapper around model calls, in the same form as the libraries we know."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from bot.config_parts import Flag, Name, Names, Part
from prompts_scanner.model import Operation
from prompts_scanner.shape import CallShape, Roles, Sdk

ROLES = (
    "model", "messages", "system", "prompt", "tools", "output_cap", "reasoning", "cache", "schema", "retrieval",
    "max_turns", "history",
)  # fmt: skip


class CallPart(Part):
    """A function or method that sends a request. An argument is a keyword, or a position as a number."""

    path: Name = Field(description="The dotted end of the call, such as `ask` or `chat.send`.")
    operation: Operation = "chat"
    model: Names | None = Field(default=None, description="Where the model is given.", examples=["model", ["model", 0]])
    messages: Names | None = None
    system: Names | None = None
    prompt: Names | None = Field(default=None, description="Where a single text is given.")
    tools: Names | None = None
    output_cap: Names | None = None
    reasoning: Names | None = None
    cache: Names | None = None
    schema_: Names | None = Field(default=None, alias="schema", description="Where the schema of the answer is given.")
    retrieval: Names | None = None
    max_turns: Names | None = None
    history: Names | None = None
    requires: Names | None = Field(default=None, description="Only calls that give one of these arguments.")
    default_model: Name | None = Field(default=None, description="The model when the call names none.")
    distinct: Flag = Field(default=False, description="The path alone tells it, whatever object it is called on.")
    structured: Flag = False
    batch: Flag = Field(default=False, description="Sent at the batch rate.")

    def value(self) -> CallShape:
        places: dict[str, Any] = {role: getattr(self, "schema_" if role == "schema" else role) or () for role in ROLES}
        return CallShape(
            path=self.path,
            operation=self.operation,
            roles=Roles(**places),
            distinct=self.distinct,
            requires=self.requires or (),
            default_model=self.default_model,
            structured=self.structured,
            batch=self.batch,
        )


class SdkPart(Part):
    """One wrapper: where it is imported from, its functions, and the methods of its client classes."""

    packages: Names = Field(description="Import roots: `acme_llm`, `@acme/llm`.")
    provider: Name | None = Field(default=None, description="Whose prices apply when the model's name does not say.")
    clients: Names | None = Field(default=None, description="Classes whose methods `methods` names.")
    methods: tuple[CallPart, ...] = Field(default=(), max_length=200)
    functions: tuple[CallPart, ...] = Field(default=(), max_length=200)

    def value(self, name: str) -> Sdk:
        return Sdk(
            name=name,
            packages=self.packages,
            provider=self.provider,
            clients=self.clients or (),
            shapes=tuple(part.value() for part in self.methods),
            functions=tuple(part.value() for part in self.functions),
        )

"""The values a scan answers with: which LLM calls a tree makes, what text they send, what could not be read.

Everything here is frozen and knows no money, no git and no GitHub.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Context = Literal["prod", "test", "example", "docs", "eval", "vendored"]
Operation = Literal["chat", "embed", "rerank", "image", "speech", "transcribe"]
Resolution = Literal["literal", "constant", "import", "default", "env_default", "config", "range", "unresolved"]
Role = Literal["binding", "wrapper", "model", "prompt", "tool", "retrieval", "output_cap", "reasoning", "cache", "loop"]
SurfaceRole = Literal["system", "user", "assistant", "tools", "examples", "context", "schema", "input"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Lines `first_line`..`last_line` (1-based, inclusive) of the posix `path`, relative to the tree's root."""

    path: str
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Literal text of a prompt, with the place where it is written.

    `disorder`: why it may stand elsewhere in the text on another call (SHUFFLED, A_SET); empty where its place is fixed.
    """

    text: str
    span: Span
    disorder: str = ""


# The reason of a hole that holds a date without a time: the same on all calls of a day.
DAYS_DATE = "the date of the day"
# The reason of a hole that is data written as JSON with its keys in whatever order the program put them.
UNSORTED_JSON = "JSON whose keys are not sorted"
# The reason of a hole that stands for the rest of a list, such as the messages of a conversation so far.
MORE_AT_RUN_TIME = "as many as there are at run time"
# Why parts have no fixed order. A set of texts has one for each process: Python's hashes are salted.
SHUFFLED = "shuffled at random"
A_SET = "a set"
# `CallSite.edits` where the request only asks to keep what the provider would drop by itself.
THINKING_KEPT = "thinking-kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A part of a prompt that is known only at run time.

    `volatile` is set where the code shows that it differs from call to call in a way that breaks a cached prefix
    (a clock, a random id); `bounded_chars` where the code cuts it to a length.
    """

    name: str
    reason: str
    span: Span
    volatile: bool = False
    bounded_chars: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A prompt: literals and holes, in the order in which they are sent."""

    pieces: tuple[Piece | Hole, ...]

    @property
    def literal(self) -> str:
        """The known text, holes left out."""
        return "".join(p.text for p in self.pieces if isinstance(p, Piece))

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(p for p in self.pieces if isinstance(p, Hole))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """One piece of what a call sends: a message, the system prompt, few-shot examples, a response schema.

    `cache_mark`: the request asks the provider to cache everything up to the end of this piece.
    """

    role: SurfaceRole
    text: Text
    span: Span
    name: str = ""
    cache_mark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool definition as the provider receives it: `schema` is the JSON text (name, description, parameters).

    `complete` is False where parts of it are known only at run time; `builtin` names a hosted tool (`web_search`, ...);
    `disorder`: why it may stand elsewhere in the list on another call, as of a Piece.
    """

    name: str
    schema: str
    span: Span
    complete: bool = True
    builtin: str | None = None
    disorder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A number or a name that the code sets, and how it was found. `values` are the candidates, the likeliest first.

    Empty `values` mean: it is set, but only at run time (`reason` says how).
    """

    values: tuple[str, ...]
    resolution: Resolution
    span: Span
    reason: str = ""
    sources: tuple[Span, ...] = ()

    @property
    def value(self) -> str | None:
        return self.values[0] if self.values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """A retrieval setting: `parameter` such as `top_k`, `chunk_size`; `unit` is `chunks`, `tokens`, `chars`, `messages`, `model`."""

    parameter: str
    setting: Setting
    unit: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """What multiplies the calls per task: `kind` is `for`, `while`, `retry`, `max_turns`, `map`; `limit` when the code gives one."""

    kind: str
    span: Span
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """`model`: the model that is fixed there, for a binding or a wrapper."""

    role: Role
    span: Span
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSite:
    """One place that sends a billed request. `id` is path + qualified name + ordinal: never a line number.

    `service_tier`: the lane that the request asks for (`flex`, `priority`); `waited_for`: why somebody waits for the
    answer, in words, and `background`: why nobody does; each empty where the code does not show it. `endpoint`: where
    the request goes, in the provider's words; `forced_tool`: whether the answer must call a tool. `answers`: how many
    answers one request asks for (`n`, `best_of`, `candidate_count`), each billed as output; `edits`: from how many input
    tokens on the provider cuts old parts out of the conversation (`on` where the code gives no number).
    """

    id: str
    sdk: str
    operation: Operation
    span: Span
    symbol: str
    context: Context
    model: Setting
    provider: str | None = None
    output_cap: Setting | None = None
    reasoning: Setting | None = None
    cache: Setting | None = None
    surfaces: tuple[Surface, ...] = ()
    tools: tuple[Tool, ...] = ()
    retrieval: tuple[Retrieval, ...] = ()
    loops: tuple[Loop, ...] = ()
    related: tuple[Related, ...] = ()
    feature: str | None = None
    batch: bool = False
    structured: bool = False
    service_tier: Setting | None = None
    waited_for: str = ""
    background: str = ""
    endpoint: str = ""
    forced_tool: bool = False
    answers: Setting | None = None
    edits: Setting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptItem:
    """A prompt declaration on its own (a file, a constant, a builder): an item even where no call is tied to it."""

    id: str
    surface: Surface
    form: str
    context: Context
    tied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolItem:
    id: str
    tool: Tool
    form: str
    context: Context
    tied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalItem:
    id: str
    retrieval: Retrieval
    context: Context
    tied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelItem:
    """A constant, default or setting that names models, tied to a call or not."""

    id: str
    setting: Setting
    context: Context


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockItem:
    """An argument of a prompt that reads the clock. `every`: it differs on each `call`, or once a `day`."""

    id: str
    name: str
    every: str
    span: Span
    context: Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something seen but not understood. `weight` ranks how likely it hides cost (0..100)."""

    span: Span
    reason: str
    weight: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """`ignored`: call sites that a comment `aicost: ignore` says not to count; they are in nothing else here."""

    sites: tuple[CallSite, ...] = ()
    prompts: tuple[PromptItem, ...] = ()
    tools: tuple[ToolItem, ...] = ()
    retrieval: tuple[RetrievalItem, ...] = ()
    models: tuple[ModelItem, ...] = ()
    clocks: tuple[ClockItem, ...] = ()
    gaps: tuple[Gap, ...] = ()
    files_seen: int = 0
    files_parsed: int = 0
    files_vendored: int = 0
    left_out: tuple[tuple[str, int], ...] = field(default=())
    ignored: tuple[CallSite, ...] = ()

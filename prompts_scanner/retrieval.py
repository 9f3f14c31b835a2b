"""Retrieval settings in code: how many passages, how long, which embedding model, wherever they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from prompts_scanner import ir
from prompts_scanner.fold import Folder
from prompts_scanner.known import field_default
from prompts_scanner.limits import limits_of
from prompts_scanner.model import Context, Retrieval, RetrievalItem, Setting, Span
from prompts_scanner.names import is_setting, is_setting_here, looks_like_model, snake, unit_of
from prompts_scanner.values import Frame, Map, Num, Obj, Str, is_runtime, options_of
from prompts_scanner.windows import windows_of

_SAMPLING = frozenset(("temperature", "top_p", "repetition_penalty", "frequency_penalty", "presence_penalty"))
_COUNTS = frozenset(("top_k", "k", "n", "top_n"))
_BYTE_STREAMS = re.compile(
    r"(iter_content|iter_bytes|iter_chunks|aiter|\.read$|\.write$|copyfileobj|stream|download|upload|hash|random|choices|sample|range)",
    re.IGNORECASE,
)
_SPLITS = re.compile(r"(split|chunk)", re.IGNORECASE)
_NEAREST = re.compile(r"<->|<=>|<#>|cosine_distance|vector_distance|l2_distance", re.IGNORECASE)
_SQL_LIMIT = re.compile(r"\bLIMIT\s+(\d+)", re.IGNORECASE)
_SQL_MARK = ("<->", "<=>", "<#>", "_distance")
_PAGED = frozenset("limit max_results n size results num_results top count max_items".split())
_PAGING = frozenset(
    "page page_id offset cursor skip page_token next_page next_token all_results list_view_type order_by sort_order sort_by "
    "sort page_number next_page_id start_date created_at starting_after".split()
)
_LISTS = re.compile(r"(^|[\s.])(list\w*|paginate\w*|runs|get_details)([\s.]|$)")
# A vector store's searches and retrievers, whose second argument (a retriever's first) is how many passages:
# https://python.langchain.com/api_reference/core/vectorstores.html, https://v03.api.js.langchain.com/classes/_langchain_core.vectorstores.VectorStore.html
_SEARCHES = re.compile(
    r"(similarity_search|max_marginal_relevance_search)(_vector|_by_vector)?(_with(_relevance)?_scores?)?$"
)
_DOCUMENT = re.compile(r"Document$|(?:^|[._])TextNode$")
_DOCUMENT_TEXTS = frozenset(("page_content", "pageContent", "text", "content"))
# The value of a limit that the code does not set: a document goes on in full.
WHOLE = "whole"
_EMBEDDERS = frozenset("embedding embedder textEmbeddingModel textEmbedding embeddingModel text_embedding".split())
_EMBEDDING_NAMES = frozenset(("embedding", "embeddings", "embedder"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A name given a value: `around` are the words it stands among, `beside` the names set together with it."""

    name: str
    value: ir.Expr
    frame: Frame
    line: int
    label: str
    around: str
    beside: frozenset[str] = frozenset()


class RetrievalReader:
    def __init__(self, folder: Folder) -> None:
        self.folder = folder

    def read(self, module: ir.Module, context: Context) -> Iterator[RetrievalItem]:
        """What one module sets."""
        seen: set[tuple[str, Span]] = set()
        for said in (
            *self._declared(module),
            *self._in_calls(module),
            *self._in_data(module),
            *self._embedders(module),
        ):
            for item in self._item(module, said, context) if self._is_one(said) else ():
                key = (said.name, item.retrieval.span)
                if key not in seen:  # an argument of a call that is also returned
                    seen.add(key)
                    yield item
        yield from self._in_queries(module, context)
        yield from self._document_texts(module, context)
        yield from limits_of(module, self.folder, context)
        yield from windows_of(module, self.folder, context)

    # -- where settings are written ---------------------------------------------------------------------------------

    def _declared(self, module: ir.Module) -> Iterator[Said]:
        stem = module.path.rpartition("/")[2]
        split = self._split_names(module)
        for index, scope in enumerate(module.scopes):
            frame = self.folder.frame(module, index)
            beside = frozenset(snake(b.target) for b in scope.bindings) if scope.kind == "class" else frozenset[str]()
            parent = module.scopes[scope.parent].name if scope.parent >= 0 else ""
            around = f"{stem} {parent} {scope.name} {' '.join(sorted(beside)) if len(beside) < 40 else ''}"
            keyed = frozenset(snake(_bare(b.target)) for b in scope.bindings if b.target.endswith("]"))
            for binding in scope.bindings:
                name = _bare(binding.target)
                if binding.value is None or binding.kind not in ("assign", "field"):
                    continue
                words = f"{around} split" if (index, name) in split else around
                if scope.kind == "function" and not is_setting(name) and (index, name) not in split:
                    # a local `k` or `limit` says nothing unless its value does
                    if not (isinstance(binding.value, ir.Attr) and is_setting(binding.value.name)):
                        continue
                    words = f"{around} retrieval"
                yield Said(
                    name=name,
                    value=binding.value,
                    frame=frame,
                    line=binding.line,
                    label=f"{scope.qualname}.{name}",
                    around=words,
                    beside=keyed if binding.target.endswith("]") else beside,
                )
            for param in scope.params:
                if param.default is not None:
                    yield Said(
                        name=param.name,
                        value=param.default,
                        frame=frame.parent or frame,
                        line=param.line,
                        label=f"{scope.qualname}({param.name})",
                        around=f"{around} {' '.join(p.name for p in scope.params)}",
                        beside=frozenset(snake(p.name) for p in scope.params),
                    )

    def _split_names(self, module: ir.Module) -> set[tuple[int, str]]:
        """Locals that are handed to something that splits text."""
        return {
            (use.scope, arg.value.id)
            for use in module.calls
            if _SPLITS.search(dotted_name(use.call.func).rpartition(".")[2])
            for arg in use.call.args
            if isinstance(arg.value, ir.Name)
        }

    def _in_calls(self, module: ir.Module) -> Iterator[Said]:
        for use in module.calls:
            named = [*arguments(use.call), *_counted(use.call)]
            if not named:
                continue
            dotted = dotted_name(use.call.func)
            if _BYTE_STREAMS.search(dotted.rpartition(".")[2]) or dotted.startswith(("random.", "np.random")):
                continue
            frame = self.folder.frame(module, use.scope)
            beside = frozenset(snake(n) for n, _, _ in named)
            symbol = module.scopes[use.scope].qualname
            for name, value, line in named:
                yield Said(
                    name=name,
                    value=value,
                    frame=frame,
                    line=line,
                    label=f"{symbol}:{dotted}.{name}",
                    around=f"{dotted} {symbol if name not in ('n', 'size') else ''}",
                    beside=beside,
                )

    def _embedders(self, module: ir.Module) -> Iterator[Said]:
        """`openai.embedding("text-embedding-3-small")`, `vertexAI.embedder("...")`: a factory whose argument is the model."""
        for use in module.calls:
            dotted = dotted_name(use.call.func)
            first = use.call.args[0].value if use.call.args and use.call.args[0].name is None else None
            named = isinstance(first, ir.Lit) and isinstance(first.value, str) and looks_like_model(first.value)
            if first is not None and named and dotted.rpartition(".")[2] in _EMBEDDERS:
                yield Said(
                    name="embedding_model",
                    value=first,
                    frame=self.folder.frame(module, use.scope),
                    line=first.line,
                    label=f"{module.scopes[use.scope].qualname}:{dotted}",
                    around=dotted,
                )

    def _in_data(self, module: ir.Module) -> Iterator[Said]:
        """`DEFAULTS = {"chunk_size": 500}`, `kwargs = {"similarity_top_k": 3}`."""
        for index, scope in enumerate(module.scopes):
            roots = [(b.target, b.value) for b in scope.bindings if b.value is not None]
            roots += [("return", r) for r in scope.returns]
            frame = self.folder.frame(module, index)
            for target, root in roots:
                for expr in walk_data(root):
                    if not isinstance(expr, ir.Dict):
                        continue
                    named = [
                        (k.value, v, k.line)
                        for k, v in expr.items
                        if isinstance(k, ir.Lit) and isinstance(k.value, str)
                    ]
                    beside = frozenset(snake(n) for n, _, _ in named)
                    for name, value, line in named:
                        yield Said(
                            name=name,
                            value=value,
                            frame=frame,
                            line=line,
                            label=f"{scope.qualname}.{target}.{name}",
                            around=f"{target} {scope.name} {' '.join(sorted(beside)) if len(beside) < 20 else ''}",
                            beside=beside,
                        )

    def _in_queries(self, module: ir.Module, context: Context) -> Iterator[RetrievalItem]:
        """`ORDER BY embedding <-> $1 LIMIT 8`."""
        given = [(a.value, u.scope) for u in module.calls for a in u.call.args if isinstance(a.value, ir.Lit)]
        for expr, scope in (*expressions(module), *given):
            if not isinstance(expr, ir.Lit) or not isinstance(expr.value, str):
                continue
            if not any(m in expr.value for m in _SQL_MARK) or len(expr.value) > 20_000:
                continue
            limit = _limit_of_nearest(expr.value)
            if limit is not None:
                span = Span(module.path, expr.line, expr.end_line)
                label = f"{module.scopes[scope].qualname}:LIMIT"
                yield _made(module.path, label, "limit", (limit,), "chunks", span, context)

    def _document_texts(self, module: ir.Module, context: Context) -> Iterator[RetrievalItem]:
        """`Document(page_content=text[:50_000])`: how much of each document goes on to be embedded or sent."""
        for use in module.calls:
            if not _DOCUMENT.search(dotted_name(use.call.func)):
                continue
            for name, value, _ in arguments(use.call):
                if name not in _DOCUMENT_TEXTS or isinstance(value, ir.Lit):
                    continue
                self.folder.restart()
                most = self._most_chars(value, self.folder.frame(module, use.scope))
                span = Span(module.path, value.line, max(value.line, getattr(value, "end_line", value.line)))
                label = f"{module.scopes[use.scope].qualname}:{dotted_name(use.call.func)}.{name}"
                yield _made(module.path, label, name, (most or WHOLE,), "chars", span, context)

    def _most_chars(self, value: ir.Expr, frame: Frame) -> str | None:
        """The length that a text is cut to where it is handed over: `text[:n]`, `text.slice(0, n)`."""
        if isinstance(value, ir.Index) and isinstance(value.key, ir.Opaque) and value.key.reason == "slice":
            upper = value.key.children[1] if len(value.key.children) > 1 else None
        elif isinstance(value, ir.Call) and dotted_name(value.func).endswith((".slice", ".substring")):
            upper = value.args[1].value if len(value.args) > 1 else None
        else:
            return None
        told = self.folder.eval(upper, frame) if upper is not None else None
        return str(told.number) if isinstance(told, Num) and told.number > 0 else None

    # -- what counts ------------------------------------------------------------------------------------------------

    def _is_one(self, said: Said) -> bool:
        short = snake(said.name)
        if short in _COUNTS and said.beside & _SAMPLING:
            return False  # `top_k` beside `temperature` is a sampling parameter
        if short in _PAGED and (said.beside & _PAGING or _LISTS.search(said.around)):
            return False  # a page of a listing
        if short == "search_kwargs" and isinstance(said.value, ir.Dict):
            return False  # what it holds is told by itself
        if is_setting(said.name) or is_setting_here(said.name, said.around):
            return True
        return (
            short in _EMBEDDING_NAMES
            and isinstance(said.value, ir.Lit)
            and isinstance(said.value.value, str)
            and looks_like_model(said.value.value)
        )

    def _item(self, module: ir.Module, said: Said, context: Context) -> Iterator[RetrievalItem]:
        self.folder.restart()
        value = self.folder.eval(said.value, said.frame)
        if isinstance(value, Obj):
            default = field_default(self.folder, value)
            value = default if default is not None else value
        unit = unit_of(said.name, said.around)
        options = options_of(value)
        numbers = [o for o in options if isinstance(o, Num)]
        span = Span(module.path, said.line, max(said.line, getattr(said.value, "end_line", said.line)))
        sources = tuple(dict.fromkeys(s for o in options for s in o.via if s != span))
        if unit == "model":
            shown = tuple(dict.fromkeys(o.literal for o in options if isinstance(o, Str) and o.literal))
            if not shown or any(" " in t or "{" in t for t in shown):
                return
        else:
            shown = tuple(dict.fromkeys(str(n.number) for n in numbers))
            runtime = any(is_runtime(o) or isinstance(o, Obj | Map) for o in options)
            least = 0 if "overlap" in snake(said.name) else 1
            if (not shown and not runtime) or any(isinstance(n.number, float) or n.number < least for n in numbers):
                return
            if not shown and not is_setting(said.name) and not isinstance(said.value, ir.Attr | ir.Name | ir.Choice):
                return
        how = value.how if shown else "unresolved"
        setting = Setting(values=shown, resolution=how, span=span, sources=sources)
        yield RetrievalItem(
            id=f"{module.path}#{said.label}",
            retrieval=Retrieval(parameter=said.name, setting=setting, unit=unit, span=span),
            context=context,
        )


def _made(
    path: str, label: str, name: str, values: tuple[str, ...], unit: str, span: Span, context: Context
) -> RetrievalItem:
    setting = Setting(values=values, resolution="literal", span=span)
    return RetrievalItem(
        id=f"{path}#{label}",
        retrieval=Retrieval(parameter=name, setting=setting, unit=unit, span=span),
        context=context,
    )


def arguments(call: ir.Call) -> Iterator[tuple[str, ir.Expr, int]]:
    """Named arguments, and the keys of options objects two levels deep: `search(q, {options: {k: 3}})`."""
    for arg in call.args:
        if arg.name and not arg.spread:
            yield arg.name, arg.value, arg.value.line
        todo = [(arg.value, 0)]
        while todo:
            value, depth = todo.pop()
            for key, inner in value.items if isinstance(value, ir.Dict) else ():
                if isinstance(key, ir.Lit) and isinstance(key.value, str):
                    yield key.value, inner, key.line
                    if depth < 2 and isinstance(inner, ir.Dict):
                        todo.append((inner, depth + 1))


def _counted(call: ir.Call) -> Iterator[tuple[str, ir.Expr, int]]:
    """How many passages a search is asked for without a name: `store.similaritySearch(question, 6)`."""
    last = snake(dotted_name(call.func).rpartition(".")[2]) if call.args else ""
    place = 0 if last == "as_retriever" else 1 if _SEARCHES.search(last) else None
    given = [a.value for a in call.args if a.name is None and not a.spread]
    if place is not None and place < len(given) and not isinstance(given[place], ir.Dict):
        yield "k", given[place], given[place].line


def _bare(target: str) -> str:
    """The last name of a target: `k` of `self.k`, `top_k` of `settings[top_k]`."""
    bracket = re.search(r"\[(\w+)\]$", target)
    return bracket.group(1) if bracket else target.rpartition(".")[2]


def expressions(module: ir.Module) -> Iterator[tuple[ir.Expr, int]]:
    """Every expression of a module that is not inside another scope's, depth first."""
    for index, scope in enumerate(module.scopes):
        roots: list[ir.Expr] = [b.value for b in scope.bindings if b.value is not None] + list(scope.returns)
        for root in roots:
            yield from ((e, index) for e in walk_data(root))
    for use in module.calls:
        for arg in use.call.args:
            if isinstance(arg.value, ir.Dict | ir.Seq):
                yield from ((e, use.scope) for e in walk_data(arg.value))


def walk_data(root: ir.Expr) -> Iterator[ir.Expr]:
    stack: list[ir.Expr] = [root]
    while stack:
        expr = stack.pop()
        yield expr
        match expr:
            case ir.Dict(items=items):
                stack += [v for _, v in items]
            case ir.Seq(items=items):
                stack += items
            case ir.Opaque(children=children):
                stack += children
            case ir.Choice(options=options):
                stack += options
            case ir.Concat(parts=parts):
                stack += parts
            case ir.Call(func=func, args=args):
                stack += [a.value for a in args]
                if isinstance(func, ir.Attr) and isinstance(func.base, ir.Lit | ir.Concat):
                    stack.append(func.base)  # `"""...""".strip()`


def dotted_name(expr: ir.Expr) -> str:
    match expr:
        case ir.Name(id=name):
            return name
        case ir.Attr(base=base, name=name):
            return f"{dotted_name(base)}.{name}"
        case ir.Call(func=func):
            return dotted_name(func)
        case ir.Index(base=base):
            return dotted_name(base)
    return ""


def _limit_of_nearest(query: str) -> str | None:
    """The number behind LIMIT in a statement that orders by distance before it."""
    for statement in query.split(";"):
        nearest = _NEAREST.search(statement)
        limit = _SQL_LIMIT.search(statement, nearest.end()) if nearest is not None else None
        if limit is not None:
            return limit.group(1)
    return None

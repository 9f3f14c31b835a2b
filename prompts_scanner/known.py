"""What well-known functions of the standard libraries give, so that text can be followed through them.

Covers text building, the environment, paths, and files that code reads. Everything else stays an outside object.
"""

from __future__ import annotations

import inspect
import posixpath
import re
import string
import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from prompts_scanner import ir, jinja, templates
from prompts_scanner.documents import document_value
from prompts_scanner.model import A_SET, DAYS_DATE, MORE_AT_RUN_TIME, SHUFFLED, UNSORTED_JSON, Hole, Piece, Span
from prompts_scanner.values import (
    Const,
    Ext,
    Fn,
    Frame,
    Inst,
    Lst,
    Many,
    Map,
    Num,
    Obj,
    Pipe,
    Str,
    Unk,
    Value,
    carried,
    farther,
    many,
    options_of,
)

if TYPE_CHECKING:
    from prompts_scanner.fold import Folder

GLOBALS = frozenset(
    "open str int float bool list dict tuple set len range enumerate zip map filter sorted reversed print super getattr "
    "process require fetch JSON Object Array String Number Promise console path fs Math Date import globalThis Deno Bun "
    "import_meta isinstance sum min max format type".split()
)
MAX_MAPPED = 40
# The request that a handler of an own route is given; the body that was posted is its receiver.
REQUEST = "<request>"
_CLOCK = re.compile(
    r"(datetime\.(datetime\.)?(now|utcnow|today)|date\.today|time\.(time|strftime|ctime)|uuid\.uuid[14]|uuid4|nanoid|"
    r"Date(\.now)?$|randomUUID|random\.(random|choice|randint|uniform)|Math\.random|perf_counter|toISOString)"
)
_ENV_CALLS = (
    "os.getenv",
    "os.environ.get",
    "environ.get",
    "getenv",
    "Deno.env.get",
    "decouple.config",
    "env.str",
    "env.get",
)
_ENV_ROOTS = ("os.environ", "environ", "process.env", "import.meta.env", "Bun.env")
_CREW_FILES = {"agents_config": "config/agents.yaml", "tasks_config": "config/tasks.yaml"}
_PATH_TYPES = ("pathlib.Path", "pathlib.PurePath", "anyio.Path", "Path")
_SAME = frozenset(
    "str String dedent cleandoc resolve absolute expanduser abspath realpath normpath fspath as_posix toString freeze "
    "sorted list tuple cast SecretStr get_secret_value strip_tags mark_safe fileURLToPath URL rstrip lstrip strip trim "
    "trimStart trimEnd trimEndStart strip_indent unindent stripIndent dedentString raw html markdown outdent codeBlock "
    "stripIndents commaLists lower upper title capitalize toLowerCase toUpperCase encode decode "
    "enforce_length heredoc".split()
)


def text_of_parts(values: list[Value], span: Span) -> Value:
    """Text put together from parts: what is not text becomes a hole named after it."""
    pieces: list[Piece | Hole] = []
    how = values[0].how if values else "literal"
    via: list[Span] = []
    for value in values:
        how = farther(how, value.how) if not isinstance(value, Unk) else how
        via += [s for s in value.via if s not in via]
        pieces += as_pieces(value, span)
    return Str(pieces=tuple(pieces), how=how, via=tuple(via))


def as_pieces(value: Value, span: Span) -> tuple[Piece | Hole, ...]:
    """A value where text is expected."""
    match value:
        case Str(pieces=pieces):
            return pieces
        case Num(number=number, span=at):
            return (Piece(text=str(number), span=at),)
        case Const(constant=None):
            return ()
        case Const(constant=constant, span=at):
            return (Piece(text=str(constant), span=at),)
        case Many(options=options):
            texts = [o for o in options if isinstance(o, Str)]
            if texts:
                return max(texts, key=lambda t: len(t.known)).pieces
            return as_pieces(options[0], span)
        case Unk():
            return (value.hole(),)
        case Obj(name=name, span=at):
            if name.endswith("json.dumps") and value.call.args and not _sorts_keys(value):
                given = value.call.args[0].value
                shown = given.id if isinstance(given, ir.Name) else given.name if isinstance(given, ir.Attr) else "JSON"
                return (Hole(name=shown, reason=UNSORTED_JSON, span=at),)
            return (Hole(name=_short(name), reason="run-time value", span=at, volatile=is_clock(value)),)
        case Ext(name=name):
            return (Hole(name=_short(name), reason="run-time value", span=span, volatile=is_clock(value)),)
        case Lst(items=items, disorder=disorder):
            out: list[Piece | Hole] = []
            for item in items:
                out += _disordered(as_pieces(item, span), disorder)
            return tuple(out)
        case Map(items=entries, span=at):
            if all(isinstance(v, Str) and v.literal is not None for _, v in entries) and value.complete:
                return tuple(p for k, v in entries for p in (Piece(text=f"{k}: ", span=at), *as_pieces(v, at)))
            return (Hole(name="data", reason="run-time value", span=at),)
    return (Hole(name="value", reason="run-time value", span=span),)


def _disordered(pieces: tuple[Piece | Hole, ...], why: str) -> tuple[Piece | Hole, ...]:
    return tuple(replace(p, disorder=why) if why and isinstance(p, Piece) else p for p in pieces)


def _sorts_keys(value: Obj) -> bool:
    """Whether a call says `sort_keys=` at all: a choice at run time is not held against it."""
    return any(
        a.name == "sort_keys" and not (isinstance(a.value, ir.Lit) and not a.value.value) for a in value.call.args
    )


def is_clock(value: Value) -> bool:
    """Whether a value differs on every call: the time, a random id."""
    at: Value | None = value
    while isinstance(at, Obj | Ext):
        if _CLOCK.search(at.name):
            return True
        at = at.recv
    return isinstance(at, Unk) and at.volatile


def _is_day(short: str, name: str, expr: ir.Call) -> bool:
    """Whether a clock is read to the day only, so that it is the same on the calls of a whole day."""
    if short in ("date", "toDateString", "toLocaleDateString") or name.endswith("date.today"):
        return True
    given = expr.args[0].value if expr.args else None
    text = given.value if isinstance(given, ir.Lit) else None
    if short == "strftime" and isinstance(text, str):
        return not re.search(r"%-?[HIMSfXcpsTR]", text)
    if short in ("slice", "substring", "substr") and len(expr.args) > 1:
        end = expr.args[1].value
        return isinstance(end, ir.Lit) and end.value in (10, "10")
    return short == "split" and text == "T"


def _package_name(name: str) -> str:
    """What the default import of a package is called: `dedent` of `dedent.default`, `stripIndent` of `strip-indent.default`."""
    first, *rest = name.removesuffix(".default").rpartition("/")[2].split("-")
    camel = first + "".join(r.title() for r in rest)
    return "dedent" if "dedent" in camel.lower() else camel


def _short(name: str) -> str:
    return name.rpartition(".")[2] or name


def parent_folder(value: Str) -> Value:
    """`path.parent`, `dirname(path)`."""
    text = value.literal
    if text is None:
        return value
    span = next((p.span for p in value.pieces), Span("", 1, 1))
    return Str(pieces=(Piece(text=posixpath.dirname(text) or ".", span=span),), how=value.how, via=value.via)


# -- environment ------------------------------------------------------------------------------------------------------


def environment(folder: Folder, name: str, expr: ir.Expr, frame: Frame) -> Value | None:
    """`process.env.NAME`, `import.meta.env.NAME`."""
    root, _, variable = name.rpartition(".")
    if root in ("process.env", "import.meta.env", "Bun.env", "import_meta.env"):
        return env_value(folder, variable, None, expr, frame)
    return None


def environment_item(folder: Folder, base: Ext, key: ir.Expr, expr: ir.Expr, frame: Frame) -> Value | None:
    """`os.environ["NAME"]`."""
    if base.name in _ENV_ROOTS:
        name = folder.eval(key, frame)
        if isinstance(name, Str) and name.literal:
            return env_value(folder, name.literal, None, expr, frame)
    return None


def env_value(folder: Folder, name: str, default: Value | None, expr: ir.Expr, frame: Frame) -> Value:
    """A variable of the environment: the code's default, else what an env file of the tree says."""
    empty = (isinstance(default, Const) and default.constant is None) or (
        isinstance(default, Str) and default.literal == ""
    )
    if default is not None and not empty:
        return carried(default, "env_default")
    stated = folder.program.env.get(name)
    if stated is not None:
        text, span = stated
        return Str(pieces=(Piece(text=text, span=span),), how="env_default", via=(span,))
    return Unk(
        name=name, reason="environment variable without a default", span=folder.span(expr, frame), how="unresolved"
    )


# What declares a parameter and holds its default: of web frameworks, of command lines.
DECLARED_DEFAULTS = frozenset("Depends Inject Field Query Body Form Header Argument Option".split())


def field_default(folder: Folder, value: Obj) -> Value | None:
    """The default inside `Field(...)`, `field(...)`, `Column(...)` and their like."""
    short = _short(value.name)
    if not short.endswith("Field") and short not in (
        "Field",
        "field",
        "attrib",
        "ib",
        "Factory",
        "Option",
        "Argument",
        "Column",
        "mapped_column",
        "Query",
        "Param",
        "Setting",
        "Attribute",
    ):
        return None
    default = folder.argument(value, "default")
    if (
        default is None
        and value.call.args
        and value.call.args[0].name is None
        and short not in ("Column", "mapped_column")
    ):
        default = folder.eval(value.call.args[0].value, value.frame)
    if default is None:
        factory = folder.argument(value, "default_factory") or folder.argument(value, "factory")
        if isinstance(factory, Fn):
            default = folder.invoke(factory, (), value.frame, None)
        elif factory is not None and not isinstance(factory, Unk):
            default = factory
    if default is None:
        metadata = folder.argument(value, "metadata")
        del metadata
        return Unk(name=short, reason="required field", span=value.span, how="unresolved")
    if isinstance(default, Ext | Const) and not (isinstance(default, Const) and default.constant is not None):
        return Unk(name=short, reason="field without a default", span=value.span, how="unresolved")
    return carried(default, "default", value.span)


# -- calls ------------------------------------------------------------------------------------------------------------


def special_call(folder: Folder, expr: ir.Call, frame: Frame) -> Value | None:
    """Calls that must be seen before their callee is evaluated: `__import__`-free shapes such as `super().__init__`."""
    func = expr.func
    if isinstance(func, ir.Name) and func.id in ("getattr",) and len(expr.args) >= 2:
        base, key = folder.eval(expr.args[0].value, frame), folder.eval(expr.args[1].value, frame)
        if isinstance(key, Str) and key.literal:
            found = folder.member(base, key.literal, expr, frame)
            if isinstance(found, Unk | Ext) and len(expr.args) == 3:
                return carried(folder.eval(expr.args[2].value, frame), "default")
            return found
    if isinstance(func, ir.Name) and func.id == "super" and isinstance(frame.self_value, Inst):
        return frame.self_value
    if isinstance(func, ir.Name) and func.id in ("require", "import") and frame.module.language == "typescript":
        given = folder.eval(expr.args[0].value, frame) if len(expr.args) == 1 else None
        if isinstance(given, Str) and given.literal:
            return folder.import_value(ir.Import("", given.literal, None, expr.line), frame.module)
    return None


def arg_at(folder: Folder, expr: ir.Call, frame: Frame, index: int, name: str | None = None) -> Value | None:
    for arg in expr.args:
        if name is not None and arg.name == name:
            return folder.eval(arg.value, frame)
    positional = [a for a in expr.args if a.name is None and not a.spread]
    return folder.eval(positional[index].value, frame) if index < len(positional) else None


def call(folder: Folder, name: str, recv: Value | None, expr: ir.Call, frame: Frame) -> Value | None:
    """The value of calling an outside name, or None where nothing is known of it."""
    span = folder.span(expr, frame)
    if name == f"{REQUEST}.json" and recv is not None:
        return recv
    short = _short(name) if not name.endswith(".default") else _package_name(name)
    if name in _ENV_CALLS or (short in ("get", "getenv") and name.rpartition(".")[0] in _ENV_ROOTS):
        key = arg_at(folder, expr, frame, 0)
        default = arg_at(folder, expr, frame, 1, "default")
        if isinstance(key, Str) and key.literal:
            return env_value(folder, key.literal, default, expr, frame)
    if isinstance(recv, Map) and short in ("get", "pop", "setdefault"):
        key = arg_at(folder, expr, frame, 0)
        default = arg_at(folder, expr, frame, 1)
        if isinstance(key, Str) and key.literal is not None:
            return recv.get(key.literal) or default or Const(constant=None, span=span)
        if key is not None:
            options = [v for _, v in recv.items] + ([default] if default is not None else [])
            choice = many(options)
            return carried(choice, "range", recv.span) if choice is not None else None
    if isinstance(recv, Map) and short in ("copy", "deepcopy"):
        return recv
    if isinstance(recv, Map) and short in ("values", "keys", "items"):
        if short == "values":
            return Lst(items=tuple(v for _, v in recv.items), span=recv.span, complete=recv.complete)
        return None
    if isinstance(recv, Lst) and short in ("concat", "copy", "filter", "slice", "flat", "reverse"):
        extra = [folder.eval(a.value, frame) for a in expr.args] if short == "concat" else []
        items = [i for e in extra for i in (e.items if isinstance(e, Lst) else (e,))]
        return Lst(items=(*recv.items, *items), span=recv.span, complete=recv.complete, how=recv.how, via=recv.via)
    if isinstance(recv, Lst) and short in ("map", "flatMap"):
        return _mapped(folder, recv, expr, frame, flat=short == "flatMap")
    if isinstance(recv, Unk) and short in ("map", "flatMap") and frame.module.language == "typescript":
        # a list known at run time: the request that is made of one of its items; texts of unknown number stay one hole
        item = replace(recv, name=f"item of {recv.name}", param=None)
        made = _mapped(folder, Lst(items=(item,), span=span, complete=False), expr, frame, flat=short == "flatMap")
        return made if isinstance(made, Lst) and all(isinstance(i, Map) for i in made.items) else None
    if short == "pipe" and isinstance(recv, Obj | Pipe) and expr.args:
        parts = (
            *(recv.parts if isinstance(recv, Pipe) else (recv,)),
            *(folder.eval(a.value, frame) for a in expr.args),
        )
        return Pipe(parts=parts, span=span)
    if name.endswith("RunnableSequence.from"):
        given = arg_at(folder, expr, frame, 0)
        return Pipe(parts=given.items, span=span) if isinstance(given, Lst) else None
    if isinstance(recv, Lst) and short == "join":
        separator = arg_at(folder, expr, frame, 0)
        return _join(separator if isinstance(separator, Str) else None, recv, span)
    if isinstance(recv, Str):
        text = _text_method(folder, short, recv, expr, frame)
        if text is not None:
            return text
    if short in ("Path", "PurePath", "PosixPath", "files") and (name in _PATH_TYPES or short == "files"):
        given = arg_at(folder, expr, frame, 0)
        if short == "files" and isinstance(given, Str) and given.literal:
            return Str(pieces=(Piece(text=given.literal.replace(".", "/"), span=span),))
        return given if isinstance(given, Str) else None
    if name.endswith(("path.join", "path.resolve")) or name in ("join", "resolve"):
        return _path_join([folder.eval(a.value, frame) for a in expr.args], span)
    if name.endswith(("path.dirname", "dirname")):
        given = arg_at(folder, expr, frame, 0)
        return parent_folder(given) if isinstance(given, Str) else None
    if name.endswith(("os.getcwd", "process.cwd", "Path.cwd")):
        return Str(pieces=(Piece(text=".", span=span),))
    if short in ("open", "readFileSync", "readFile", "file") and name in (
        "open",
        "io.open",
        "codecs.open",
        "aiofiles.open",
        "fs.readFileSync",
        "fs.readFile",
        "fs.promises.readFile",
        "Bun.file",
        "node:fs.readFileSync",
        "fs/promises.readFile",
        "node:fs/promises.readFile",
        "fs.default.readFileSync",
        "fs.default.readFile",
        "fs-extra.readFile",
        "node:fs.default.readFileSync",
        "importlib.resources.open_text",
        "fs/promises.default.readFile",
    ):
        given = arg_at(folder, expr, frame, 0, "file")
        return read_file(folder, given, expr, frame)
    if short in ("load", "safe_load", "loads", "parse", "load_all", "full_load", "read_json", "read_yaml") and (
        re.search(r"(json|yaml|toml|JSON|tomllib|YAML|orjson)", name)
    ):
        given = arg_at(folder, expr, frame, 0)
        if isinstance(given, Str) and given.pieces and isinstance(given.pieces[0], Piece):
            path = given.pieces[0].span.path
            if given.literal is not None and path != frame.module.path:
                return carried(document_value(path, given.literal) or given, "config")
            if given.literal is not None:
                return document_value(path, given.literal, given.pieces[0].span)
        return None
    if short in ("get_template", "from_string", "getTemplate") and recv is not None:
        given = arg_at(folder, expr, frame, 0, "name")
        if short == "from_string" and isinstance(given, Str):
            return templates.parsed(given)
        if isinstance(given, Str) and given.literal:
            return _template_file(folder, given.literal, expr, frame)
    if short in ("Template", "PromptTemplate", "compile") and name in (
        "string.Template",
        "jinja2.Template",
        "handlebars.compile",
        "handlebars.default.compile",
        "mustache.Template",
        "Handlebars.compile",
    ):
        given = arg_at(folder, expr, frame, 0)
        return templates.parsed(given) if isinstance(given, Str) else None
    if name in ("set", "frozenset", "sorted") or short == "shuffle":
        given = arg_at(folder, expr, frame, 0)
        if isinstance(given, Lst):
            why = "" if name == "sorted" or len(given.items) < 2 else SHUFFLED if short == "shuffle" else A_SET
            return replace(given, disorder=why)
    if name == "random.sample":
        return Unk(name="sample", reason="chosen at random", span=span, volatile=True, how="unresolved")
    if short in _SAME and (recv is None or isinstance(recv, Lst) or short == "get_secret_value"):
        given = arg_at(folder, expr, frame, 1 if short == "cast" else 0)
        if isinstance(given, Str | Lst | Map | Num):
            return (
                _dedented(given) if short in ("dedent", "cleandoc", "stripIndent", "outdent", "stripIndents") else given
            )
        if short in ("str", "String") and isinstance(given, Unk | Obj | Many):
            return given
    if short in ("int", "float", "Number", "parseInt", "parseFloat"):
        given = arg_at(folder, expr, frame, 0)
        if isinstance(given, Num):
            return given
        if isinstance(given, Str) and given.literal is not None:
            try:
                number = float(given.literal)
            except ValueError:
                return None
            return Num(number=int(number) if number.is_integer() else number, span=span, how=given.how, via=given.via)
        return given if isinstance(given, Unk) else None
    if name in ("dict", "Object.assign", "Object.fromEntries") or short == "dict":
        entries: list[tuple[str, Value]] = []
        for arg in expr.args:
            value = folder.eval(arg.value, frame)
            if isinstance(value, Map):
                entries += value.items
            elif arg.name and not arg.spread:
                entries.append((arg.name, value))
        return Map(items=tuple(entries), span=span)
    if name in ("min", "Math.min", "max", "Math.max"):
        numbers = [n for a in expr.args for n in options_of(folder.eval(a.value, frame)) if isinstance(n, Num)]
        if numbers:
            chosen = min(numbers, key=lambda n: n.number) if "min" in name else max(numbers, key=lambda n: n.number)
            return carried(chosen, "range" if len(numbers) < len(expr.args) else "literal")
    if name in (
        "Promise.resolve",
        "Promise.all",
        "asyncio.run",
        "asyncio.wait_for",
        "run_sync",
        "next",
        "iter",
        "copy.deepcopy",
        "copy.copy",
        "structuredClone",
        "typing.cast",
        "tuple",
        "list",
        "Object.freeze",
        "Object.values",
    ):
        given = arg_at(folder, expr, frame, 1 if name == "typing.cast" else 0)
        if name == "Object.values" and isinstance(given, Map):
            return Lst(items=tuple(v for _, v in given.items), span=given.span)
        return given
    if name in ("functools.partial", "partial"):
        given = arg_at(folder, expr, frame, 0)
        if isinstance(given, Ext):
            before = ir.Call(expr.func, expr.args[1:], expr.line, expr.end_line, expr.name_line)
            return replace(given, partial=(*given.partial, (before, frame)))
        return given if isinstance(given, Fn) else None
    if isinstance(recv, Unk) and recv.reason == DAYS_DATE:
        return replace(recv, name=_short(name))  # `today.isoformat()`: written otherwise, still the same all day
    if is_clock(Ext(name=name, recv=recv)):
        if _is_day(short, name, expr):
            return Unk(name=_short(name), reason=DAYS_DATE, span=span, how="unresolved")
        return Unk(name=_short(name), reason="clock or random value", span=span, volatile=True, how="unresolved")
    if short in ("join",) and isinstance(recv, Str):
        items_value = arg_at(folder, expr, frame, 0)
        return _join(recv, items_value, span) if items_value is not None else None
    return None


def _mapped(folder: Folder, recv: Lst, expr: ir.Call, frame: Frame, *, flat: bool) -> Value | None:
    """`list.map(f)`: what the function makes of each item."""
    function = arg_at(folder, expr, frame, 0)
    if not isinstance(function, Fn) or len(recv.items) > MAX_MAPPED:
        return None
    made = [folder.applied(function, (item,), frame.depth) for item in recv.items]
    items = [i for m in made for i in (m.items if flat and isinstance(m, Lst) else (m,))]
    return Lst(items=tuple(items), span=recv.span, complete=recv.complete, how=recv.how, via=recv.via)


def _join(separator: Str | None, items: Value, span: Span) -> Value:
    if not isinstance(items, Lst):
        return (
            items
            if isinstance(items, Unk)
            else Unk(name="joined text", reason="run-time list", span=span, how="unresolved")
        )
    pieces: list[Piece | Hole] = []
    for i, item in enumerate(items.items):
        if i and separator is not None:
            pieces += separator.pieces
        pieces += _disordered(as_pieces(item, span), items.disorder)
    if not items.complete:
        pieces.append(Hole(name="more items", reason=MORE_AT_RUN_TIME, span=items.span))
    return Str(pieces=tuple(pieces), how=items.how, via=items.via)


def _path_join(parts: list[Value], span: Span) -> Value:
    out: list[str] = []
    for part in parts:
        if isinstance(part, Str):
            out.append(part.literal if part.literal is not None else part.known)
    return Str(
        pieces=(Piece(text=posixpath.normpath(posixpath.join(*[p for p in out if p]) if any(out) else "."), span=span),)
    )


def read_file(folder: Folder, given: Value | None, expr: ir.Expr, frame: Frame) -> Value:
    """The text of a file that the code reads, as a value whose pieces stand in that file."""
    span = folder.span(expr, frame)
    answers: list[Value] = []
    for option in options_of(given) if given is not None else ():
        if isinstance(option, Str):
            name = option.literal if option.literal is not None else option.known
            path = folder.program.find_file(frame.module.path, name)
            text = folder.program.text(path) if path else None
            if path is not None and text is not None:
                lines = text.count("\n") + 1
                where = Span(path, 1, lines)
                answers.append(Str(pieces=(Piece(text=text, span=where),), how="import", via=(where,)))
    return many(answers) or Unk(
        name="file", reason="file that the code reads is not in the tree", span=span, how="unresolved"
    )


def _template_file(folder: Folder, name: str, expr: ir.Expr, frame: Frame) -> Value | None:
    found = _found_file(folder, frame.module.path, name)
    if found is None:
        return None
    path, text = found
    where = Span(path, 1, text.count("\n") + 1)
    if jinja.has_parts(text):
        pieces = jinja.put_together(path, text, lambda at, other: _other_template(folder, at, other))
        return Str(pieces=pieces, how="import", via=(where,))
    return templates.parsed(Str(pieces=(Piece(text=text, span=where),), how="import", via=(where,)))


def named_document(folder: Folder, value: Value, frame: Frame) -> Value | None:
    """The document behind a path that is looked up like a dictionary: a framework reads it in its place.

    CrewAI puts the content of `agents_config = "config/agents.yaml"` where the path stood, by default that of these names;
    `{name}` in its texts is filled in when the crew starts. https://docs.crewai.com/concepts/agents
    """
    name = (
        value.literal
        if isinstance(value, Str)
        else _CREW_FILES.get(_short(value.name))
        if isinstance(value, Unk | Ext)
        else None
    )
    if name is None or not name.endswith((".yaml", ".yml")):
        return None
    found = _found_file(folder, frame.module.path, name)
    document = document_value(*found) if found is not None else None
    return _filled_later(document, 0) if isinstance(document, Map) else None


def _filled_later(value: Value, depth: int) -> Value:
    match value:
        case Str():
            return templates.parsed(value, "format")
        case Map(items=items) if depth < 6:
            return replace(value, items=tuple((k, _filled_later(v, depth + 1)) for k, v in items))
        case Lst(items=items) if depth < 6:
            return replace(value, items=tuple(_filled_later(v, depth + 1) for v in items))
    return value


def _found_file(folder: Folder, at: str, name: str) -> tuple[str, str] | None:
    path = folder.program.find_file(at, name)
    text = folder.program.text(path) if path else None
    return (path, text) if path is not None and text is not None else None


def _other_template(folder: Folder, at: str, name: str) -> tuple[str, str] | None:
    """A template that another one names."""
    return next((f for n in jinja.spellings(at, name) if (f := _found_file(folder, at, n)) is not None), None)


def _dedented(value: Value) -> Value:
    if not isinstance(value, Str) or not value.pieces:
        return value
    # Holes stand in as one private character each, so that indentation is judged over the whole text.
    marks = "".join(p.text if isinstance(p, Piece) else "\ue000" for p in value.pieces)
    lean = textwrap.dedent(marks)
    if lean == marks:
        lean = inspect.cleandoc(marks) if marks[:1] != "\n" else marks
    return _recut(value, lean)


def _recut(value: Str, text: str) -> Str:
    """Put changed text back into pieces: the parts between holes keep the span they had."""
    holes = [p for p in value.pieces if isinstance(p, Hole)]
    parts = text.split("\ue000")
    if len(parts) != len(holes) + 1 or not value.pieces:
        return value
    spans: list[Span] = []
    current: Span | None = None
    for piece in value.pieces:
        if isinstance(piece, Hole):
            spans.append(current or piece.span)
            current = None
        elif current is None:
            current = piece.span
    spans.append(current or value.pieces[-1].span)
    pieces: list[Piece | Hole] = []
    for i, part in enumerate(parts):
        if part:
            pieces.append(Piece(text=part, span=spans[i]))
        if i < len(holes):
            pieces.append(holes[i])
    return Str(pieces=tuple(pieces), how=value.how, via=value.via)


def _marked(value: Str) -> str:
    return "".join(p.text if isinstance(p, Piece) else "\ue000" for p in value.pieces)


def _text_method(folder: Folder, method: str, recv: Str, expr: ir.Call, frame: Frame) -> Value | None:
    span = folder.span(expr, frame)
    if method in ("format", "format_map"):
        return _format(folder, recv, expr, frame)
    if method in ("substitute", "safe_substitute", "render", "format_messages", "format_prompt"):
        return templates.filled(recv, {a.name: folder.eval(a.value, frame) for a in expr.args if a.name})
    if method in ("replace", "replaceAll"):
        old, new = arg_at(folder, expr, frame, 0), arg_at(folder, expr, frame, 1)
        if isinstance(old, Str) and old.literal:
            return _replaced(recv, old.literal, new, span)
        return recv
    if method == "join":
        items = arg_at(folder, expr, frame, 0)
        return _join(recv, items, span) if items is not None else None
    if method in ("joinpath", "with_name"):
        return _path_join([recv, *(folder.eval(a.value, frame) for a in expr.args)], span)
    if method in ("read_text", "readText", "read_bytes", "text"):
        return read_file(folder, recv, expr, frame)
    if method == "read":
        return recv
    if method in ("open",):
        return read_file(folder, recv, expr, frame)
    if method in ("concat",):
        return text_of_parts([recv, *(folder.eval(a.value, frame) for a in expr.args)], span)
    if method in _FINDERS:
        return _found_at(recv, method, arg_at(folder, expr, frame, 0), span)
    if method in ("slice", "substring") and expr.args and recv.literal is not None:
        return _sliced(recv, [folder.eval(a.value, frame) for a in expr.args[:2]], span)
    if method in ("slice", "substring", "substr") and len(expr.args) == 2:
        end = folder.eval(expr.args[1].value, frame)
        return _cut(recv, int(end.number)) if isinstance(end, Num) and end.number > 0 else recv
    if method in ("strip", "trim", "rstrip", "lstrip", "trimEnd", "trimStart"):
        if expr.args:
            return recv
        text = _marked(recv)
        left = method in ("strip", "trim", "lstrip", "trimStart")
        right = method in ("strip", "trim", "rstrip", "trimEnd")
        text = text.lstrip() if left else text
        return _recut(recv, text.rstrip() if right else text)
    if method == "split" and recv.literal is not None and expr.args:
        separator, most = arg_at(folder, expr, frame, 0, "sep"), arg_at(folder, expr, frame, 1, "maxsplit")
        if isinstance(separator, Str) and separator.literal:
            limit = int(most.number) if isinstance(most, Num) and frame.module.language == "python" else -1
            where = next((p.span for p in recv.pieces), span)
            parts = recv.literal.split(separator.literal, limit)[:50]
            split = tuple(Str(pieces=(Piece(text=p, span=where),), how=recv.how, via=recv.via) for p in parts)
            return Lst(items=split, span=span, how=recv.how, via=recv.via)
    if method in (
        "split",
        "splitlines",
        "read_lines",
        "readlines",
        "startswith",
        "endswith",
        "startsWith",
        "endsWith",
        "match",
        "includes",
        "search",
        "count",
        "charCodeAt",
        "codePointAt",
        "localeCompare",
        "isdigit",
        "isnumeric",
        "isalpha",
    ):
        return None
    return recv


_FINDERS = ("indexOf", "lastIndexOf", "find", "rfind", "index", "rindex")


def _found_at(value: Str, method: str, part: Value | None, span: Span) -> Value | None:
    """Where a text that is written out holds another one; -1 for nowhere."""
    if value.literal is None or not isinstance(part, Str) or part.literal is None:
        return None
    last = method in ("lastIndexOf", "rfind", "rindex")
    place = value.literal.rfind(part.literal) if last else value.literal.find(part.literal)
    return Num(number=place, span=span, how=value.how, via=value.via)


def _sliced(value: Str, bounds: list[Value], span: Span) -> Str:
    """`text.slice(from, to)` of a text that is written out; all of it where a bound is known at run time only."""
    numbers = [int(b.number) for b in bounds if isinstance(b, Num)]
    if len(numbers) != len(bounds) or value.literal is None or any(n < 0 for n in numbers):
        return _cut(value, numbers[-1]) if len(bounds) == 2 and len(numbers) == 1 and numbers[-1] > 0 else value
    where = next((p.span for p in value.pieces), span)
    text = value.literal[slice(*numbers)] if len(numbers) == 2 else value.literal[numbers[0] :]
    return replace(value, pieces=(Piece(text=text, span=where),))


def _cut(value: Str, length: int) -> Str:
    pieces: list[Piece | Hole] = []
    left = length
    for piece in value.pieces:
        if isinstance(piece, Hole):
            pieces.append(
                Hole(
                    name=piece.name,
                    reason=piece.reason,
                    span=piece.span,
                    volatile=piece.volatile,
                    bounded_chars=max(1, left),
                )
            )
            continue
        if left > 0:
            pieces.append(Piece(text=piece.text[:left], span=piece.span))
            left -= len(piece.text)
    return Str(pieces=tuple(pieces), how=value.how, via=value.via)


def sliced(folder: Folder, base: Value, key: ir.Opaque, expr: ir.Expr, frame: Frame) -> Value:
    """`x[:n]`: text cut to n characters; a list cut to n items."""
    bounds = [folder.eval(c, frame) for c in key.children]
    upper = bounds[1] if len(bounds) > 1 else None
    limit = int(upper.number) if isinstance(upper, Num) and upper.number > 0 else None
    if isinstance(base, Str):
        return _cut(base, limit) if limit is not None else base
    if isinstance(base, Lst):
        return base
    span = folder.span(expr, frame)
    name = base.name if isinstance(base, Unk | Ext | Obj) else "value"
    param = base.param if isinstance(base, Unk) else None
    return Unk(
        name=name,
        reason="run-time value cut to a length",
        span=span,
        bounded_chars=limit,
        param=param,
        how="unresolved",
    )


def _format(folder: Folder, recv: Str, expr: ir.Call, frame: Frame) -> Value:
    """`text.format(...)`: fields become the arguments, or holes."""
    named = {a.name: folder.eval(a.value, frame) for a in expr.args if a.name and not a.spread}
    named |= {k: folder.force(v) for k, v in folder.spread_args(expr.args, frame).items()}
    listed = [folder.eval(a.value, frame) for a in expr.args if a.name is None and not a.spread]
    pieces: list[Piece | Hole] = []
    counter = 0
    for piece in recv.pieces:
        if isinstance(piece, Hole):
            pieces.append(piece)
            continue
        try:
            fields = list(string.Formatter().parse(piece.text))
        except ValueError:
            pieces.append(piece)
            continue
        for literal, name, _, _ in fields:
            if literal:
                pieces.append(Piece(text=literal, span=piece.span))
            if name is None:
                continue
            key = re.split(r"[.\[]", name)[0]
            value: Value | None = named.get(key)
            if key == "" or key.isdigit():
                at = int(key) if key else counter
                counter += 1
                value = listed[at] if at < len(listed) else None
            if value is None:
                pieces.append(Hole(name=key or "value", reason="format field", span=piece.span))
            else:
                pieces += as_pieces(value, piece.span)
    return Str(pieces=tuple(pieces), how=recv.how, via=recv.via)


def _replaced(recv: Str, old: str, new: Value | None, span: Span) -> Value:
    pieces: list[Piece | Hole] = []
    for piece in recv.pieces:
        if isinstance(piece, Hole) or old not in piece.text:
            pieces.append(piece)
            continue
        for i, part in enumerate(piece.text.split(old)):
            if i and new is not None:
                pieces += as_pieces(new, span)
            if part:
                pieces.append(Piece(text=part, span=piece.span))
    return Str(pieces=tuple(pieces), how=recv.how, via=recv.via)


def operator(folder: Folder, expr: ir.BinOp, left: Value, right: Value, frame: Frame) -> Value:
    """`a * b`, `a % b`, `a / b` and their like, on numbers, text and paths."""
    span = Span(frame.module.path, expr.line, expr.line)
    if isinstance(left, Num) and isinstance(right, Num):
        result = _arithmetic(expr.op, left.number, right.number)
        if result is not None:
            return Num(number=result, span=span, how=farther(left.how, right.how), via=(*left.via, *right.via))
    if expr.op == "/" and isinstance(left, Str):
        return _path_join([left, right], span)
    if expr.op == "%" and isinstance(left, Str):
        values = list(right.items) if isinstance(right, Lst) else [right]
        pieces: list[Piece | Hole] = []
        for piece in left.pieces:
            if isinstance(piece, Hole):
                pieces.append(piece)
                continue
            for i, part in enumerate(re.split(r"%(?:\(\w+\))?[-+ #0]*+[\d.*]*+[sdrfixXeEgGc]", piece.text)):
                if i:
                    pieces += (
                        as_pieces(values.pop(0), span) if values else (Hole(name="value", reason="% field", span=span),)
                    )
                if part:
                    pieces.append(Piece(text=part.replace("%%", "%"), span=piece.span))
        return Str(pieces=tuple(pieces), how=left.how, via=left.via)
    if (
        expr.op == "*"
        and isinstance(left, Str)
        and isinstance(right, Num)
        and left.literal is not None
        and right.number < 1000
    ):
        return Str(pieces=(Piece(text=left.literal * int(right.number), span=span),))
    if expr.op == ">>":
        return Pipe(parts=(left, right), span=span)
    return folder.unknown(expr, frame, "computed at run time")


def _arithmetic(op: str, a: int | float, b: int | float) -> int | float | None:
    table: dict[str, Callable[[], int | float]] = {
        "*": lambda: a * b,
        "-": lambda: a - b,
        "/": lambda: a / b,
        "//": lambda: a // b,
        "%": lambda: a % b,
        "**": lambda: a**b,
    }
    if op not in table or (op in ("/", "//", "%") and b == 0) or (op == "**" and (abs(b) > 20 or abs(a) > 10_000)):
        return None
    result = table[op]()
    return int(result) if isinstance(result, float) and result.is_integer() and op != "/" else result

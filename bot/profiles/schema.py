"""Schema `aicost-profile/1`: one YAML file per feature, its reader, its writer and its JSON Schema.

Tokens are counts, shares lie in 0..1, moments are tokens and tokens². Unknown is null, never 0. A file that was edited
by hand so that its parts contradict each other is refused with the place that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.config_yaml import read_yaml
from bot.errors import ReviewError
from bot.profiles.codec import JOINT_BASE, Cell, PackedError, unpack

SCHEMA: Literal["aicost-profile/1"] = "aicost-profile/1"
MAX_FILE_BYTES = 1_000_000
CLASSES = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output_visible", "reasoning")
INPUT_CLASSES = CLASSES[:4]
OUTPUT_CLASSES = CLASSES[4:]
COV_PAIRS = tuple((a, b) for a in range(len(CLASSES)) for b in range(a, len(CLASSES)))

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Convention = Literal["inclusive", "exclusive", "mixed", "not_needed"]
MeasuredAs = Literal["cache_prefix_mode", "min_input_p1"]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)


class Window(Part):
    """The days that the log covers, first and last one included."""

    from_: date = Field(alias="from")
    to: date
    days: Annotated[int, Field(ge=1, le=3660)]
    tz: Literal["UTC"] = "UTC"


class Source(Part):
    """Where the numbers come from and what was left out. `rows_read` = all rows kept here, elsewhere and dropped.

    `usage_decided` counts the rows by how it was decided whether their input includes cached tokens.
    """

    adapter: Name
    adapter_version: int = 1
    engine: Name
    rows_read: Count
    rows_other_features: Count = 0
    rows_dropped: dict[str, Count] = Field(default_factory=dict)
    tokens_dropped: dict[str, Count] = Field(default_factory=dict)
    sampling_rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    usage_convention: Convention
    usage_decided: dict[str, Count] = Field(default_factory=dict)


class Built(Part):
    tool: Name
    at: date
    min_cell: Annotated[int, Field(ge=1)]


class Calls(Part):
    """Billed calls in the log. `per_day` are the logged rows of each day, before division by the sampling rate.

    `billed_failure_rate`: failed, yet with usage. `retry_rate`: failed attempts of a task that went on to succeed.
    """

    n: Annotated[int, Field(ge=1)]
    per_day: tuple[Count, ...]
    billed_failure_rate: Share | None = None
    retry_rate: Annotated[float, Field(ge=0)] | None = None
    truncated_rate: Share | None = None


class Success(Part):
    rate: Share
    basis: Name


class TaskSums(Part):
    """Sums over tasks of k calls with `in` input and `out` output tokens: what a clustered interval needs."""

    k: float
    kk: float
    in_: float = Field(alias="in")
    in2: float
    out: float
    out2: float
    in_k: float
    out_k: float
    in_out: float


class Tasks(Part):
    """`calls_hist` maps calls per task to tasks: exact up to 8, then the largest number of the bucket (base 1.25)."""

    n: Annotated[int, Field(ge=1)]
    key: Name
    success: Success | None = None
    calls_hist: dict[int, Count]
    sums: TaskSums


class Outcomes(Part):
    name: Name
    per_task: Annotated[float, Field(ge=0)]


class LatencyClass(Part):
    user_facing_share: Share | None = None
    batchable_share: Share | None = None


class Arrivals(Part):
    """Share of calls that follow another of the same model and prompt version within the time."""

    gap_le_5m: Share
    gap_le_30m: Share
    gap_le_1h: Share
    gaps: Count


class Hist(Part):
    """Rows by log-bucket: `c[j]` rows in bucket `i0 + j`, `zero` rows with 0 tokens.

    After the rows of several buckets together stands -1 for each but the first: how they lie among these is not told.
    """

    i0: int
    c: tuple[Annotated[int, Field(ge=-1)], ...]
    zero: Count = 0

    @property
    def n(self) -> int:
        return self.zero + sum(n for n in self.c if n > 0)

    def counts(self) -> tuple[tuple[int, int], ...]:
        """(bucket, rows) of the buckets that have rows, those of several buckets spread evenly; bucket -1 is 0 tokens."""
        out = [(-1, self.zero)] if self.zero else []
        for at, n in enumerate(self.c):
            if n <= 0:
                continue
            wide = 1
            while at + wide < len(self.c) and self.c[at + wide] == -1:
                wide += 1
            shares = (n * (k + 1) // wide - n * k // wide for k in range(wide))
            out += ((self.i0 + at + k, share) for k, share in enumerate(shares) if share)
        return tuple(out)


class Hists(Part):
    base: Annotated[float, Field(gt=1, le=2)]
    input: Hist
    output: Hist


class Joint(Part):
    base: Annotated[float, Field(gt=1, le=2)] = JOINT_BASE
    dims: tuple[Literal["input"], Literal["output"]] = ("input", "output")
    cells: str

    def table(self) -> tuple[Cell, ...]:
        return unpack(self.cells)


class Quantiles(Part):
    """Tokens; within 1 % of the exact value, taken before rare buckets were merged."""

    p50: Count
    p90: Count
    p95: Count
    p99: Count
    p999: Count


class Percentiles(Part):
    input: Quantiles
    output: Quantiles


class StaticPrefix(Part):
    """An estimate of the tokens that every call sends alike; the tool's own count of the code takes its place."""

    tokens: Count
    measured_as: MeasuredAs


class ModelProfile(Part):
    """The calls of one model. `mean` and `cov_upper` (row by row, upper triangle) are over the six token classes."""

    model: Name
    share: Share
    n: Annotated[int, Field(ge=1)]
    prompt_versions: dict[str, Share] = Field(default_factory=dict)
    static_prefix: StaticPrefix | None = None
    cache_hit_calls_share: Share | None = None
    mean: dict[str, Annotated[float, Field(ge=0)]]
    cov_upper: tuple[float, ...]
    skew_cost_ref: float | None = None
    percentiles: Percentiles
    hist: Hists
    joint: Joint
    over_threshold: dict[str, Share] = Field(default_factory=dict)

    @model_validator(mode="after")
    def parts_agree(self) -> Self:
        if tuple(self.mean) != CLASSES:
            raise ValueError(f"mean needs exactly, in this order: {', '.join(CLASSES)}")
        if len(self.cov_upper) != len(COV_PAIRS):
            raise ValueError(f"cov_upper needs {len(COV_PAIRS)} numbers")
        try:
            joint = sum(cell.n for cell in self.joint.table())
        except PackedError as error:
            raise ValueError(f"joint: {error}") from error
        if {self.hist.input.n, self.hist.output.n, joint} != {self.n}:
            raise ValueError(
                f"n is {self.n}, but the histograms hold {self.hist.input.n}, {self.hist.output.n}, {joint} rows"
            )
        return self


class Quality(Part):
    """`ess`: effective number of calls (n divided by the design effect of tasks). `n_needed`: max(300, 25·skew²)."""

    ess: Count | None = None
    n_needed: Count
    cochran_ok: bool
    notes: tuple[str, ...] = ()


class Calibrated(Part):
    """The profile's volume was scaled by `factor` to agree with a bill of the days `from`..`to`."""

    factor: Annotated[float, Field(gt=0)]
    bill: Name
    from_: date = Field(alias="from")
    to: date


class Profile(Part):
    """A whole file. `prompt_names` and `feature` are the only free text in it."""

    schema_: Literal["aicost-profile/1"] = Field(alias="schema")
    feature: Name
    prompt_names: tuple[Name, ...] = ()
    window: Window
    source: Source
    built: Built
    calls: Calls
    tasks: Tasks | None = None
    outcomes: Outcomes | None = None
    latency_class: LatencyClass | None = None
    arrivals: Arrivals | None = None
    calibrated: Calibrated | None = None
    models: Annotated[tuple[ModelProfile, ...], Field(min_length=1)]
    quality: Quality

    @model_validator(mode="after")
    def parts_agree(self) -> Self:
        if sum(m.n for m in self.models) != self.calls.n or sum(self.calls.per_day) != self.calls.n:
            raise ValueError(f"calls.n is {self.calls.n}, but the models or the days hold another number of calls")
        if len(self.calls.per_day) != self.window.days:
            raise ValueError(f"window has {self.window.days} days, per_day has {len(self.calls.per_day)}")
        return self


def read_profile(text: str, name: str) -> Profile:
    """The profile in a YAML text; `name` is used in errors. Raises `ReviewError`."""
    if len(text) > MAX_FILE_BYTES:
        raise ReviewError(f"{name} is larger than {MAX_FILE_BYTES:,} bytes", "A profile has a few kilobytes.")
    try:
        data = read_yaml(text, name).data
    except ReviewError as error:
        raise ReviewError(
            f"{name} is not a traffic profile: {error.message}", "Build it again with `profile build`."
        ) from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise ReviewError(f"{name} is not a traffic profile", f"The first line must be `schema: {SCHEMA}`.")
    return _validated(data, name)


def _validated(data: Any, name: str) -> Profile:
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"]) or "the file"
        raise ReviewError(
            f"{name}: {place}: {first['msg']}", "Build it again, or take the last edit by hand back."
        ) from error


def load_profiles(folder: Path) -> tuple[Profile, ...]:
    """All `*.yaml` and `*.yml` of a folder, by feature. Raises `ReviewError` for a bad file or a doubled feature."""
    by_feature: dict[str, tuple[Path, Profile]] = {}
    for path in sorted(p for p in folder.glob("*.y*ml") if p.is_file()):
        try:
            profile = read_profile(path.read_text("utf-8"), path.name)
        except (OSError, UnicodeDecodeError) as error:
            raise ReviewError(f"{path.name} cannot be read: {error}", "") from error
        if profile.feature in by_feature:
            other = by_feature[profile.feature][0].name
            raise ReviewError(f"{path.name} and {other} are both for {profile.feature!r}", "Keep one of them.")
        by_feature[profile.feature] = (path, profile)
    return tuple(by_feature[f][1] for f in sorted(by_feature))


_SafeDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_SafeDumper):  # type: ignore[misc]  # one of two classes, both untyped
    """Block style for the structure, one line for a list of numbers."""


_Dumper.add_representer(
    tuple, lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=_flat(items))
)


def _flat(items: tuple[object, ...]) -> bool:
    return all(not isinstance(i, dict | tuple) for i in items)


def write_profile(profile: Profile) -> str:
    """The YAML text; reading it back gives an equal profile. Unknown parts (None) are left out.

    Raises `ReviewError` for a profile that could not be read back: what is written is read first.
    """
    data = profile.model_dump(by_alias=True, exclude_none=True)
    # The buckets, nine tenths of all numbers, are put in afterwards: YAML takes thirty times as long for them.
    buckets: list[tuple[int, ...]] = []
    for hist in _hists(data):
        buckets.append(hist["c"])
        hist["c"] = _mark(len(buckets) - 1)
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=2**20, allow_unicode=True)
    back = read_yaml(text, "the profile").data
    for hist, c in zip(_hists(back), buckets, strict=True):
        hist["c"] = c
    if _validated(back, "the profile") != profile:
        raise ReviewError("the profile cannot be written as YAML", "This is a bug: please report it.")
    for at, c in enumerate(buckets):
        text = text.replace(f"c: {_mark(at)}", f"c: [{', '.join(map(str, c))}]", 1)
    if len(text) > MAX_FILE_BYTES:
        raise ReviewError(
            f"the profile of {profile.feature!r} has {len(text):,} bytes", f"{MAX_FILE_BYTES:,} are read."
        )
    return text


def _mark(at: int) -> str:
    return f"buckets-{at}-"


def _hists(data: Any) -> Iterator[Any]:
    for model in data["models"]:
        yield from (model["hist"]["input"], model["hist"]["output"])


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a profile file."""
    schema = Profile.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "aicost-review traffic profile, schema v1",
        **{k: v for k, v in schema.items() if k != "title"},
    }

"""Azure API Management, table `ApiManagementGatewayLlmLog`.

https://learn.microsoft.com/azure/azure-monitor/reference/tables/apimanagementgatewayllmlog — a long message is split over
several rows (`SequenceNumber`) that carry the same numbers: one row per `CorrelationId` counts. No cache columns exist.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.profiles.sources.row import (
    Found,
    Options,
    RawCall,
    Record,
    feature_of,
    first,
    first_tokens,
    guarded,
    micros,
    nested,
    task_of,
    text,
)

NAME = "azure-apim"
TITLE = "Azure API Management LLM log"
VERSION = 1


def claims(record: Record) -> int:
    inner = _row(record)
    if "CorrelationId" in inner and "PromptTokens" in inner:
        return 95
    return 0


def calls(record: Record, options: Options) -> Iterator[Found]:
    yield guarded(_call, record, options)


def _row(record: Record) -> Record:
    """A row of the table, or a diagnostic-settings record that wraps it in `properties`."""
    properties = nested(record.get("properties"))
    renamed = {k[:1].upper() + k[1:]: v for k, v in properties.items()}
    return {**record, **renamed} if properties else record


def _call(record: Record, options: Options) -> RawCall:
    row = _row(record)
    came_in, sequence = first_tokens(row, "PromptTokens"), first_tokens(row, "SequenceNumber")
    went_out = first_tokens(row, "CompletionTokens")
    return RawCall(
        feature=feature_of(options, row, first(row, "Feature", "ApiId", "OperationName")),
        model=text(first(row, "ModelName", "DeploymentName")) or options.model,
        task_key=task_of(options, row, None),
        row_id=text(row.get("CorrelationId")),
        # Keep the part that has the numbers, and of those the first.
        row_order=(10**9 if came_in is not None and went_out is not None else 0) - (sequence or 0),
        start_us=micros(first(row, "TimeGenerated", "time")),
        status="error" if _failed(row) else "ok",
        input_tokens=came_in,
        output_tokens=went_out,
        total_tokens=first_tokens(row, "TotalTokens"),
        convention="inclusive",
        convention_group="azure-apim",
    )


def _failed(row: Record) -> bool:
    code = str(first(row, "ResponseCode", "BackendResponseCode") or "")
    return code.isdigit() and int(code) >= 400

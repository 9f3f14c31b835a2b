"""Azure API Management, table `ApiManagementGatewayLlmLog`.

https://learn.microsoft.com/azure/azure-monitor/reference/tables/apimanagementgatewayllmlog — a long message is split over
several rows (`SequenceNumber`) that carry the same numbers: one row per `CorrelationId` counts. No cache columns exist.

Where the diagnostic setting writes to `AzureDiagnostics` instead, the category is `GatewayLlmLogs`, names end in their type
(`promptTokens_d`), and other categories stand in the same table: https://learn.microsoft.com/azure/azure-monitor/reference/tables/azurediagnostics
"""

from __future__ import annotations

import re
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
VERSION = 2
_TYPED = re.compile(r"_(s|d|b|g|t)$")  # text, number, truth, GUID, time
_LLM_CATEGORY = "gatewayllmlogs"


def claims(record: Record) -> int:
    inner = _row(record)
    if first(inner, "CorrelationId", "correlationId") is not None and "PromptTokens" in inner:
        return 95
    return 0


def calls(record: Record, options: Options) -> Iterator[Found]:
    yield guarded(_call, record, options)


def holds_lengths_only(record: Record) -> bool:
    """Whether a row is of Azure OpenAI's own request log: it has lengths in bytes, and tokens nowhere."""
    row = _row(record)
    return _category(row) in ("requestresponse", "azureopenairequestusage") and "PromptTokens" not in row


def _row(record: Record) -> Record:
    """A row of the table; of `AzureDiagnostics` and of records that wrap it in `properties` under the table's names."""
    properties = nested(record.get("properties"))
    typed = {_TYPED.sub("", k): v for k, v in record.items() if _TYPED.search(k)}
    renamed = {k[:1].upper() + k[1:]: v for k, v in {**typed, **properties}.items() if v not in (None, "")}
    return {**record, **renamed} if renamed else record


def _category(row: Record) -> str:
    return str(first(row, "Category", "category") or "").lower()


def _call(record: Record, options: Options) -> RawCall:
    row = _row(record)
    came_in, sequence = first_tokens(row, "PromptTokens"), first_tokens(row, "SequenceNumber")
    went_out = first_tokens(row, "CompletionTokens")
    other = _category(row) not in ("", _LLM_CATEGORY)  # the gateway's own row of the same request, or another service's
    return RawCall(
        feature=feature_of(options, row, first(row, "Feature", "ApiId", "OperationName")),
        model=text(first(row, "ModelName", "DeploymentName")) or options.model,
        task_key=task_of(options, row, None),
        row_id=None if other else text(first(row, "CorrelationId", "correlationId")),
        role="link" if other else "call",
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

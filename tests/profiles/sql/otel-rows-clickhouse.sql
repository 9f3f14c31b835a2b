-- aicost_spans
SELECT
  COALESCE(
    COALESCE(
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'aicost.feature')
          THEN "t0"."SpanAttributes"['aicost.feature']
          ELSE ''
        END,
        ''
      ),
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'gen_ai.prompt.name')
          THEN "t0"."SpanAttributes"['gen_ai.prompt.name']
          ELSE ''
        END,
        ''
      ),
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'traceloop.prompt.key')
          THEN "t0"."SpanAttributes"['traceloop.prompt.key']
          ELSE ''
        END,
        ''
      ),
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'ai.telemetry.functionId')
          THEN "t0"."SpanAttributes"['ai.telemetry.functionId']
          ELSE ''
        END,
        ''
      ),
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'traceloop.workflow.name')
          THEN "t0"."SpanAttributes"['traceloop.workflow.name']
          ELSE ''
        END,
        ''
      ),
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'gen_ai.workflow.name')
          THEN "t0"."SpanAttributes"['gen_ai.workflow.name']
          ELSE ''
        END,
        ''
      ),
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'gen_ai.agent.name')
          THEN "t0"."SpanAttributes"['gen_ai.agent.name']
          ELSE ''
        END,
        ''
      ),
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'traceloop.entity.name')
          THEN "t0"."SpanAttributes"['traceloop.entity.name']
          ELSE ''
        END,
        ''
      )
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."ResourceAttributes", 'service.name')
        THEN "t0"."ResourceAttributes"['service.name']
        ELSE ''
      END,
      ''
    ),
    nullIf("t0"."ServiceName", '')
  ) AS "feature",
  COALESCE(
    COALESCE(
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'gen_ai.response.model')
          THEN "t0"."SpanAttributes"['gen_ai.response.model']
          ELSE ''
        END,
        ''
      ),
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'gen_ai.request.model')
          THEN "t0"."SpanAttributes"['gen_ai.request.model']
          ELSE ''
        END,
        ''
      ),
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'llm.model_name')
          THEN "t0"."SpanAttributes"['llm.model_name']
          ELSE ''
        END,
        ''
      ),
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'ai.response.model')
          THEN "t0"."SpanAttributes"['ai.response.model']
          ELSE ''
        END,
        ''
      ),
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'ai.model.id')
          THEN "t0"."SpanAttributes"['ai.model.id']
          ELSE ''
        END,
        ''
      )
    ),
    CAST(NULL AS Nullable(String))
  ) AS "model",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.prompt.name')
        THEN "t0"."SpanAttributes"['gen_ai.prompt.name']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'traceloop.prompt.key')
        THEN "t0"."SpanAttributes"['traceloop.prompt.key']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'langfuse.observation.prompt.name')
        THEN "t0"."SpanAttributes"['langfuse.observation.prompt.name']
        ELSE ''
      END,
      ''
    )
  ) AS "prompt_name",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.prompt.version')
        THEN "t0"."SpanAttributes"['gen_ai.prompt.version']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'traceloop.prompt.version')
        THEN "t0"."SpanAttributes"['traceloop.prompt.version']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'llm.prompt_template.version')
        THEN "t0"."SpanAttributes"['llm.prompt_template.version']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'langfuse.observation.prompt.version')
        THEN "t0"."SpanAttributes"['langfuse.observation.prompt.version']
        ELSE ''
      END,
      ''
    )
  ) AS "prompt_version",
  nullIf("t0"."TraceId", '') AS "task_key",
  nullIf("t0"."TraceId", '') AS "trace_id",
  nullIf("t0"."SpanId", '') AS "span_id",
  nullIf("t0"."ParentSpanId", '') AS "parent_id",
  CONCAT(CONCAT("t0"."TraceId", '/'), "t0"."SpanId") AS "row_id",
  CAST(toRelativeSecondNum(dateTrunc('SECOND', toDateTime64("t0"."Timestamp", 0))) AS Nullable(Int64)) * 1000000 AS "start_us",
  CAST("t0"."Duration" AS Nullable(Float64)) / 1000000.0 AS "latency_ms",
  (
    position(LOWER("t0"."StatusCode"), 'error') > 0
  )
  OR isNotNull(
    COALESCE(
      nullIf(
        CASE
          WHEN mapContains("t0"."SpanAttributes", 'error.type')
          THEN "t0"."SpanAttributes"['error.type']
          ELSE ''
        END,
        ''
      )
    )
  ) AS "failed",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.operation.name')
        THEN "t0"."SpanAttributes"['gen_ai.operation.name']
        ELSE ''
      END,
      ''
    )
  ) AS "operation",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'ai.operationId')
        THEN "t0"."SpanAttributes"['ai.operationId']
        ELSE ''
      END,
      ''
    )
  ) AS "step",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'openinference.span.kind')
        THEN "t0"."SpanAttributes"['openinference.span.kind']
        ELSE ''
      END,
      ''
    )
  ) AS "kind",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'traceloop.span.kind')
        THEN "t0"."SpanAttributes"['traceloop.span.kind']
        ELSE ''
      END,
      ''
    )
  ) AS "traceloop",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'llm.request.type')
        THEN "t0"."SpanAttributes"['llm.request.type']
        ELSE ''
      END,
      ''
    )
  ) AS "request",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.response.finish_reasons')
        THEN "t0"."SpanAttributes"['gen_ai.response.finish_reasons']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'ai.response.finishReason')
        THEN "t0"."SpanAttributes"['ai.response.finishReason']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'llm.finish_reason')
        THEN "t0"."SpanAttributes"['llm.finish_reason']
        ELSE ''
      END,
      ''
    )
  ) AS "finish",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.input_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.input_tokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.prompt_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.prompt_tokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'llm.token_count.prompt')
        THEN "t0"."SpanAttributes"['llm.token_count.prompt']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'ai.usage.inputTokens')
        THEN "t0"."SpanAttributes"['ai.usage.inputTokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'ai.usage.promptTokens')
        THEN "t0"."SpanAttributes"['ai.usage.promptTokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'llm.usage.prompt_tokens')
        THEN "t0"."SpanAttributes"['llm.usage.prompt_tokens']
        ELSE ''
      END,
      ''
    )
  ) AS "input_text",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.output_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.output_tokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.completion_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.completion_tokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'llm.token_count.completion')
        THEN "t0"."SpanAttributes"['llm.token_count.completion']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'ai.usage.outputTokens')
        THEN "t0"."SpanAttributes"['ai.usage.outputTokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'ai.usage.completionTokens')
        THEN "t0"."SpanAttributes"['ai.usage.completionTokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'llm.usage.completion_tokens')
        THEN "t0"."SpanAttributes"['llm.usage.completion_tokens']
        ELSE ''
      END,
      ''
    )
  ) AS "output_text",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.cache_read.input_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.cache_read.input_tokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.cache_read_input_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.cache_read_input_tokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'llm.token_count.prompt_details.cache_read')
        THEN "t0"."SpanAttributes"['llm.token_count.prompt_details.cache_read']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'ai.usage.cachedInputTokens')
        THEN "t0"."SpanAttributes"['ai.usage.cachedInputTokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'ai.usage.inputTokenDetails.cacheReadTokens')
        THEN "t0"."SpanAttributes"['ai.usage.inputTokenDetails.cacheReadTokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.details.cache_read_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.details.cache_read_tokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.details.cache_read_input_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.details.cache_read_input_tokens']
        ELSE ''
      END,
      ''
    )
  ) AS "read_text",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.cache_creation.input_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.cache_creation.input_tokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.cache_creation_input_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.cache_creation_input_tokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'llm.token_count.prompt_details.cache_write')
        THEN "t0"."SpanAttributes"['llm.token_count.prompt_details.cache_write']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'ai.usage.inputTokenDetails.cacheWriteTokens')
        THEN "t0"."SpanAttributes"['ai.usage.inputTokenDetails.cacheWriteTokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.details.cache_write_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.details.cache_write_tokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.details.cache_creation_input_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.details.cache_creation_input_tokens']
        ELSE ''
      END,
      ''
    )
  ) AS "write_text",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.reasoning.output_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.reasoning.output_tokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.reasoning_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.reasoning_tokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'llm.token_count.completion_details.reasoning')
        THEN "t0"."SpanAttributes"['llm.token_count.completion_details.reasoning']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'ai.usage.reasoningTokens')
        THEN "t0"."SpanAttributes"['ai.usage.reasoningTokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'ai.usage.outputTokenDetails.reasoningTokens')
        THEN "t0"."SpanAttributes"['ai.usage.outputTokenDetails.reasoningTokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.details.reasoning_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.details.reasoning_tokens']
        ELSE ''
      END,
      ''
    )
  ) AS "reasoning_text",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'gen_ai.usage.total_tokens')
        THEN "t0"."SpanAttributes"['gen_ai.usage.total_tokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'llm.token_count.total')
        THEN "t0"."SpanAttributes"['llm.token_count.total']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'ai.usage.totalTokens')
        THEN "t0"."SpanAttributes"['ai.usage.totalTokens']
        ELSE ''
      END,
      ''
    ),
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'llm.usage.total_tokens')
        THEN "t0"."SpanAttributes"['llm.usage.total_tokens']
        ELSE ''
      END,
      ''
    )
  ) AS "total_text",
  COALESCE(
    nullIf(
      CASE
        WHEN mapContains("t0"."SpanAttributes", 'ai.response.providerMetadata')
        THEN "t0"."SpanAttributes"['ai.response.providerMetadata']
        ELSE ''
      END,
      ''
    )
  ) AS "metadata",
  CONCAT(
    CONCAT(
      CONCAT(
        CONCAT(COALESCE(nullIf("t0"."ScopeName", ''), '?'), '@'),
        COALESCE(nullIf("t0"."ScopeVersion", ''), '?')
      ),
      ' '
    ),
    COALESCE(
      COALESCE(
        nullIf(
          CASE
            WHEN mapContains("t0"."SpanAttributes", 'gen_ai.provider.name')
            THEN "t0"."SpanAttributes"['gen_ai.provider.name']
            ELSE ''
          END,
          ''
        ),
        nullIf(
          CASE
            WHEN mapContains("t0"."SpanAttributes", 'gen_ai.system')
            THEN "t0"."SpanAttributes"['gen_ai.system']
            ELSE ''
          END,
          ''
        ),
        nullIf(
          CASE
            WHEN mapContains("t0"."SpanAttributes", 'llm.provider')
            THEN "t0"."SpanAttributes"['llm.provider']
            ELSE ''
          END,
          ''
        ),
        nullIf(
          CASE
            WHEN mapContains("t0"."SpanAttributes", 'ai.model.provider')
            THEN "t0"."SpanAttributes"['ai.model.provider']
            ELSE ''
          END,
          ''
        )
      ),
      '?'
    )
  ) AS "writer"
FROM "otel_traces" AS "t0"

-- aicost_rows
SELECT
  "t0"."feature" AS "feature",
  "t0"."model" AS "model",
  "t0"."prompt_name" AS "prompt_name",
  "t0"."prompt_version" AS "prompt_version",
  "t0"."task_key" AS "task_key",
  "t0"."trace_id" AS "trace_id",
  "t0"."span_id" AS "span_id",
  "t0"."parent_id" AS "parent_id",
  "t0"."row_id" AS "row_id",
  0 AS "row_order",
  "t0"."start_us" AS "start_us",
  "t0"."latency_ms" AS "latency_ms",
  CASE WHEN "t0"."failed" THEN 'error' ELSE 'ok' END AS "status",
  CAST(NULL AS Nullable(Bool)) AS "batch",
  (
    position("t0"."finish", 'length') > 0
  )
  OR (
    position("t0"."finish", 'max_tokens') > 0
  )
  OR (
    position("t0"."finish", 'MAX_TOKENS') > 0
  ) AS "truncated",
  CAST(NULL AS Nullable(Bool)) AS "success",
  CASE
    WHEN COALESCE(startsWith("t0"."step", 'ai.'), FALSE)
    THEN CASE
      WHEN endsWith("t0"."step", '.doGenerate')
      OR endsWith("t0"."step", '.doStream')
      OR endsWith("t0"."step", '.doEmbed')
      THEN 'call'
      ELSE CASE
        WHEN isNotNull("t0"."input_text") OR isNotNull("t0"."output_text")
        THEN 'aggregate'
        ELSE 'link'
      END
    END
    WHEN isNotNull("t0"."kind")
    THEN CASE
      WHEN UPPER("t0"."kind") IN ('LLM', 'EMBEDDING', 'RERANKER')
      THEN 'call'
      ELSE CASE
        WHEN isNotNull("t0"."input_text") OR isNotNull("t0"."output_text")
        THEN 'aggregate'
        ELSE 'link'
      END
    END
    WHEN COALESCE(
      "t0"."operation" IN (
        'invoke_agent',
        'create_agent',
        'execute_tool',
        'invoke_workflow',
        'execute_task',
        'chain'
      ),
      FALSE
    )
    OR isNotNull("t0"."traceloop")
    THEN CASE
      WHEN isNotNull("t0"."input_text") OR isNotNull("t0"."output_text")
      THEN 'aggregate'
      ELSE 'link'
    END
    WHEN COALESCE(
      "t0"."operation" IN ('chat', 'text_completion', 'generate_content', 'embeddings', 'completion'),
      FALSE
    )
    OR isNotNull("t0"."request")
    OR (
      isNotNull("t0"."input_text") OR isNotNull("t0"."output_text")
    )
    THEN 'call'
    ELSE 'link'
  END AS "role",
  accurateCastOrNull("t0"."input_text", 'Nullable(Int64)') AS "input_tokens",
  COALESCE(
    accurateCastOrNull("t0"."read_text", 'Nullable(Int64)'),
    COALESCE(
      accurateCastOrNull(
        CASE
          WHEN notEmpty(
            extractGroups(
              CAST(COALESCE("t0"."metadata", '') AS String),
              CONCAT('(', '"cachedPromptTokens": ?([0-9]+)', ')')
            )[2]
          )
          THEN extractGroups(
            CAST(COALESCE("t0"."metadata", '') AS String),
            CONCAT('(', '"cachedPromptTokens": ?([0-9]+)', ')')
          )[2]
          ELSE NULL
        END,
        'Nullable(Int64)'
      ),
      accurateCastOrNull(
        CASE
          WHEN notEmpty(
            extractGroups(
              CAST(COALESCE("t0"."metadata", '') AS String),
              CONCAT('(', '"cacheReadInputTokens": ?([0-9]+)', ')')
            )[2]
          )
          THEN extractGroups(
            CAST(COALESCE("t0"."metadata", '') AS String),
            CONCAT('(', '"cacheReadInputTokens": ?([0-9]+)', ')')
          )[2]
          ELSE NULL
        END,
        'Nullable(Int64)'
      ),
      accurateCastOrNull(
        CASE
          WHEN notEmpty(
            extractGroups(
              CAST(COALESCE("t0"."metadata", '') AS String),
              CONCAT('(', '"cache_read_input_tokens": ?([0-9]+)', ')')
            )[2]
          )
          THEN extractGroups(
            CAST(COALESCE("t0"."metadata", '') AS String),
            CONCAT('(', '"cache_read_input_tokens": ?([0-9]+)', ')')
          )[2]
          ELSE NULL
        END,
        'Nullable(Int64)'
      ),
      accurateCastOrNull(
        CASE
          WHEN notEmpty(
            extractGroups(
              CAST(COALESCE("t0"."metadata", '') AS String),
              CONCAT('(', '"cachedContentTokenCount": ?([0-9]+)', ')')
            )[2]
          )
          THEN extractGroups(
            CAST(COALESCE("t0"."metadata", '') AS String),
            CONCAT('(', '"cachedContentTokenCount": ?([0-9]+)', ')')
          )[2]
          ELSE NULL
        END,
        'Nullable(Int64)'
      ),
      accurateCastOrNull(
        CASE
          WHEN notEmpty(
            extractGroups(
              CAST(COALESCE("t0"."metadata", '') AS String),
              CONCAT('(', '"promptCacheHitTokens": ?([0-9]+)', ')')
            )[2]
          )
          THEN extractGroups(
            CAST(COALESCE("t0"."metadata", '') AS String),
            CONCAT('(', '"promptCacheHitTokens": ?([0-9]+)', ')')
          )[2]
          ELSE NULL
        END,
        'Nullable(Int64)'
      )
    )
  ) AS "cache_read",
  COALESCE(
    COALESCE(
      accurateCastOrNull(
        CASE
          WHEN notEmpty(
            extractGroups(
              CAST(COALESCE("t0"."metadata", '') AS String),
              CONCAT('(', '"ephemeral_5m_input_tokens": ?([0-9]+)', ')')
            )[2]
          )
          THEN extractGroups(
            CAST(COALESCE("t0"."metadata", '') AS String),
            CONCAT('(', '"ephemeral_5m_input_tokens": ?([0-9]+)', ')')
          )[2]
          ELSE NULL
        END,
        'Nullable(Int64)'
      )
    ),
    accurateCastOrNull("t0"."write_text", 'Nullable(Int64)'),
    COALESCE(
      accurateCastOrNull(
        CASE
          WHEN notEmpty(
            extractGroups(
              CAST(COALESCE("t0"."metadata", '') AS String),
              CONCAT('(', '"cacheCreationInputTokens": ?([0-9]+)', ')')
            )[2]
          )
          THEN extractGroups(
            CAST(COALESCE("t0"."metadata", '') AS String),
            CONCAT('(', '"cacheCreationInputTokens": ?([0-9]+)', ')')
          )[2]
          ELSE NULL
        END,
        'Nullable(Int64)'
      ),
      accurateCastOrNull(
        CASE
          WHEN notEmpty(
            extractGroups(
              CAST(COALESCE("t0"."metadata", '') AS String),
              CONCAT('(', '"cache_creation_input_tokens": ?([0-9]+)', ')')
            )[2]
          )
          THEN extractGroups(
            CAST(COALESCE("t0"."metadata", '') AS String),
            CONCAT('(', '"cache_creation_input_tokens": ?([0-9]+)', ')')
          )[2]
          ELSE NULL
        END,
        'Nullable(Int64)'
      ),
      accurateCastOrNull(
        CASE
          WHEN notEmpty(
            extractGroups(
              CAST(COALESCE("t0"."metadata", '') AS String),
              CONCAT('(', '"cacheWriteInputTokens": ?([0-9]+)', ')')
            )[2]
          )
          THEN extractGroups(
            CAST(COALESCE("t0"."metadata", '') AS String),
            CONCAT('(', '"cacheWriteInputTokens": ?([0-9]+)', ')')
          )[2]
          ELSE NULL
        END,
        'Nullable(Int64)'
      ),
      accurateCastOrNull(
        CASE
          WHEN notEmpty(
            extractGroups(
              CAST(COALESCE("t0"."metadata", '') AS String),
              CONCAT('(', '"cacheWriteTokens": ?([0-9]+)', ')')
            )[2]
          )
          THEN extractGroups(
            CAST(COALESCE("t0"."metadata", '') AS String),
            CONCAT('(', '"cacheWriteTokens": ?([0-9]+)', ')')
          )[2]
          ELSE NULL
        END,
        'Nullable(Int64)'
      ),
      accurateCastOrNull(
        CASE
          WHEN notEmpty(
            extractGroups(
              CAST(COALESCE("t0"."metadata", '') AS String),
              CONCAT('(', '"cache_write_tokens": ?([0-9]+)', ')')
            )[2]
          )
          THEN extractGroups(
            CAST(COALESCE("t0"."metadata", '') AS String),
            CONCAT('(', '"cache_write_tokens": ?([0-9]+)', ')')
          )[2]
          ELSE NULL
        END,
        'Nullable(Int64)'
      )
    )
  ) AS "cache_write_5m",
  COALESCE(
    accurateCastOrNull(
      CASE
        WHEN notEmpty(
          extractGroups(
            CAST(COALESCE("t0"."metadata", '') AS String),
            CONCAT('(', '"ephemeral_1h_input_tokens": ?([0-9]+)', ')')
          )[2]
        )
        THEN extractGroups(
          CAST(COALESCE("t0"."metadata", '') AS String),
          CONCAT('(', '"ephemeral_1h_input_tokens": ?([0-9]+)', ')')
        )[2]
        ELSE NULL
      END,
      'Nullable(Int64)'
    )
  ) AS "cache_write_1h",
  CASE
    WHEN COALESCE("t0"."operation" = 'embeddings', FALSE)
    OR COALESCE("t0"."kind" = 'EMBEDDING', FALSE)
    OR COALESCE(startsWith("t0"."step", 'ai.embed'), FALSE)
    THEN COALESCE(accurateCastOrNull("t0"."output_text", 'Nullable(Int64)'), 0)
    ELSE accurateCastOrNull("t0"."output_text", 'Nullable(Int64)')
  END AS "output_tokens",
  COALESCE(
    accurateCastOrNull("t0"."reasoning_text", 'Nullable(Int64)'),
    COALESCE(
      accurateCastOrNull(
        CASE
          WHEN notEmpty(
            extractGroups(
              CAST(COALESCE("t0"."metadata", '') AS String),
              CONCAT('(', '"reasoningTokens": ?([0-9]+)', ')')
            )[2]
          )
          THEN extractGroups(
            CAST(COALESCE("t0"."metadata", '') AS String),
            CONCAT('(', '"reasoningTokens": ?([0-9]+)', ')')
          )[2]
          ELSE NULL
        END,
        'Nullable(Int64)'
      )
    )
  ) AS "reasoning",
  accurateCastOrNull("t0"."total_text", 'Nullable(Int64)') AS "total_tokens",
  CAST(NULL AS Nullable(String)) AS "convention",
  "t0"."writer" AS "convention_group",
  TRUE AS "reasoning_inside",
  1.0 AS "sampling_rate",
  CASE
    WHEN (
      isNull(accurateCastOrNull("t0"."input_text", 'Nullable(Int64)'))
      AND isNotNull("t0"."input_text")
    )
    OR (
      isNull(accurateCastOrNull("t0"."output_text", 'Nullable(Int64)'))
      AND isNotNull("t0"."output_text")
    )
    THEN 'bad_value'
    ELSE CAST(NULL AS Nullable(String))
  END AS "drop"
FROM "aicost_spans" AS "t0"

-- aicost_single
SELECT
  "t3".*
  EXCEPT ("rank")
FROM (
  SELECT
    "t2"."feature" AS "feature",
    "t2"."model" AS "model",
    "t2"."prompt_name" AS "prompt_name",
    "t2"."prompt_version" AS "prompt_version",
    "t2"."task_key" AS "task_key",
    "t2"."trace_id" AS "trace_id",
    "t2"."span_id" AS "span_id",
    "t2"."parent_id" AS "parent_id",
    "t2"."row_id" AS "row_id",
    "t2"."row_order" AS "row_order",
    "t2"."start_us" AS "start_us",
    "t2"."latency_ms" AS "latency_ms",
    "t2"."status" AS "status",
    "t2"."batch" AS "batch",
    "t2"."truncated" AS "truncated",
    "t2"."success" AS "success",
    "t2"."role" AS "role",
    "t2"."input_tokens" AS "input_tokens",
    "t2"."cache_read" AS "cache_read",
    "t2"."cache_write_5m" AS "cache_write_5m",
    "t2"."cache_write_1h" AS "cache_write_1h",
    "t2"."output_tokens" AS "output_tokens",
    "t2"."reasoning" AS "reasoning",
    "t2"."total_tokens" AS "total_tokens",
    "t2"."convention" AS "convention",
    "t2"."convention_group" AS "convention_group",
    "t2"."reasoning_inside" AS "reasoning_inside",
    "t2"."sampling_rate" AS "sampling_rate",
    "t2"."drop" AS "drop",
    "t2"."rank" AS "rank",
    CASE WHEN isNull("t2"."row_id") THEN 0 ELSE "t2"."rank" END AS "version"
  FROM (
    SELECT
      "t1"."feature" AS "feature",
      "t1"."model" AS "model",
      "t1"."prompt_name" AS "prompt_name",
      "t1"."prompt_version" AS "prompt_version",
      "t1"."task_key" AS "task_key",
      "t1"."trace_id" AS "trace_id",
      "t1"."span_id" AS "span_id",
      "t1"."parent_id" AS "parent_id",
      "t1"."row_id" AS "row_id",
      "t1"."row_order" AS "row_order",
      "t1"."start_us" AS "start_us",
      "t1"."latency_ms" AS "latency_ms",
      "t1"."status" AS "status",
      "t1"."batch" AS "batch",
      "t1"."truncated" AS "truncated",
      "t1"."success" AS "success",
      "t1"."role" AS "role",
      "t1"."input_tokens" AS "input_tokens",
      "t1"."cache_read" AS "cache_read",
      "t1"."cache_write_5m" AS "cache_write_5m",
      "t1"."cache_write_1h" AS "cache_write_1h",
      "t1"."output_tokens" AS "output_tokens",
      "t1"."reasoning" AS "reasoning",
      "t1"."total_tokens" AS "total_tokens",
      "t1"."convention" AS "convention",
      "t1"."convention_group" AS "convention_group",
      "t1"."reasoning_inside" AS "reasoning_inside",
      "t1"."sampling_rate" AS "sampling_rate",
      "t1"."drop" AS "drop",
      ROW_NUMBER() OVER (
        PARTITION BY "t1"."row_id"
        ORDER BY "t1"."row_order" DESC, "t1"."start_us" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      ) - 1 AS "rank"
    FROM (
      SELECT
        "t0"."feature" AS "feature",
        "t0"."model" AS "model",
        "t0"."prompt_name" AS "prompt_name",
        "t0"."prompt_version" AS "prompt_version",
        "t0"."task_key" AS "task_key",
        "t0"."trace_id" AS "trace_id",
        "t0"."span_id" AS "span_id",
        "t0"."parent_id" AS "parent_id",
        "t0"."row_id" AS "row_id",
        "t0"."row_order" AS "row_order",
        "t0"."start_us" AS "start_us",
        "t0"."latency_ms" AS "latency_ms",
        "t0"."status" AS "status",
        "t0"."batch" AS "batch",
        "t0"."truncated" AS "truncated",
        "t0"."success" AS "success",
        "t0"."role" AS "role",
        CASE
          WHEN (
            COALESCE("t0"."input_tokens", 0) = 0
          )
          AND (
            COALESCE("t0"."output_tokens", 0) = 0
          )
          AND COALESCE("t0"."status" = 'error', FALSE)
          THEN CAST(NULL AS Nullable(Int64))
          ELSE "t0"."input_tokens"
        END AS "input_tokens",
        "t0"."cache_read" AS "cache_read",
        "t0"."cache_write_5m" AS "cache_write_5m",
        "t0"."cache_write_1h" AS "cache_write_1h",
        CASE
          WHEN (
            COALESCE("t0"."input_tokens", 0) = 0
          )
          AND (
            COALESCE("t0"."output_tokens", 0) = 0
          )
          AND COALESCE("t0"."status" = 'error', FALSE)
          THEN CAST(NULL AS Nullable(Int64))
          ELSE "t0"."output_tokens"
        END AS "output_tokens",
        "t0"."reasoning" AS "reasoning",
        "t0"."total_tokens" AS "total_tokens",
        "t0"."convention" AS "convention",
        "t0"."convention_group" AS "convention_group",
        "t0"."reasoning_inside" AS "reasoning_inside",
        "t0"."sampling_rate" AS "sampling_rate",
        "t0"."drop" AS "drop"
      FROM "aicost_rows" AS "t0"
    ) AS "t1"
  ) AS "t2"
) AS "t3"

-- aicost_nested
WITH "t4" AS (
  SELECT DISTINCT
    "t0"."trace_id" AS "trace_id",
    "t0"."parent_id" AS "ancestor"
  FROM "aicost_single" AS "t0"
  WHERE
    "t0"."version" = 0
    AND isNotNull("t0"."span_id")
    AND isNotNull("t0"."trace_id")
    AND (
      isNotNull("t0"."input_tokens") OR isNotNull("t0"."output_tokens")
    )
    AND isNotNull("t0"."parent_id")
), "t8" AS (
  SELECT DISTINCT
    *
  FROM (
    SELECT
      "t6"."trace_id" AS "trace_id",
      "t3"."up" AS "ancestor"
    FROM "t4" AS "t6"
    INNER JOIN (
      SELECT
        "t0"."trace_id" AS "trace_id",
        "t0"."span_id" AS "span_id",
        "t0"."parent_id" AS "up"
      FROM "aicost_single" AS "t0"
      WHERE
        "t0"."version" = 0 AND isNotNull("t0"."span_id") AND isNotNull("t0"."trace_id")
    ) AS "t3"
      ON "t6"."trace_id" = "t3"."trace_id" AND "t6"."ancestor" = "t3"."span_id"
  ) AS "t7"
  WHERE
    isNotNull("t7"."ancestor")
), "t13" AS (
  SELECT DISTINCT
    *
  FROM (
    SELECT
      "t11"."trace_id" AS "trace_id",
      "t3"."up" AS "ancestor"
    FROM "t8" AS "t11"
    INNER JOIN (
      SELECT
        "t0"."trace_id" AS "trace_id",
        "t0"."span_id" AS "span_id",
        "t0"."parent_id" AS "up"
      FROM "aicost_single" AS "t0"
      WHERE
        "t0"."version" = 0 AND isNotNull("t0"."span_id") AND isNotNull("t0"."trace_id")
    ) AS "t3"
      ON "t11"."trace_id" = "t3"."trace_id" AND "t11"."ancestor" = "t3"."span_id"
  ) AS "t12"
  WHERE
    isNotNull("t12"."ancestor")
), "t17" AS (
  SELECT DISTINCT
    *
  FROM (
    SELECT
      "t15"."trace_id" AS "trace_id",
      "t3"."up" AS "ancestor"
    FROM "t13" AS "t15"
    INNER JOIN (
      SELECT
        "t0"."trace_id" AS "trace_id",
        "t0"."span_id" AS "span_id",
        "t0"."parent_id" AS "up"
      FROM "aicost_single" AS "t0"
      WHERE
        "t0"."version" = 0 AND isNotNull("t0"."span_id") AND isNotNull("t0"."trace_id")
    ) AS "t3"
      ON "t15"."trace_id" = "t3"."trace_id" AND "t15"."ancestor" = "t3"."span_id"
  ) AS "t16"
  WHERE
    isNotNull("t16"."ancestor")
), "t23" AS (
  SELECT DISTINCT
    *
  FROM (
    SELECT
      "t20"."trace_id" AS "trace_id",
      "t3"."up" AS "ancestor"
    FROM "t17" AS "t20"
    INNER JOIN (
      SELECT
        "t0"."trace_id" AS "trace_id",
        "t0"."span_id" AS "span_id",
        "t0"."parent_id" AS "up"
      FROM "aicost_single" AS "t0"
      WHERE
        "t0"."version" = 0 AND isNotNull("t0"."span_id") AND isNotNull("t0"."trace_id")
    ) AS "t3"
      ON "t20"."trace_id" = "t3"."trace_id" AND "t20"."ancestor" = "t3"."span_id"
  ) AS "t22"
  WHERE
    isNotNull("t22"."ancestor")
)
SELECT
  "t1"."feature" AS "feature",
  "t1"."model" AS "model",
  "t1"."prompt_name" AS "prompt_name",
  "t1"."prompt_version" AS "prompt_version",
  "t1"."task_key" AS "task_key",
  "t1"."trace_id" AS "trace_id",
  "t1"."span_id" AS "span_id",
  "t1"."parent_id" AS "parent_id",
  "t1"."row_id" AS "row_id",
  "t1"."row_order" AS "row_order",
  "t1"."start_us" AS "start_us",
  "t1"."latency_ms" AS "latency_ms",
  "t1"."status" AS "status",
  "t1"."batch" AS "batch",
  "t1"."truncated" AS "truncated",
  "t1"."success" AS "success",
  "t1"."role" AS "role",
  "t1"."input_tokens" AS "input_tokens",
  "t1"."cache_read" AS "cache_read",
  "t1"."cache_write_5m" AS "cache_write_5m",
  "t1"."cache_write_1h" AS "cache_write_1h",
  "t1"."output_tokens" AS "output_tokens",
  "t1"."reasoning" AS "reasoning",
  "t1"."total_tokens" AS "total_tokens",
  "t1"."convention" AS "convention",
  "t1"."convention_group" AS "convention_group",
  "t1"."reasoning_inside" AS "reasoning_inside",
  "t1"."sampling_rate" AS "sampling_rate",
  "t1"."drop" AS "drop",
  "t1"."version" AS "version",
  COALESCE("t31"."is_outer", FALSE) AS "outer"
FROM "aicost_single" AS "t1"
LEFT OUTER JOIN (
  SELECT
    "t29"."trace_id" AS "trace_id",
    "t29"."ancestor" AS "ancestor",
    TRUE AS "is_outer"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM "t23" AS "t24"
      UNION DISTINCT
      SELECT
        *
      FROM (
        SELECT DISTINCT
          *
        FROM (
          SELECT
            "t25"."trace_id" AS "trace_id",
            "t3"."up" AS "ancestor"
          FROM "t23" AS "t25"
          INNER JOIN (
            SELECT
              "t0"."trace_id" AS "trace_id",
              "t0"."span_id" AS "span_id",
              "t0"."parent_id" AS "up"
            FROM "aicost_single" AS "t0"
            WHERE
              "t0"."version" = 0 AND isNotNull("t0"."span_id") AND isNotNull("t0"."trace_id")
          ) AS "t3"
            ON "t25"."trace_id" = "t3"."trace_id" AND "t25"."ancestor" = "t3"."span_id"
        ) AS "t26"
        WHERE
          isNotNull("t26"."ancestor")
      ) AS "t27"
    ) AS "t28"
    UNION DISTINCT
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM "t4" AS "t5"
        UNION DISTINCT
        SELECT
          *
        FROM "t8" AS "t9"
      ) AS "t10"
      UNION DISTINCT
      SELECT
        *
      FROM (
        SELECT
          *
        FROM "t13" AS "t14"
        UNION DISTINCT
        SELECT
          *
        FROM "t17" AS "t18"
      ) AS "t19"
    ) AS "t21"
  ) AS "t29"
) AS "t31"
  ON "t1"."trace_id" = "t31"."trace_id" AND "t1"."span_id" = "t31"."ancestor"

-- aicost_marked
SELECT
  "t0"."feature" AS "feature",
  "t0"."model" AS "model",
  "t0"."prompt_name" AS "prompt_name",
  "t0"."prompt_version" AS "prompt_version",
  "t0"."task_key" AS "task_key",
  "t0"."trace_id" AS "trace_id",
  "t0"."span_id" AS "span_id",
  "t0"."parent_id" AS "parent_id",
  "t0"."row_id" AS "row_id",
  "t0"."row_order" AS "row_order",
  "t0"."start_us" AS "start_us",
  "t0"."latency_ms" AS "latency_ms",
  "t0"."status" AS "status",
  "t0"."batch" AS "batch",
  "t0"."truncated" AS "truncated",
  "t0"."success" AS "success",
  "t0"."role" AS "role",
  "t0"."input_tokens" AS "input_tokens",
  "t0"."cache_read" AS "cache_read",
  "t0"."cache_write_5m" AS "cache_write_5m",
  "t0"."cache_write_1h" AS "cache_write_1h",
  "t0"."output_tokens" AS "output_tokens",
  "t0"."reasoning" AS "reasoning",
  "t0"."total_tokens" AS "total_tokens",
  "t0"."convention" AS "convention",
  "t0"."convention_group" AS "convention_group",
  "t0"."reasoning_inside" AS "reasoning_inside",
  "t0"."sampling_rate" AS "sampling_rate",
  "t0"."drop" AS "drop",
  "t0"."version" AS "version",
  "t0"."outer" AS "outer",
  CASE
    WHEN "t0"."version" > 0
    THEN 'duplicate'
    WHEN isNotNull("t0"."drop")
    THEN "t0"."drop"
    WHEN "t0"."role" = 'link'
    THEN 'not_a_call'
    WHEN isNull("t0"."input_tokens")
    AND isNull("t0"."output_tokens")
    AND COALESCE("t0"."status" = 'error', FALSE)
    THEN 'failed_without_usage'
    WHEN isNull("t0"."input_tokens") AND isNull("t0"."output_tokens")
    THEN 'no_usage'
    WHEN "t0"."outer"
    THEN 'parent_span'
    WHEN "t0"."role" = 'aggregate'
    THEN 'outer_span_without_calls'
    WHEN isNull("t0"."input_tokens") OR isNull("t0"."output_tokens")
    THEN 'partial_usage'
    WHEN isNull("t0"."start_us")
    THEN 'no_time'
    WHEN isNull("t0"."model")
    THEN 'no_model'
    ELSE NULL
  END AS "reason"
FROM "aicost_nested" AS "t0"

-- aicost_told
WITH "t7" AS (
  SELECT
    "t6"."reason" AS "reason",
    "t6"."group" AS "group",
    "t6"."documented" AS "documented",
    "t6"."day" AS "day",
    "t6"."rows" AS "rows",
    "t6"."tokens" AS "tokens",
    "t6"."first_us" AS "first_us",
    "t6"."last_us" AS "last_us",
    "t6"."cached" AS "cached",
    "t6"."more_cached" AS "more_cached",
    "t6"."more_tokens" AS "more_tokens",
    "t6"."more_first_us" AS "more_first_us",
    "t6"."more_last_us" AS "more_last_us",
    "t6"."total_with" AS "total_with",
    "t6"."total_without" AS "total_without",
    "t6"."naive_total" AS "naive_total",
    CAST((
      "t6"."more_cached" > 0
    ) OR (
      "t6"."total_with" > 0
    ) AS Nullable(Int64)) AS "excludes",
    CAST("t6"."total_without" > 0 AS Nullable(Int64)) AS "includes",
    CAST("t6"."naive_total" > 0 AS Nullable(Int64)) AS "naive",
    CAST(COALESCE("t6"."documented" = 'exclusive', FALSE) AS Nullable(Int64)) AS "documents"
  FROM (
    SELECT
      "t5"."reason" AS "reason",
      "t5"."group" AS "group",
      "t5"."documented" AS "documented",
      "t5"."day" AS "day",
      SUM("t5"."rows") AS "rows",
      SUM("t5"."tokens") AS "tokens",
      MIN("t5"."usual_first") AS "first_us",
      MAX("t5"."usual_last") AS "last_us",
      SUM(CASE WHEN "t5"."proof" > 0 THEN "t5"."rows" ELSE 0 END) AS "cached",
      SUM(CASE WHEN "t5"."proof" >= 4 THEN "t5"."rows" ELSE 0 END) AS "more_cached",
      SUM(CASE WHEN "t5"."proof" >= 4 THEN "t5"."tokens" ELSE 0 END) AS "more_tokens",
      MIN("t5"."more_first") AS "more_first_us",
      MAX("t5"."more_last") AS "more_last_us",
      SUM(CASE WHEN "t5"."proof" IN (2, 5) THEN "t5"."rows" ELSE 0 END) AS "total_with",
      SUM(CASE WHEN "t5"."proof" = 3 THEN "t5"."rows" ELSE 0 END) AS "total_without",
      SUM(CASE WHEN "t5"."proof" = 6 THEN "t5"."rows" ELSE 0 END) AS "naive_total"
    FROM (
      SELECT
        "t4"."reason" AS "reason",
        "t4"."group" AS "group",
        "t4"."documented" AS "documented",
        "t4"."day" AS "day",
        "t4"."rows" AS "rows",
        "t4"."tokens" AS "tokens",
        CASE
          WHEN "t4"."proof" >= 4
          THEN CAST(NULL AS Nullable(Int64))
          ELSE "t4"."first_us"
        END AS "usual_first",
        CASE
          WHEN "t4"."proof" >= 4
          THEN CAST(NULL AS Nullable(Int64))
          ELSE "t4"."last_us"
        END AS "usual_last",
        CASE
          WHEN "t4"."proof" >= 4
          THEN "t4"."first_us"
          ELSE CAST(NULL AS Nullable(Int64))
        END AS "more_first",
        CASE
          WHEN "t4"."proof" >= 4
          THEN "t4"."last_us"
          ELSE CAST(NULL AS Nullable(Int64))
        END AS "more_last",
        "t4"."proof" AS "proof"
      FROM (
        SELECT
          "t3"."reason" AS "reason",
          "t3"."group" AS "group",
          "t3"."documented" AS "documented",
          "t3"."day" AS "day",
          "t3"."proof" AS "proof",
          COUNT(*) AS "rows",
          SUM("t3"."logged") AS "tokens",
          MIN("t3"."start_us") AS "first_us",
          MAX("t3"."start_us") AS "last_us"
        FROM (
          SELECT
            "t0"."reason" AS "reason",
            CASE
              WHEN isNull("t0"."reason")
              THEN "t0"."convention_group"
              ELSE CAST(NULL AS Nullable(String))
            END AS "group",
            CASE
              WHEN isNull("t0"."reason")
              THEN "t0"."convention"
              ELSE CAST(NULL AS Nullable(String))
            END AS "documented",
            CASE
              WHEN isNull("t0"."reason")
              THEN CAST(FLOOR("t0"."start_us" / 86400000000) AS Nullable(Int64))
              ELSE CAST(NULL AS Nullable(Int64))
            END AS "day",
            CASE
              WHEN isNull("t0"."reason")
              THEN CASE
                WHEN (
                  COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                ) = 0
                THEN 0
                WHEN COALESCE(
                  (
                    COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                  ) > "t0"."input_tokens",
                  FALSE
                )
                AND COALESCE(
                  (
                    "t0"."total_tokens" = (
                      "t0"."input_tokens" + "t0"."output_tokens"
                    )
                  )
                  OR (
                    "t0"."total_tokens" = (
                      "t0"."input_tokens" + "t0"."output_tokens" + COALESCE("t0"."reasoning", 0)
                    )
                  ),
                  FALSE
                )
                THEN 6
                WHEN COALESCE(
                  (
                    COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                  ) > "t0"."input_tokens",
                  FALSE
                )
                AND COALESCE(
                  (
                    "t0"."total_tokens" = (
                      "t0"."input_tokens" + (
                        COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                      ) + "t0"."output_tokens"
                    )
                  )
                  OR (
                    "t0"."total_tokens" = (
                      "t0"."input_tokens" + (
                        COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                      ) + "t0"."output_tokens" + COALESCE("t0"."reasoning", 0)
                    )
                  ),
                  FALSE
                )
                THEN 5
                WHEN COALESCE(
                  (
                    COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                  ) > "t0"."input_tokens",
                  FALSE
                )
                THEN 4
                WHEN COALESCE(
                  (
                    "t0"."total_tokens" = (
                      "t0"."input_tokens" + "t0"."output_tokens"
                    )
                  )
                  OR (
                    "t0"."total_tokens" = (
                      "t0"."input_tokens" + "t0"."output_tokens" + COALESCE("t0"."reasoning", 0)
                    )
                  ),
                  FALSE
                )
                THEN 3
                WHEN COALESCE(
                  (
                    "t0"."total_tokens" = (
                      "t0"."input_tokens" + (
                        COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                      ) + "t0"."output_tokens"
                    )
                  )
                  OR (
                    "t0"."total_tokens" = (
                      "t0"."input_tokens" + (
                        COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                      ) + "t0"."output_tokens" + COALESCE("t0"."reasoning", 0)
                    )
                  ),
                  FALSE
                )
                THEN 2
                ELSE 1
              END
              ELSE 0
            END AS "proof",
            COALESCE("t0"."input_tokens", 0) + COALESCE("t0"."output_tokens", 0) AS "logged",
            "t0"."start_us" AS "start_us"
          FROM "aicost_marked" AS "t0"
        ) AS "t3"
        GROUP BY
          "t3"."reason",
          "t3"."group",
          "t3"."documented",
          "t3"."day",
          "t3"."proof"
      ) AS "t4"
    ) AS "t5"
    GROUP BY
      "t5"."reason",
      "t5"."group",
      "t5"."documented",
      "t5"."day"
  ) AS "t6"
  WHERE
    isNull("t6"."reason")
)
SELECT
  "t2"."feature" AS "feature",
  "t2"."model" AS "model",
  "t2"."prompt_name" AS "prompt_name",
  "t2"."prompt_version" AS "prompt_version",
  "t2"."task_key" AS "task_key",
  "t2"."trace_id" AS "trace_id",
  "t2"."span_id" AS "span_id",
  "t2"."parent_id" AS "parent_id",
  "t2"."row_id" AS "row_id",
  "t2"."row_order" AS "row_order",
  "t2"."start_us" AS "start_us",
  "t2"."latency_ms" AS "latency_ms",
  "t2"."status" AS "status",
  "t2"."batch" AS "batch",
  "t2"."truncated" AS "truncated",
  "t2"."success" AS "success",
  "t2"."role" AS "role",
  "t2"."input_tokens" AS "input_tokens",
  "t2"."cache_read" AS "cache_read",
  "t2"."cache_write_5m" AS "cache_write_5m",
  "t2"."cache_write_1h" AS "cache_write_1h",
  "t2"."output_tokens" AS "output_tokens",
  "t2"."reasoning" AS "reasoning",
  "t2"."total_tokens" AS "total_tokens",
  "t2"."convention" AS "convention",
  "t2"."convention_group" AS "convention_group",
  "t2"."reasoning_inside" AS "reasoning_inside",
  "t2"."sampling_rate" AS "sampling_rate",
  "t2"."drop" AS "drop",
  "t2"."version" AS "version",
  "t2"."outer" AS "outer",
  "t2"."reason" AS "reason",
  COALESCE("t14"."excluded", FALSE) AS "exclusive"
FROM (
  SELECT
    "t0"."feature" AS "feature",
    "t0"."model" AS "model",
    "t0"."prompt_name" AS "prompt_name",
    "t0"."prompt_version" AS "prompt_version",
    "t0"."task_key" AS "task_key",
    "t0"."trace_id" AS "trace_id",
    "t0"."span_id" AS "span_id",
    "t0"."parent_id" AS "parent_id",
    "t0"."row_id" AS "row_id",
    "t0"."row_order" AS "row_order",
    "t0"."start_us" AS "start_us",
    "t0"."latency_ms" AS "latency_ms",
    "t0"."status" AS "status",
    "t0"."batch" AS "batch",
    "t0"."truncated" AS "truncated",
    "t0"."success" AS "success",
    "t0"."role" AS "role",
    "t0"."input_tokens" AS "input_tokens",
    "t0"."cache_read" AS "cache_read",
    "t0"."cache_write_5m" AS "cache_write_5m",
    "t0"."cache_write_1h" AS "cache_write_1h",
    "t0"."output_tokens" AS "output_tokens",
    "t0"."reasoning" AS "reasoning",
    "t0"."total_tokens" AS "total_tokens",
    "t0"."convention" AS "convention",
    "t0"."convention_group" AS "convention_group",
    "t0"."reasoning_inside" AS "reasoning_inside",
    "t0"."sampling_rate" AS "sampling_rate",
    "t0"."drop" AS "drop",
    "t0"."version" AS "version",
    "t0"."outer" AS "outer",
    "t0"."reason" AS "reason",
    CAST(FLOOR("t0"."start_us" / 86400000000) AS Nullable(Int64)) AS "logged_day"
  FROM "aicost_marked" AS "t0"
) AS "t2"
LEFT OUTER JOIN (
  SELECT
    "t11"."day_writer" AS "day_writer",
    "t11"."day" AS "decided_day",
    CASE
      WHEN (
        "t12"."excludes" > 0
      )
      AND (
        (
          "t12"."includes" > 0
        ) AND (
          "t12"."naive" = 0
        )
      )
      THEN "t11"."day_excludes" > 0
      WHEN "t12"."excludes" > 0
      THEN TRUE
      WHEN (
        "t12"."includes" > 0
      ) AND (
        "t12"."naive" = 0
      )
      THEN FALSE
      ELSE "t12"."documents" > 0
    END AS "excluded"
  FROM (
    SELECT
      "t8"."group" AS "day_writer",
      "t8"."day" AS "day",
      MAX("t8"."excludes") AS "day_excludes"
    FROM "t7" AS "t8"
    GROUP BY
      "t8"."group",
      "t8"."day"
  ) AS "t11"
  INNER JOIN (
    SELECT
      "t8"."group" AS "writer",
      MAX("t8"."excludes") AS "excludes",
      MAX("t8"."includes") AS "includes",
      MAX("t8"."naive") AS "naive",
      MAX("t8"."documents") AS "documents"
    FROM "t7" AS "t8"
    GROUP BY
      "t8"."group"
  ) AS "t12"
    ON "t11"."day_writer" = "t12"."writer"
) AS "t14"
  ON "t2"."convention_group" = "t14"."day_writer"
  AND "t2"."logged_day" = "t14"."decided_day"

-- aicost_classed
SELECT
  COALESCE("t0"."feature", 'unnamed') AS "feature",
  "t0"."model" AS "model",
  "t0"."prompt_name" AS "prompt_name",
  "t0"."prompt_version" AS "prompt_version",
  "t0"."task_key" AS "task_key",
  "t0"."trace_id" AS "trace_id",
  "t0"."span_id" AS "span_id",
  "t0"."parent_id" AS "parent_id",
  "t0"."row_id" AS "row_id",
  "t0"."row_order" AS "row_order",
  "t0"."start_us" AS "start_us",
  "t0"."latency_ms" AS "latency_ms",
  "t0"."status" AS "status",
  "t0"."batch" AS "batch",
  "t0"."truncated" AS "truncated",
  "t0"."success" AS "success",
  "t0"."role" AS "role",
  "t0"."input_tokens" AS "input_tokens",
  COALESCE("t0"."cache_read", 0) AS "cache_read",
  COALESCE("t0"."cache_write_5m", 0) AS "cache_write_5m",
  COALESCE("t0"."cache_write_1h", 0) AS "cache_write_1h",
  "t0"."output_tokens" AS "output_tokens",
  COALESCE("t0"."reasoning", 0) AS "reasoning",
  "t0"."total_tokens" AS "total_tokens",
  "t0"."convention" AS "convention",
  "t0"."convention_group" AS "convention_group",
  "t0"."reasoning_inside" AS "reasoning_inside",
  "t0"."sampling_rate" AS "sampling_rate",
  "t0"."drop" AS "drop",
  "t0"."version" AS "version",
  "t0"."outer" AS "outer",
  "t0"."reason" AS "reason",
  "t0"."exclusive" AS "exclusive",
  COALESCE(
    CASE
      WHEN "t0"."exclusive"
      THEN "t0"."input_tokens"
      ELSE "t0"."input_tokens" - (
        COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
      )
    END,
    0
  ) AS "uncached_input",
  isNotNull("t0"."cache_read") AS "cache_known",
  COALESCE(
    CASE
      WHEN CASE
        WHEN COALESCE("t0"."reasoning", 0) = 0
        THEN FALSE
        WHEN isNotNull("t0"."total_tokens")
        AND (
          "t0"."total_tokens" = (
            CASE
              WHEN "t0"."exclusive"
              THEN "t0"."input_tokens" + (
                COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
              )
              ELSE "t0"."input_tokens"
            END + "t0"."output_tokens" + COALESCE("t0"."reasoning", 0)
          )
        )
        THEN TRUE
        WHEN isNotNull("t0"."total_tokens")
        AND (
          "t0"."total_tokens" = (
            CASE
              WHEN "t0"."exclusive"
              THEN "t0"."input_tokens" + (
                COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
              )
              ELSE "t0"."input_tokens"
            END + "t0"."output_tokens"
          )
        )
        THEN FALSE
        WHEN COALESCE("t0"."reasoning", 0) > "t0"."output_tokens"
        THEN TRUE
        ELSE NOT (
          "t0"."reasoning_inside"
        )
      END
      THEN "t0"."output_tokens"
      ELSE "t0"."output_tokens" - COALESCE("t0"."reasoning", 0)
    END,
    0
  ) AS "output_visible"
FROM "aicost_told" AS "t0"

-- aicost_calls
SELECT
  "t0"."feature" AS "feature",
  "t0"."model" AS "model",
  "t0"."prompt_name" AS "prompt_name",
  "t0"."prompt_version" AS "prompt_version",
  "t0"."task_key" AS "task_key",
  "t0"."start_us" AS "start_us",
  "t0"."status" AS "status",
  "t0"."batch" AS "batch",
  "t0"."truncated" AS "truncated",
  "t0"."success" AS "success",
  "t0"."sampling_rate" AS "sampling_rate",
  "t0"."cache_known" AS "cache_known",
  "t0"."uncached_input" AS "uncached_input",
  "t0"."cache_read" AS "cache_read",
  "t0"."cache_write_5m" AS "cache_write_5m",
  "t0"."cache_write_1h" AS "cache_write_1h",
  "t0"."output_visible" AS "output_visible",
  "t0"."reasoning" AS "reasoning",
  isNotNull("t0"."input_tokens") AND isNotNull("t0"."output_tokens") AS "billed"
FROM "aicost_classed" AS "t0"
WHERE
  (
    (
      "t0"."version" = 0
    )
    AND isNull("t0"."drop")
    AND (
      "t0"."role" <> 'link'
    )
    AND (
      isNotNull("t0"."input_tokens") AND isNotNull("t0"."output_tokens")
    )
    AND (
      (
        "t0"."role" <> 'aggregate'
      )
      AND NOT (
        "t0"."outer"
      )
      AND isNotNull("t0"."start_us")
      AND isNotNull("t0"."model")
    )
    AND (
      "t0"."uncached_input" >= 0
    )
  )
  OR (
    (
      "t0"."version" = 0
    )
    AND isNull("t0"."drop")
    AND (
      "t0"."role" <> 'link'
    )
    AND (
      isNull("t0"."input_tokens") AND isNull("t0"."output_tokens")
    )
    AND COALESCE("t0"."status" = 'error', FALSE)
  )

-- account
SELECT
  "t4"."reason" AS "reason",
  "t4"."group" AS "group",
  "t4"."documented" AS "documented",
  "t4"."day" AS "day",
  "t4"."rows" AS "rows",
  "t4"."tokens" AS "tokens",
  "t4"."first_us" AS "first_us",
  "t4"."last_us" AS "last_us",
  "t4"."cached" AS "cached",
  "t4"."more_cached" AS "more_cached",
  "t4"."more_tokens" AS "more_tokens",
  "t4"."more_first_us" AS "more_first_us",
  "t4"."more_last_us" AS "more_last_us",
  "t4"."total_with" AS "total_with",
  "t4"."total_without" AS "total_without",
  "t4"."naive_total" AS "naive_total",
  'otel-rows' AS "adapter",
  '1' AS "adapter_version",
  'clickhouse' AS "engine",
  'trace' AS "task_key",
  'auto' AS "setting"
FROM (
  SELECT
    "t3"."reason" AS "reason",
    "t3"."group" AS "group",
    "t3"."documented" AS "documented",
    "t3"."day" AS "day",
    SUM("t3"."rows") AS "rows",
    SUM("t3"."tokens") AS "tokens",
    MIN("t3"."usual_first") AS "first_us",
    MAX("t3"."usual_last") AS "last_us",
    SUM(CASE WHEN "t3"."proof" > 0 THEN "t3"."rows" ELSE 0 END) AS "cached",
    SUM(CASE WHEN "t3"."proof" >= 4 THEN "t3"."rows" ELSE 0 END) AS "more_cached",
    SUM(CASE WHEN "t3"."proof" >= 4 THEN "t3"."tokens" ELSE 0 END) AS "more_tokens",
    MIN("t3"."more_first") AS "more_first_us",
    MAX("t3"."more_last") AS "more_last_us",
    SUM(CASE WHEN "t3"."proof" IN (2, 5) THEN "t3"."rows" ELSE 0 END) AS "total_with",
    SUM(CASE WHEN "t3"."proof" = 3 THEN "t3"."rows" ELSE 0 END) AS "total_without",
    SUM(CASE WHEN "t3"."proof" = 6 THEN "t3"."rows" ELSE 0 END) AS "naive_total"
  FROM (
    SELECT
      "t2"."reason" AS "reason",
      "t2"."group" AS "group",
      "t2"."documented" AS "documented",
      "t2"."day" AS "day",
      "t2"."rows" AS "rows",
      "t2"."tokens" AS "tokens",
      CASE
        WHEN "t2"."proof" >= 4
        THEN CAST(NULL AS Nullable(Int64))
        ELSE "t2"."first_us"
      END AS "usual_first",
      CASE
        WHEN "t2"."proof" >= 4
        THEN CAST(NULL AS Nullable(Int64))
        ELSE "t2"."last_us"
      END AS "usual_last",
      CASE
        WHEN "t2"."proof" >= 4
        THEN "t2"."first_us"
        ELSE CAST(NULL AS Nullable(Int64))
      END AS "more_first",
      CASE
        WHEN "t2"."proof" >= 4
        THEN "t2"."last_us"
        ELSE CAST(NULL AS Nullable(Int64))
      END AS "more_last",
      "t2"."proof" AS "proof"
    FROM (
      SELECT
        "t1"."reason" AS "reason",
        "t1"."group" AS "group",
        "t1"."documented" AS "documented",
        "t1"."day" AS "day",
        "t1"."proof" AS "proof",
        COUNT(*) AS "rows",
        SUM("t1"."logged") AS "tokens",
        MIN("t1"."start_us") AS "first_us",
        MAX("t1"."start_us") AS "last_us"
      FROM (
        SELECT
          "t0"."reason" AS "reason",
          CASE
            WHEN isNull("t0"."reason")
            THEN "t0"."convention_group"
            ELSE CAST(NULL AS Nullable(String))
          END AS "group",
          CASE
            WHEN isNull("t0"."reason")
            THEN "t0"."convention"
            ELSE CAST(NULL AS Nullable(String))
          END AS "documented",
          CASE
            WHEN isNull("t0"."reason")
            THEN CAST(FLOOR("t0"."start_us" / 86400000000) AS Nullable(Int64))
            ELSE CAST(NULL AS Nullable(Int64))
          END AS "day",
          CASE
            WHEN isNull("t0"."reason")
            THEN CASE
              WHEN (
                COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
              ) = 0
              THEN 0
              WHEN COALESCE(
                (
                  COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                ) > "t0"."input_tokens",
                FALSE
              )
              AND COALESCE(
                (
                  "t0"."total_tokens" = (
                    "t0"."input_tokens" + "t0"."output_tokens"
                  )
                )
                OR (
                  "t0"."total_tokens" = (
                    "t0"."input_tokens" + "t0"."output_tokens" + COALESCE("t0"."reasoning", 0)
                  )
                ),
                FALSE
              )
              THEN 6
              WHEN COALESCE(
                (
                  COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                ) > "t0"."input_tokens",
                FALSE
              )
              AND COALESCE(
                (
                  "t0"."total_tokens" = (
                    "t0"."input_tokens" + (
                      COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                    ) + "t0"."output_tokens"
                  )
                )
                OR (
                  "t0"."total_tokens" = (
                    "t0"."input_tokens" + (
                      COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                    ) + "t0"."output_tokens" + COALESCE("t0"."reasoning", 0)
                  )
                ),
                FALSE
              )
              THEN 5
              WHEN COALESCE(
                (
                  COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                ) > "t0"."input_tokens",
                FALSE
              )
              THEN 4
              WHEN COALESCE(
                (
                  "t0"."total_tokens" = (
                    "t0"."input_tokens" + "t0"."output_tokens"
                  )
                )
                OR (
                  "t0"."total_tokens" = (
                    "t0"."input_tokens" + "t0"."output_tokens" + COALESCE("t0"."reasoning", 0)
                  )
                ),
                FALSE
              )
              THEN 3
              WHEN COALESCE(
                (
                  "t0"."total_tokens" = (
                    "t0"."input_tokens" + (
                      COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                    ) + "t0"."output_tokens"
                  )
                )
                OR (
                  "t0"."total_tokens" = (
                    "t0"."input_tokens" + (
                      COALESCE("t0"."cache_read", 0) + COALESCE("t0"."cache_write_5m", 0) + COALESCE("t0"."cache_write_1h", 0)
                    ) + "t0"."output_tokens" + COALESCE("t0"."reasoning", 0)
                  )
                ),
                FALSE
              )
              THEN 2
              ELSE 1
            END
            ELSE 0
          END AS "proof",
          COALESCE("t0"."input_tokens", 0) + COALESCE("t0"."output_tokens", 0) AS "logged",
          "t0"."start_us" AS "start_us"
        FROM "aicost_marked" AS "t0"
      ) AS "t1"
      GROUP BY
        "t1"."reason",
        "t1"."group",
        "t1"."documented",
        "t1"."day",
        "t1"."proof"
    ) AS "t2"
  ) AS "t3"
  GROUP BY
    "t3"."reason",
    "t3"."group",
    "t3"."documented",
    "t3"."day"
) AS "t4"

-- moments
SELECT
  *
FROM (
  SELECT
    "t1"."feature" AS "feature",
    "t1"."model" AS "model",
    "t1"."prompt_name" AS "prompt_name",
    "t1"."prompt_version" AS "prompt_version",
    "t1"."day" AS "day",
    COUNT(*) AS "n",
    SUM(1.0 / "t1"."sampling_rate") AS "represented",
    COUNT("t1"."status") AS "status_known",
    COUNT(CASE WHEN "t1"."status" = 'error' THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END) AS "failed",
    COUNT("t1"."batch") AS "batch_known",
    COUNT(CASE WHEN "t1"."batch" THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END) AS "batch",
    COUNT("t1"."truncated") AS "truncated_known",
    COUNT(CASE WHEN "t1"."truncated" THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END) AS "truncated",
    COUNT(CASE WHEN "t1"."cache_known" THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END) AS "cache_known",
    COUNT(CASE WHEN "t1"."cache_read" > 0 THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END) AS "cache_hits",
    COUNT(CASE WHEN "t1"."input" > 200000 THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END) AS "over_200000",
    COUNT(CASE WHEN "t1"."input" > 272000 THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END) AS "over_272000",
    SUM("t1"."x0") AS "s0",
    SUM("t1"."x1") AS "s1",
    SUM("t1"."x2") AS "s2",
    SUM("t1"."x3") AS "s3",
    SUM("t1"."x4") AS "s4",
    SUM("t1"."x5") AS "s5",
    SUM("t1"."x0" * "t1"."x0") AS "p00",
    SUM("t1"."x0" * "t1"."x1") AS "p01",
    SUM("t1"."x0" * "t1"."x2") AS "p02",
    SUM("t1"."x0" * "t1"."x3") AS "p03",
    SUM("t1"."x0" * "t1"."x4") AS "p04",
    SUM("t1"."x0" * "t1"."x5") AS "p05",
    SUM("t1"."x1" * "t1"."x1") AS "p11",
    SUM("t1"."x1" * "t1"."x2") AS "p12",
    SUM("t1"."x1" * "t1"."x3") AS "p13",
    SUM("t1"."x1" * "t1"."x4") AS "p14",
    SUM("t1"."x1" * "t1"."x5") AS "p15",
    SUM("t1"."x2" * "t1"."x2") AS "p22",
    SUM("t1"."x2" * "t1"."x3") AS "p23",
    SUM("t1"."x2" * "t1"."x4") AS "p24",
    SUM("t1"."x2" * "t1"."x5") AS "p25",
    SUM("t1"."x3" * "t1"."x3") AS "p33",
    SUM("t1"."x3" * "t1"."x4") AS "p34",
    SUM("t1"."x3" * "t1"."x5") AS "p35",
    SUM("t1"."x4" * "t1"."x4") AS "p44",
    SUM("t1"."x4" * "t1"."x5") AS "p45",
    SUM("t1"."x5" * "t1"."x5") AS "p55"
  FROM (
    SELECT
      "t0"."feature" AS "feature",
      "t0"."model" AS "model",
      "t0"."prompt_name" AS "prompt_name",
      "t0"."prompt_version" AS "prompt_version",
      "t0"."task_key" AS "task_key",
      "t0"."start_us" AS "start_us",
      "t0"."status" AS "status",
      "t0"."batch" AS "batch",
      "t0"."truncated" AS "truncated",
      "t0"."success" AS "success",
      "t0"."sampling_rate" AS "sampling_rate",
      "t0"."cache_known" AS "cache_known",
      "t0"."uncached_input" AS "uncached_input",
      "t0"."cache_read" AS "cache_read",
      "t0"."cache_write_5m" AS "cache_write_5m",
      "t0"."cache_write_1h" AS "cache_write_1h",
      "t0"."output_visible" AS "output_visible",
      "t0"."reasoning" AS "reasoning",
      "t0"."billed" AS "billed",
      "t0"."uncached_input" + "t0"."cache_read" + "t0"."cache_write_5m" + "t0"."cache_write_1h" AS "input",
      "t0"."output_visible" + "t0"."reasoning" AS "output",
      CAST(FLOOR("t0"."start_us" / 86400000000) AS Nullable(Int64)) AS "day",
      CAST("t0"."uncached_input" AS Nullable(Float64)) AS "x0",
      CAST("t0"."cache_read" AS Nullable(Float64)) AS "x1",
      CAST("t0"."cache_write_5m" AS Nullable(Float64)) AS "x2",
      CAST("t0"."cache_write_1h" AS Nullable(Float64)) AS "x3",
      CAST("t0"."output_visible" AS Nullable(Float64)) AS "x4",
      CAST("t0"."reasoning" AS Nullable(Float64)) AS "x5"
    FROM "aicost_calls" AS "t0"
    WHERE
      "t0"."billed"
  ) AS "t1"
  GROUP BY
    "t1"."feature",
    "t1"."model",
    "t1"."prompt_name",
    "t1"."prompt_version",
    "t1"."day"
) AS "t2"

-- hist
SELECT
  "t13"."feature" AS "feature",
  "t13"."model" AS "model",
  "t13"."dim" AS "dim",
  "t13"."bucket" AS "bucket",
  "t13"."n" AS "n",
  "t13"."tokens" AS "tokens"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t10"."feature" AS "feature",
      "t10"."model" AS "model",
      "t10"."bucket" AS "bucket",
      "t10"."n" AS "n",
      "t10"."tokens" AS "tokens",
      'cached' AS "dim"
    FROM (
      SELECT
        "t6"."feature" AS "feature",
        "t6"."model" AS "model",
        "t6"."bucket" AS "bucket",
        COUNT(*) AS "n",
        CAST(SUM(CAST("t6"."x" AS Nullable(Float64))) AS Nullable(Int64)) AS "tokens"
      FROM (
        SELECT
          "t1"."feature" AS "feature",
          "t1"."model" AS "model",
          "t1"."x" AS "x",
          CASE
            WHEN "t1"."x" > 0
            THEN CAST(CEIL(LN(CAST("t1"."x" AS Nullable(Float64))) / 0.01980262729617973) AS Nullable(Int64))
            ELSE -1
          END AS "bucket"
        FROM (
          SELECT
            "t0"."feature" AS "feature",
            "t0"."model" AS "model",
            "t0"."cache_read" + "t0"."cache_write_5m" + "t0"."cache_write_1h" AS "x"
          FROM "aicost_calls" AS "t0"
          WHERE
            "t0"."billed"
            AND (
              "t0"."cache_read" + "t0"."cache_write_5m" + "t0"."cache_write_1h"
            ) > 0
        ) AS "t1"
      ) AS "t6"
      GROUP BY
        "t6"."feature",
        "t6"."model",
        "t6"."bucket"
    ) AS "t10"
  ) AS "t12"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t8"."feature" AS "feature",
        "t8"."model" AS "model",
        "t8"."bucket" AS "bucket",
        "t8"."n" AS "n",
        0 AS "tokens",
        'input' AS "dim"
      FROM (
        SELECT
          "t7"."feature" AS "feature",
          "t7"."model" AS "model",
          "t7"."bucket" AS "bucket",
          COUNT(*) AS "n"
        FROM (
          SELECT
            "t2"."feature" AS "feature",
            "t2"."model" AS "model",
            "t2"."x" AS "x",
            CASE
              WHEN "t2"."x" > 0
              THEN CAST(CEIL(LN(CAST("t2"."x" AS Nullable(Float64))) / 0.01980262729617973) AS Nullable(Int64))
              ELSE -1
            END AS "bucket"
          FROM (
            SELECT
              "t0"."feature" AS "feature",
              "t0"."model" AS "model",
              "t0"."uncached_input" + "t0"."cache_read" + "t0"."cache_write_5m" + "t0"."cache_write_1h" AS "x"
            FROM "aicost_calls" AS "t0"
            WHERE
              "t0"."billed"
          ) AS "t2"
        ) AS "t7"
        GROUP BY
          "t7"."feature",
          "t7"."model",
          "t7"."bucket"
      ) AS "t8"
    ) AS "t9"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t4"."feature" AS "feature",
        "t4"."model" AS "model",
        "t4"."bucket" AS "bucket",
        "t4"."n" AS "n",
        0 AS "tokens",
        'output' AS "dim"
      FROM (
        SELECT
          "t3"."feature" AS "feature",
          "t3"."model" AS "model",
          "t3"."bucket" AS "bucket",
          COUNT(*) AS "n"
        FROM (
          SELECT
            "t0"."feature" AS "feature",
            "t0"."model" AS "model",
            "t0"."output_visible" + "t0"."reasoning" AS "x",
            CASE
              WHEN (
                "t0"."output_visible" + "t0"."reasoning"
              ) > 0
              THEN CAST(CEIL(
                LN(CAST("t0"."output_visible" + "t0"."reasoning" AS Nullable(Float64))) / 0.01980262729617973
              ) AS Nullable(Int64))
              ELSE -1
            END AS "bucket"
          FROM "aicost_calls" AS "t0"
          WHERE
            "t0"."billed"
        ) AS "t3"
        GROUP BY
          "t3"."feature",
          "t3"."model",
          "t3"."bucket"
      ) AS "t4"
    ) AS "t5"
  ) AS "t11"
) AS "t13"

-- joint
SELECT
  *
FROM (
  SELECT
    "t1"."feature" AS "feature",
    "t1"."model" AS "model",
    "t1"."i" AS "i",
    "t1"."o" AS "o",
    COUNT(*) AS "n",
    CAST(SUM(CAST("t1"."input" AS Nullable(Float64))) AS Nullable(Int64)) AS "input_tokens",
    CAST(SUM(CAST("t1"."output" AS Nullable(Float64))) AS Nullable(Int64)) AS "output_tokens"
  FROM (
    SELECT
      "t0"."feature" AS "feature",
      "t0"."model" AS "model",
      "t0"."uncached_input" + "t0"."cache_read" + "t0"."cache_write_5m" + "t0"."cache_write_1h" AS "input",
      "t0"."output_visible" + "t0"."reasoning" AS "output",
      CASE
        WHEN (
          "t0"."uncached_input" + "t0"."cache_read" + "t0"."cache_write_5m" + "t0"."cache_write_1h"
        ) > 0
        THEN CAST(CEIL(
          LN(
            CAST("t0"."uncached_input" + "t0"."cache_read" + "t0"."cache_write_5m" + "t0"."cache_write_1h" AS Nullable(Float64))
          ) / 0.09901313648089859
        ) AS Nullable(Int64))
        ELSE -1
      END AS "i",
      CASE
        WHEN (
          "t0"."output_visible" + "t0"."reasoning"
        ) > 0
        THEN CAST(CEIL(
          LN(CAST("t0"."output_visible" + "t0"."reasoning" AS Nullable(Float64))) / 0.09901313648089859
        ) AS Nullable(Int64))
        ELSE -1
      END AS "o"
    FROM "aicost_calls" AS "t0"
    WHERE
      "t0"."billed"
  ) AS "t1"
  GROUP BY
    "t1"."feature",
    "t1"."model",
    "t1"."i",
    "t1"."o"
) AS "t2"

-- tasks
SELECT
  *
FROM (
  SELECT
    "t3"."feature" AS "feature",
    "t3"."size" AS "size",
    COUNT(*) AS "n",
    SUM("t3"."retried") AS "retried",
    COUNT("t3"."success") AS "success_known",
    SUM(COALESCE("t3"."success", 0)) AS "success",
    SUM("t3"."k") AS "k",
    SUM("t3"."k" * "t3"."k") AS "kk",
    SUM("t3"."x") AS "input",
    SUM("t3"."x" * "t3"."x") AS "input2",
    SUM("t3"."y") AS "output",
    SUM("t3"."y" * "t3"."y") AS "output2",
    SUM("t3"."x" * "t3"."k") AS "input_k",
    SUM("t3"."y" * "t3"."k") AS "output_k",
    SUM("t3"."x" * "t3"."y") AS "input_output"
  FROM (
    SELECT
      "t2"."feature" AS "feature",
      "t2"."x" AS "x",
      "t2"."y" AS "y",
      CAST("t2"."success" AS Nullable(Int64)) AS "success",
      CASE WHEN "t2"."attempts" > "t2"."failed" THEN "t2"."failed" ELSE 0 END AS "retried",
      CAST("t2"."k" AS Nullable(Float64)) AS "k",
      CAST(CASE
        WHEN CAST("t2"."k" AS Nullable(Float64)) <= 8
        THEN CAST("t2"."k" AS Nullable(Float64))
        ELSE CAST(CASE
          WHEN CAST("t2"."k" AS Nullable(Float64)) > 0
          THEN CAST(CEIL(LN(CAST("t2"."k" AS Nullable(Float64))) / 0.22314355131420976) AS Nullable(Int64))
          ELSE -1
        END + 8 AS Nullable(Float64))
      END AS Nullable(Int64)) AS "size"
    FROM (
      SELECT
        "t1"."feature" AS "feature",
        "t1"."task_key" AS "task_key",
        COUNT(*) AS "attempts",
        SUM("t1"."x") AS "x",
        SUM("t1"."y") AS "y",
        COUNT("t1"."paid") AS "k",
        COUNT("t1"."failed") AS "failed",
        MAX("t1"."success") AS "success"
      FROM (
        SELECT
          "t0"."feature" AS "feature",
          "t0"."task_key" AS "task_key",
          CASE WHEN "t0"."billed" THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END AS "paid",
          CASE WHEN "t0"."status" = 'error' THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END AS "failed",
          CAST(CASE
            WHEN "t0"."billed"
            THEN "t0"."uncached_input" + "t0"."cache_read" + "t0"."cache_write_5m" + "t0"."cache_write_1h"
            ELSE 0
          END AS Nullable(Float64)) AS "x",
          CAST(CASE WHEN "t0"."billed" THEN "t0"."output_visible" + "t0"."reasoning" ELSE 0 END AS Nullable(Float64)) AS "y",
          CAST("t0"."success" AS Nullable(Int8)) AS "success"
        FROM "aicost_calls" AS "t0"
        WHERE
          isNotNull("t0"."task_key")
      ) AS "t1"
      GROUP BY
        "t1"."feature",
        "t1"."task_key"
    ) AS "t2"
    WHERE
      "t2"."k" > 0
  ) AS "t3"
  GROUP BY
    "t3"."feature",
    "t3"."size"
) AS "t4"

-- gaps
SELECT
  *
FROM (
  SELECT
    "t5"."feature" AS "feature",
    SUM("t5"."inner" + "t5"."known") AS "gaps",
    SUM("t5"."inner" + "t5"."le_300") AS "le_300",
    SUM("t5"."inner" + "t5"."le_1800") AS "le_1800",
    SUM("t5"."inner" + "t5"."le_3600") AS "le_3600"
  FROM (
    SELECT
      "t4"."feature" AS "feature",
      "t4"."model" AS "model",
      "t4"."prompt_name" AS "prompt_name",
      "t4"."prompt_version" AS "prompt_version",
      "t4"."slot" AS "slot",
      "t4"."n" AS "n",
      "t4"."first_us" AS "first_us",
      "t4"."last_us" AS "last_us",
      "t4"."seen_us" AS "seen_us",
      "t4"."before_us" AS "before_us",
      "t4"."n" - 1 AS "inner",
      CAST(isNotNull("t4"."before_us") AS Nullable(Int64)) AS "known",
      CAST(COALESCE((
        "t4"."first_us" - "t4"."before_us"
      ) <= 300000000, FALSE) AS Nullable(Int64)) AS "le_300",
      CAST(COALESCE((
        "t4"."first_us" - "t4"."before_us"
      ) <= 1800000000, FALSE) AS Nullable(Int64)) AS "le_1800",
      CAST(COALESCE((
        "t4"."first_us" - "t4"."before_us"
      ) <= 3600000000, FALSE) AS Nullable(Int64)) AS "le_3600"
    FROM (
      SELECT
        "t3"."feature" AS "feature",
        "t3"."model" AS "model",
        "t3"."prompt_name" AS "prompt_name",
        "t3"."prompt_version" AS "prompt_version",
        "t3"."slot" AS "slot",
        "t3"."n" AS "n",
        "t3"."first_us" AS "first_us",
        "t3"."last_us" AS "last_us",
        "t3"."seen_us" AS "seen_us",
        lagInFrame("t3"."seen_us") OVER (
          PARTITION BY "t3"."feature", "t3"."model", "t3"."prompt_name", "t3"."prompt_version"
          ORDER BY "t3"."slot" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "before_us"
      FROM (
        SELECT
          "t2"."feature" AS "feature",
          "t2"."model" AS "model",
          "t2"."prompt_name" AS "prompt_name",
          "t2"."prompt_version" AS "prompt_version",
          "t2"."slot" AS "slot",
          "t2"."n" AS "n",
          "t2"."first_us" AS "first_us",
          "t2"."last_us" AS "last_us",
          CASE WHEN "t2"."n" > 0 THEN "t2"."last_us" ELSE CAST(NULL AS Nullable(Int64)) END AS "seen_us"
        FROM (
          SELECT
            "t1"."feature" AS "feature",
            "t1"."model" AS "model",
            "t1"."prompt_name" AS "prompt_name",
            "t1"."prompt_version" AS "prompt_version",
            "t1"."slot" AS "slot",
            COUNT(*) AS "n",
            MIN("t1"."start_us") AS "first_us",
            MAX("t1"."start_us") AS "last_us"
          FROM (
            SELECT
              "t0"."feature" AS "feature",
              "t0"."model" AS "model",
              "t0"."prompt_name" AS "prompt_name",
              "t0"."prompt_version" AS "prompt_version",
              "t0"."start_us" AS "start_us",
              CAST(FLOOR("t0"."start_us" / 300000000) AS Nullable(Int64)) AS "slot"
            FROM "aicost_calls" AS "t0"
            WHERE
              "t0"."billed"
          ) AS "t1"
          GROUP BY
            "t1"."feature",
            "t1"."model",
            "t1"."prompt_name",
            "t1"."prompt_version",
            "t1"."slot"
        ) AS "t2"
      ) AS "t3"
    ) AS "t4"
  ) AS "t5"
  GROUP BY
    "t5"."feature"
) AS "t6"


-- aicost_rows
SELECT
  nullIf("t0"."feature", '') AS "feature",
  nullIf("t0"."model", '') AS "model",
  CAST(NULL AS Nullable(String)) AS "prompt_name",
  nullIf("t0"."prompt_version", '') AS "prompt_version",
  nullIf("t0"."task_id", '') AS "task_key",
  CAST(NULL AS Nullable(String)) AS "trace_id",
  CAST(NULL AS Nullable(String)) AS "span_id",
  CAST(NULL AS Nullable(String)) AS "parent_id",
  CAST(NULL AS Nullable(String)) AS "row_id",
  0 AS "row_order",
  CAST(toRelativeSecondNum(dateTrunc('SECOND', toDateTime64("t0"."time", 0))) AS Nullable(Int64)) * 1000000 AS "start_us",
  CAST(NULL AS Nullable(Float64)) AS "latency_ms",
  CASE
    WHEN nullIf("t0"."status", '') IN ('ok')
    THEN 'ok'
    WHEN isNull(nullIf("t0"."status", ''))
    THEN CAST(NULL AS Nullable(String))
    WHEN LOWER(nullIf("t0"."status", '')) IN ('ok', 'success', 'succeeded', 'completed', 'stop', 'end_turn', '200')
    THEN 'ok'
    ELSE CASE
      WHEN (
        position(LOWER(nullIf("t0"."status", '')), 'error') > 0
      )
      OR (
        position(LOWER(nullIf("t0"."status", '')), 'failed') > 0
      )
      OR (
        position(LOWER(nullIf("t0"."status", '')), 'failure') > 0
      )
      OR (
        position(LOWER(nullIf("t0"."status", '')), 'timeout') > 0
      )
      OR (
        position(LOWER(nullIf("t0"."status", '')), 'exception') > 0
      )
      OR (
        position(LOWER(nullIf("t0"."status", '')), 'cancelled') > 0
      )
      OR match(LOWER(nullIf("t0"."status", '')), '^[45][0-9]+$')
      THEN 'error'
      ELSE 'ok'
    END
  END AS "status",
  CAST(NULL AS Nullable(Bool)) AS "batch",
  CAST(NULL AS Nullable(Bool)) AS "truncated",
  "t0"."success" AS "success",
  'call' AS "role",
  "t0"."input_tokens" AS "input_tokens",
  "t0"."cached_tokens" AS "cache_read",
  CAST(NULL AS Nullable(Int64)) AS "cache_write_5m",
  CAST(NULL AS Nullable(Int64)) AS "cache_write_1h",
  "t0"."output_tokens" AS "output_tokens",
  "t0"."reasoning_tokens" AS "reasoning",
  "t0"."total_tokens" AS "total_tokens",
  CAST(NULL AS Nullable(String)) AS "convention",
  'plain' AS "convention_group",
  TRUE AS "reasoning_inside",
  COALESCE(CAST(NULL AS Nullable(Float64)), 1.0) AS "sampling_rate",
  CASE
    WHEN COALESCE((
      "t0"."input_tokens" < 0
    ) OR (
      "t0"."input_tokens" >= 10000000000
    ), FALSE)
    OR COALESCE((
      "t0"."cached_tokens" < 0
    ) OR (
      "t0"."cached_tokens" >= 10000000000
    ), FALSE)
    OR COALESCE((
      "t0"."output_tokens" < 0
    ) OR (
      "t0"."output_tokens" >= 10000000000
    ), FALSE)
    OR COALESCE(
      (
        "t0"."reasoning_tokens" < 0
      ) OR (
        "t0"."reasoning_tokens" >= 10000000000
      ),
      FALSE
    )
    OR COALESCE((
      "t0"."total_tokens" < 0
    ) OR (
      "t0"."total_tokens" >= 10000000000
    ), FALSE)
    OR COALESCE(
      (
        CAST(NULL AS Nullable(Float64)) <= 0
      )
      OR (
        CAST(NULL AS Nullable(Float64)) > 1
      ),
      FALSE
    )
    THEN 'bad_value'
    ELSE CAST(NULL AS Nullable(String))
  END AS "drop"
FROM "calls_log" AS "t0"

-- aicost_single
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
  "t0"."drop" AS "drop",
  0 AS "version"
FROM "aicost_rows" AS "t0"

-- aicost_nested
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
  FALSE AS "outer"
FROM "aicost_single" AS "t0"

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
  'plain' AS "adapter",
  '1' AS "adapter_version",
  'clickhouse' AS "engine",
  'task column' AS "task_key",
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
  "t2"."feature" AS "feature",
  "t2"."model" AS "model",
  CAST(NULL AS Nullable(String)) AS "prompt_name",
  "t2"."prompt_version" AS "prompt_version",
  "t2"."day" AS "day",
  "t2"."n" AS "n",
  "t2"."represented" AS "represented",
  "t2"."status_known" AS "status_known",
  "t2"."failed" AS "failed",
  0 AS "batch_known",
  0 AS "batch",
  0 AS "truncated_known",
  0 AS "truncated",
  "t2"."cache_known" AS "cache_known",
  "t2"."cache_hits" AS "cache_hits",
  "t2"."over_200000" AS "over_200000",
  "t2"."over_272000" AS "over_272000",
  "t2"."s0" AS "s0",
  "t2"."s1" AS "s1",
  0.0 AS "s2",
  0.0 AS "s3",
  "t2"."s4" AS "s4",
  "t2"."s5" AS "s5",
  "t2"."p00" AS "p00",
  "t2"."p01" AS "p01",
  0.0 AS "p02",
  0.0 AS "p03",
  "t2"."p04" AS "p04",
  "t2"."p05" AS "p05",
  "t2"."p11" AS "p11",
  0.0 AS "p12",
  0.0 AS "p13",
  "t2"."p14" AS "p14",
  "t2"."p15" AS "p15",
  0.0 AS "p22",
  0.0 AS "p23",
  0.0 AS "p24",
  0.0 AS "p25",
  0.0 AS "p33",
  0.0 AS "p34",
  0.0 AS "p35",
  "t2"."p44" AS "p44",
  "t2"."p45" AS "p45",
  "t2"."p55" AS "p55"
FROM (
  SELECT
    "t1"."feature" AS "feature",
    "t1"."model" AS "model",
    "t1"."prompt_version" AS "prompt_version",
    "t1"."day" AS "day",
    COUNT(*) AS "n",
    CAST(COUNT(*) AS Nullable(Float64)) AS "represented",
    COUNT("t1"."status") AS "status_known",
    COUNT(CASE WHEN "t1"."status" = 'error' THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END) AS "failed",
    COUNT(CASE WHEN "t1"."cache_known" THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END) AS "cache_known",
    COUNT(CASE WHEN "t1"."cache_read" > 0 THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END) AS "cache_hits",
    COUNT(CASE WHEN "t1"."input" > 200000 THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END) AS "over_200000",
    COUNT(CASE WHEN "t1"."input" > 272000 THEN 1 ELSE CAST(NULL AS Nullable(Int8)) END) AS "over_272000",
    SUM("t1"."x0") AS "s0",
    SUM("t1"."x1") AS "s1",
    SUM("t1"."x4") AS "s4",
    SUM("t1"."x5") AS "s5",
    SUM("t1"."x0" * "t1"."x0") AS "p00",
    SUM("t1"."x0" * "t1"."x1") AS "p01",
    SUM("t1"."x0" * "t1"."x4") AS "p04",
    SUM("t1"."x0" * "t1"."x5") AS "p05",
    SUM("t1"."x1" * "t1"."x1") AS "p11",
    SUM("t1"."x1" * "t1"."x4") AS "p14",
    SUM("t1"."x1" * "t1"."x5") AS "p15",
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
      CAST("t0"."output_visible" AS Nullable(Float64)) AS "x4",
      CAST("t0"."reasoning" AS Nullable(Float64)) AS "x5"
    FROM "aicost_calls" AS "t0"
    WHERE
      "t0"."billed"
  ) AS "t1"
  GROUP BY
    "t1"."feature",
    "t1"."model",
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
        "t3"."prompt_version" AS "prompt_version",
        "t3"."slot" AS "slot",
        "t3"."n" AS "n",
        "t3"."first_us" AS "first_us",
        "t3"."last_us" AS "last_us",
        "t3"."seen_us" AS "seen_us",
        lagInFrame("t3"."seen_us") OVER (
          PARTITION BY "t3"."feature", "t3"."model", "t3"."prompt_version"
          ORDER BY "t3"."slot" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "before_us"
      FROM (
        SELECT
          "t2"."feature" AS "feature",
          "t2"."model" AS "model",
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
            "t1"."prompt_version" AS "prompt_version",
            "t1"."slot" AS "slot",
            COUNT(*) AS "n",
            MIN("t1"."start_us") AS "first_us",
            MAX("t1"."start_us") AS "last_us"
          FROM (
            SELECT
              "t0"."feature" AS "feature",
              "t0"."model" AS "model",
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
            "t1"."prompt_version",
            "t1"."slot"
        ) AS "t2"
      ) AS "t3"
    ) AS "t4"
  ) AS "t5"
  GROUP BY
    "t5"."feature"
) AS "t6"


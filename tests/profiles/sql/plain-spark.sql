-- aicost_rows
SELECT
  NULLIF(`t0`.`feature`, '') AS `feature`,
  NULLIF(`t0`.`model`, '') AS `model`,
  CAST(NULL AS STRING) AS `prompt_name`,
  NULLIF(`t0`.`prompt_version`, '') AS `prompt_version`,
  NULLIF(`t0`.`task_id`, '') AS `task_key`,
  CAST(NULL AS STRING) AS `trace_id`,
  CAST(NULL AS STRING) AS `span_id`,
  CAST(NULL AS STRING) AS `parent_id`,
  CAST(NULL AS STRING) AS `row_id`,
  0 AS `row_order`,
  CAST(UNIX_TIMESTAMP(CAST(DATE_TRUNC('second', `t0`.`time`) AS TIMESTAMP)) AS BIGINT) * 1000000 AS `start_us`,
  CAST(NULL AS DOUBLE) AS `latency_ms`,
  CASE
    WHEN NULLIF(`t0`.`status`, '') IN ('ok')
    THEN 'ok'
    WHEN NULLIF(`t0`.`status`, '') IS NULL
    THEN CAST(NULL AS STRING)
    WHEN LOWER(NULLIF(`t0`.`status`, '')) IN ('ok', 'success', 'succeeded', 'completed', 'stop', 'end_turn', '200')
    THEN 'ok'
    ELSE IF(
      CONTAINS(LOWER(NULLIF(`t0`.`status`, '')), 'error')
      OR CONTAINS(LOWER(NULLIF(`t0`.`status`, '')), 'failed')
      OR CONTAINS(LOWER(NULLIF(`t0`.`status`, '')), 'failure')
      OR CONTAINS(LOWER(NULLIF(`t0`.`status`, '')), 'timeout')
      OR CONTAINS(LOWER(NULLIF(`t0`.`status`, '')), 'exception')
      OR CONTAINS(LOWER(NULLIF(`t0`.`status`, '')), 'cancelled')
      OR REGEXP_LIKE(LOWER(NULLIF(`t0`.`status`, '')), '^[45][0-9]+$'),
      'error',
      'ok'
    )
  END AS `status`,
  CAST(NULL AS BOOLEAN) AS `batch`,
  CAST(NULL AS BOOLEAN) AS `truncated`,
  `t0`.`success`,
  'call' AS `role`,
  `t0`.`input_tokens`,
  `t0`.`cached_tokens` AS `cache_read`,
  CAST(NULL AS BIGINT) AS `cache_write_5m`,
  CAST(NULL AS BIGINT) AS `cache_write_1h`,
  `t0`.`output_tokens`,
  `t0`.`reasoning_tokens` AS `reasoning`,
  `t0`.`total_tokens`,
  CAST(NULL AS STRING) AS `convention`,
  'plain' AS `convention_group`,
  TRUE AS `reasoning_inside`,
  COALESCE(CAST(NULL AS DOUBLE), 1.0) AS `sampling_rate`,
  IF(
    COALESCE((
      `t0`.`input_tokens` < 0
    ) OR (
      `t0`.`input_tokens` >= 10000000000
    ), FALSE)
    OR COALESCE((
      `t0`.`cached_tokens` < 0
    ) OR (
      `t0`.`cached_tokens` >= 10000000000
    ), FALSE)
    OR COALESCE((
      `t0`.`output_tokens` < 0
    ) OR (
      `t0`.`output_tokens` >= 10000000000
    ), FALSE)
    OR COALESCE(
      (
        `t0`.`reasoning_tokens` < 0
      ) OR (
        `t0`.`reasoning_tokens` >= 10000000000
      ),
      FALSE
    )
    OR COALESCE((
      `t0`.`total_tokens` < 0
    ) OR (
      `t0`.`total_tokens` >= 10000000000
    ), FALSE)
    OR COALESCE((
      CAST(NULL AS DOUBLE) <= 0
    ) OR (
      CAST(NULL AS DOUBLE) > 1
    ), FALSE),
    'bad_value',
    CAST(NULL AS STRING)
  ) AS `drop`
FROM `calls_log` AS `t0`

-- aicost_single
SELECT
  `t0`.`feature`,
  `t0`.`model`,
  `t0`.`prompt_name`,
  `t0`.`prompt_version`,
  `t0`.`task_key`,
  `t0`.`trace_id`,
  `t0`.`span_id`,
  `t0`.`parent_id`,
  `t0`.`row_id`,
  `t0`.`row_order`,
  `t0`.`start_us`,
  `t0`.`latency_ms`,
  `t0`.`status`,
  `t0`.`batch`,
  `t0`.`truncated`,
  `t0`.`success`,
  `t0`.`role`,
  IF(
    (
      COALESCE(`t0`.`input_tokens`, 0) = 0
    )
    AND (
      COALESCE(`t0`.`output_tokens`, 0) = 0
    )
    AND COALESCE(`t0`.`status` = 'error', FALSE),
    CAST(NULL AS BIGINT),
    `t0`.`input_tokens`
  ) AS `input_tokens`,
  `t0`.`cache_read`,
  `t0`.`cache_write_5m`,
  `t0`.`cache_write_1h`,
  IF(
    (
      COALESCE(`t0`.`input_tokens`, 0) = 0
    )
    AND (
      COALESCE(`t0`.`output_tokens`, 0) = 0
    )
    AND COALESCE(`t0`.`status` = 'error', FALSE),
    CAST(NULL AS BIGINT),
    `t0`.`output_tokens`
  ) AS `output_tokens`,
  `t0`.`reasoning`,
  `t0`.`total_tokens`,
  `t0`.`convention`,
  `t0`.`convention_group`,
  `t0`.`reasoning_inside`,
  `t0`.`sampling_rate`,
  `t0`.`drop`,
  0 AS `version`
FROM `aicost_rows` AS `t0`

-- aicost_nested
SELECT
  `t0`.`feature`,
  `t0`.`model`,
  `t0`.`prompt_name`,
  `t0`.`prompt_version`,
  `t0`.`task_key`,
  `t0`.`trace_id`,
  `t0`.`span_id`,
  `t0`.`parent_id`,
  `t0`.`row_id`,
  `t0`.`row_order`,
  `t0`.`start_us`,
  `t0`.`latency_ms`,
  `t0`.`status`,
  `t0`.`batch`,
  `t0`.`truncated`,
  `t0`.`success`,
  `t0`.`role`,
  `t0`.`input_tokens`,
  `t0`.`cache_read`,
  `t0`.`cache_write_5m`,
  `t0`.`cache_write_1h`,
  `t0`.`output_tokens`,
  `t0`.`reasoning`,
  `t0`.`total_tokens`,
  `t0`.`convention`,
  `t0`.`convention_group`,
  `t0`.`reasoning_inside`,
  `t0`.`sampling_rate`,
  `t0`.`drop`,
  `t0`.`version`,
  FALSE AS `outer`
FROM `aicost_single` AS `t0`

-- aicost_marked
SELECT
  `t0`.`feature`,
  `t0`.`model`,
  `t0`.`prompt_name`,
  `t0`.`prompt_version`,
  `t0`.`task_key`,
  `t0`.`trace_id`,
  `t0`.`span_id`,
  `t0`.`parent_id`,
  `t0`.`row_id`,
  `t0`.`row_order`,
  `t0`.`start_us`,
  `t0`.`latency_ms`,
  `t0`.`status`,
  `t0`.`batch`,
  `t0`.`truncated`,
  `t0`.`success`,
  `t0`.`role`,
  `t0`.`input_tokens`,
  `t0`.`cache_read`,
  `t0`.`cache_write_5m`,
  `t0`.`cache_write_1h`,
  `t0`.`output_tokens`,
  `t0`.`reasoning`,
  `t0`.`total_tokens`,
  `t0`.`convention`,
  `t0`.`convention_group`,
  `t0`.`reasoning_inside`,
  `t0`.`sampling_rate`,
  `t0`.`drop`,
  `t0`.`version`,
  `t0`.`outer`,
  CASE
    WHEN `t0`.`version` > 0
    THEN 'duplicate'
    WHEN `t0`.`drop` IS NOT NULL
    THEN `t0`.`drop`
    WHEN `t0`.`role` = 'link'
    THEN 'not_a_call'
    WHEN (
      `t0`.`input_tokens` IS NULL
    )
    AND (
      `t0`.`output_tokens` IS NULL
    )
    AND COALESCE(`t0`.`status` = 'error', FALSE)
    THEN 'failed_without_usage'
    WHEN (
      `t0`.`input_tokens` IS NULL
    ) AND (
      `t0`.`output_tokens` IS NULL
    )
    THEN 'no_usage'
    WHEN `t0`.`outer`
    THEN 'parent_span'
    WHEN `t0`.`role` = 'aggregate'
    THEN 'outer_span_without_calls'
    WHEN (
      `t0`.`input_tokens` IS NULL
    ) OR (
      `t0`.`output_tokens` IS NULL
    )
    THEN 'partial_usage'
    WHEN `t0`.`start_us` IS NULL
    THEN 'no_time'
    WHEN `t0`.`model` IS NULL
    THEN 'no_model'
    ELSE NULL
  END AS `reason`
FROM `aicost_nested` AS `t0`

-- aicost_told
WITH `t7` AS (
  SELECT
    `t6`.`reason`,
    `t6`.`group`,
    `t6`.`documented`,
    `t6`.`day`,
    `t6`.`rows`,
    `t6`.`tokens`,
    `t6`.`first_us`,
    `t6`.`last_us`,
    `t6`.`cached`,
    `t6`.`more_cached`,
    `t6`.`more_tokens`,
    `t6`.`more_first_us`,
    `t6`.`more_last_us`,
    `t6`.`total_with`,
    `t6`.`total_without`,
    `t6`.`naive_total`,
    CAST((
      `t6`.`more_cached` > 0
    ) OR (
      `t6`.`total_with` > 0
    ) AS BIGINT) AS `excludes`,
    CAST(`t6`.`total_without` > 0 AS BIGINT) AS `includes`,
    CAST(`t6`.`naive_total` > 0 AS BIGINT) AS `naive`,
    CAST(COALESCE(`t6`.`documented` = 'exclusive', FALSE) AS BIGINT) AS `documents`
  FROM (
    SELECT
      `t5`.`reason`,
      `t5`.`group`,
      `t5`.`documented`,
      `t5`.`day`,
      SUM(`t5`.`rows`) AS `rows`,
      SUM(`t5`.`tokens`) AS `tokens`,
      MIN(`t5`.`usual_first`) AS `first_us`,
      MAX(`t5`.`usual_last`) AS `last_us`,
      SUM(IF(`t5`.`proof` > 0, `t5`.`rows`, 0)) AS `cached`,
      SUM(IF(`t5`.`proof` >= 4, `t5`.`rows`, 0)) AS `more_cached`,
      SUM(IF(`t5`.`proof` >= 4, `t5`.`tokens`, 0)) AS `more_tokens`,
      MIN(`t5`.`more_first`) AS `more_first_us`,
      MAX(`t5`.`more_last`) AS `more_last_us`,
      SUM(IF(`t5`.`proof` IN (2, 5), `t5`.`rows`, 0)) AS `total_with`,
      SUM(IF(`t5`.`proof` = 3, `t5`.`rows`, 0)) AS `total_without`,
      SUM(IF(`t5`.`proof` = 6, `t5`.`rows`, 0)) AS `naive_total`
    FROM (
      SELECT
        `t4`.`reason`,
        `t4`.`group`,
        `t4`.`documented`,
        `t4`.`day`,
        `t4`.`rows`,
        `t4`.`tokens`,
        IF(`t4`.`proof` >= 4, CAST(NULL AS BIGINT), `t4`.`first_us`) AS `usual_first`,
        IF(`t4`.`proof` >= 4, CAST(NULL AS BIGINT), `t4`.`last_us`) AS `usual_last`,
        IF(`t4`.`proof` >= 4, `t4`.`first_us`, CAST(NULL AS BIGINT)) AS `more_first`,
        IF(`t4`.`proof` >= 4, `t4`.`last_us`, CAST(NULL AS BIGINT)) AS `more_last`,
        `t4`.`proof`
      FROM (
        SELECT
          `t3`.`reason`,
          `t3`.`group`,
          `t3`.`documented`,
          `t3`.`day`,
          `t3`.`proof`,
          COUNT(*) AS `rows`,
          SUM(`t3`.`logged`) AS `tokens`,
          MIN(`t3`.`start_us`) AS `first_us`,
          MAX(`t3`.`start_us`) AS `last_us`
        FROM (
          SELECT
            `t0`.`reason`,
            IF(`t0`.`reason` IS NULL, `t0`.`convention_group`, CAST(NULL AS STRING)) AS `group`,
            IF(`t0`.`reason` IS NULL, `t0`.`convention`, CAST(NULL AS STRING)) AS `documented`,
            IF(
              `t0`.`reason` IS NULL,
              CAST(FLOOR(TRY_DIVIDE(`t0`.`start_us`, 86400000000)) AS BIGINT),
              CAST(NULL AS BIGINT)
            ) AS `day`,
            IF(
              `t0`.`reason` IS NULL,
              CASE
                WHEN (
                  COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                ) = 0
                THEN 0
                WHEN COALESCE(
                  (
                    COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                  ) > `t0`.`input_tokens`,
                  FALSE
                )
                AND COALESCE(
                  (
                    `t0`.`total_tokens` = (
                      `t0`.`input_tokens` + `t0`.`output_tokens`
                    )
                  )
                  OR (
                    `t0`.`total_tokens` = (
                      `t0`.`input_tokens` + `t0`.`output_tokens` + COALESCE(`t0`.`reasoning`, 0)
                    )
                  ),
                  FALSE
                )
                THEN 6
                WHEN COALESCE(
                  (
                    COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                  ) > `t0`.`input_tokens`,
                  FALSE
                )
                AND COALESCE(
                  (
                    `t0`.`total_tokens` = (
                      `t0`.`input_tokens` + (
                        COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                      ) + `t0`.`output_tokens`
                    )
                  )
                  OR (
                    `t0`.`total_tokens` = (
                      `t0`.`input_tokens` + (
                        COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                      ) + `t0`.`output_tokens` + COALESCE(`t0`.`reasoning`, 0)
                    )
                  ),
                  FALSE
                )
                THEN 5
                WHEN COALESCE(
                  (
                    COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                  ) > `t0`.`input_tokens`,
                  FALSE
                )
                THEN 4
                WHEN COALESCE(
                  (
                    `t0`.`total_tokens` = (
                      `t0`.`input_tokens` + `t0`.`output_tokens`
                    )
                  )
                  OR (
                    `t0`.`total_tokens` = (
                      `t0`.`input_tokens` + `t0`.`output_tokens` + COALESCE(`t0`.`reasoning`, 0)
                    )
                  ),
                  FALSE
                )
                THEN 3
                WHEN COALESCE(
                  (
                    `t0`.`total_tokens` = (
                      `t0`.`input_tokens` + (
                        COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                      ) + `t0`.`output_tokens`
                    )
                  )
                  OR (
                    `t0`.`total_tokens` = (
                      `t0`.`input_tokens` + (
                        COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                      ) + `t0`.`output_tokens` + COALESCE(`t0`.`reasoning`, 0)
                    )
                  ),
                  FALSE
                )
                THEN 2
                ELSE 1
              END,
              0
            ) AS `proof`,
            COALESCE(`t0`.`input_tokens`, 0) + COALESCE(`t0`.`output_tokens`, 0) AS `logged`,
            `t0`.`start_us`
          FROM `aicost_marked` AS `t0`
        ) AS `t3`
        GROUP BY
          1,
          2,
          3,
          4,
          5
      ) AS `t4`
    ) AS `t5`
    GROUP BY
      1,
      2,
      3,
      4
  ) AS `t6`
  WHERE
    `t6`.`reason` IS NULL
)
SELECT
  `t2`.`feature`,
  `t2`.`model`,
  `t2`.`prompt_name`,
  `t2`.`prompt_version`,
  `t2`.`task_key`,
  `t2`.`trace_id`,
  `t2`.`span_id`,
  `t2`.`parent_id`,
  `t2`.`row_id`,
  `t2`.`row_order`,
  `t2`.`start_us`,
  `t2`.`latency_ms`,
  `t2`.`status`,
  `t2`.`batch`,
  `t2`.`truncated`,
  `t2`.`success`,
  `t2`.`role`,
  `t2`.`input_tokens`,
  `t2`.`cache_read`,
  `t2`.`cache_write_5m`,
  `t2`.`cache_write_1h`,
  `t2`.`output_tokens`,
  `t2`.`reasoning`,
  `t2`.`total_tokens`,
  `t2`.`convention`,
  `t2`.`convention_group`,
  `t2`.`reasoning_inside`,
  `t2`.`sampling_rate`,
  `t2`.`drop`,
  `t2`.`version`,
  `t2`.`outer`,
  `t2`.`reason`,
  COALESCE(`t14`.`excluded`, FALSE) AS `exclusive`
FROM (
  SELECT
    `t0`.`feature`,
    `t0`.`model`,
    `t0`.`prompt_name`,
    `t0`.`prompt_version`,
    `t0`.`task_key`,
    `t0`.`trace_id`,
    `t0`.`span_id`,
    `t0`.`parent_id`,
    `t0`.`row_id`,
    `t0`.`row_order`,
    `t0`.`start_us`,
    `t0`.`latency_ms`,
    `t0`.`status`,
    `t0`.`batch`,
    `t0`.`truncated`,
    `t0`.`success`,
    `t0`.`role`,
    `t0`.`input_tokens`,
    `t0`.`cache_read`,
    `t0`.`cache_write_5m`,
    `t0`.`cache_write_1h`,
    `t0`.`output_tokens`,
    `t0`.`reasoning`,
    `t0`.`total_tokens`,
    `t0`.`convention`,
    `t0`.`convention_group`,
    `t0`.`reasoning_inside`,
    `t0`.`sampling_rate`,
    `t0`.`drop`,
    `t0`.`version`,
    `t0`.`outer`,
    `t0`.`reason`,
    CAST(FLOOR(TRY_DIVIDE(`t0`.`start_us`, 86400000000)) AS BIGINT) AS `logged_day`
  FROM `aicost_marked` AS `t0`
) AS `t2`
LEFT OUTER JOIN (
  SELECT
    `t11`.`day_writer`,
    `t11`.`day` AS `decided_day`,
    CASE
      WHEN (
        `t12`.`excludes` > 0
      )
      AND (
        (
          `t12`.`includes` > 0
        ) AND (
          `t12`.`naive` = 0
        )
      )
      THEN `t11`.`day_excludes` > 0
      WHEN `t12`.`excludes` > 0
      THEN TRUE
      WHEN (
        `t12`.`includes` > 0
      ) AND (
        `t12`.`naive` = 0
      )
      THEN FALSE
      ELSE `t12`.`documents` > 0
    END AS `excluded`
  FROM (
    SELECT
      `t8`.`group` AS `day_writer`,
      `t8`.`day`,
      MAX(`t8`.`excludes`) AS `day_excludes`
    FROM `t7` AS `t8`
    GROUP BY
      1,
      2
  ) AS `t11`
  INNER JOIN (
    SELECT
      `t8`.`group` AS `writer`,
      MAX(`t8`.`excludes`) AS `excludes`,
      MAX(`t8`.`includes`) AS `includes`,
      MAX(`t8`.`naive`) AS `naive`,
      MAX(`t8`.`documents`) AS `documents`
    FROM `t7` AS `t8`
    GROUP BY
      1
  ) AS `t12`
    ON `t11`.`day_writer` = `t12`.`writer`
) AS `t14`
  ON `t2`.`convention_group` = `t14`.`day_writer`
  AND `t2`.`logged_day` = `t14`.`decided_day`

-- aicost_classed
SELECT
  COALESCE(`t0`.`feature`, 'unnamed') AS `feature`,
  `t0`.`model`,
  `t0`.`prompt_name`,
  `t0`.`prompt_version`,
  `t0`.`task_key`,
  `t0`.`trace_id`,
  `t0`.`span_id`,
  `t0`.`parent_id`,
  `t0`.`row_id`,
  `t0`.`row_order`,
  `t0`.`start_us`,
  `t0`.`latency_ms`,
  `t0`.`status`,
  `t0`.`batch`,
  `t0`.`truncated`,
  `t0`.`success`,
  `t0`.`role`,
  `t0`.`input_tokens`,
  COALESCE(`t0`.`cache_read`, 0) AS `cache_read`,
  COALESCE(`t0`.`cache_write_5m`, 0) AS `cache_write_5m`,
  COALESCE(`t0`.`cache_write_1h`, 0) AS `cache_write_1h`,
  `t0`.`output_tokens`,
  COALESCE(`t0`.`reasoning`, 0) AS `reasoning`,
  `t0`.`total_tokens`,
  `t0`.`convention`,
  `t0`.`convention_group`,
  `t0`.`reasoning_inside`,
  `t0`.`sampling_rate`,
  `t0`.`drop`,
  `t0`.`version`,
  `t0`.`outer`,
  `t0`.`reason`,
  `t0`.`exclusive`,
  COALESCE(
    IF(
      `t0`.`exclusive`,
      `t0`.`input_tokens`,
      `t0`.`input_tokens` - (
        COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
      )
    ),
    0
  ) AS `uncached_input`,
  `t0`.`cache_read` IS NOT NULL AS `cache_known`,
  COALESCE(
    IF(
      CASE
        WHEN COALESCE(`t0`.`reasoning`, 0) = 0
        THEN FALSE
        WHEN (
          `t0`.`total_tokens` IS NOT NULL
        )
        AND (
          `t0`.`total_tokens` = (
            IF(
              `t0`.`exclusive`,
              `t0`.`input_tokens` + (
                COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
              ),
              `t0`.`input_tokens`
            ) + `t0`.`output_tokens` + COALESCE(`t0`.`reasoning`, 0)
          )
        )
        THEN TRUE
        WHEN (
          `t0`.`total_tokens` IS NOT NULL
        )
        AND (
          `t0`.`total_tokens` = (
            IF(
              `t0`.`exclusive`,
              `t0`.`input_tokens` + (
                COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
              ),
              `t0`.`input_tokens`
            ) + `t0`.`output_tokens`
          )
        )
        THEN FALSE
        WHEN COALESCE(`t0`.`reasoning`, 0) > `t0`.`output_tokens`
        THEN TRUE
        ELSE NOT (
          `t0`.`reasoning_inside`
        )
      END,
      `t0`.`output_tokens`,
      `t0`.`output_tokens` - COALESCE(`t0`.`reasoning`, 0)
    ),
    0
  ) AS `output_visible`
FROM `aicost_told` AS `t0`

-- aicost_calls
SELECT
  `t0`.`feature`,
  `t0`.`model`,
  `t0`.`prompt_name`,
  `t0`.`prompt_version`,
  `t0`.`task_key`,
  `t0`.`start_us`,
  `t0`.`status`,
  `t0`.`batch`,
  `t0`.`truncated`,
  `t0`.`success`,
  `t0`.`sampling_rate`,
  `t0`.`cache_known`,
  `t0`.`uncached_input`,
  `t0`.`cache_read`,
  `t0`.`cache_write_5m`,
  `t0`.`cache_write_1h`,
  `t0`.`output_visible`,
  `t0`.`reasoning`,
  (
    `t0`.`input_tokens` IS NOT NULL
  ) AND (
    `t0`.`output_tokens` IS NOT NULL
  ) AS `billed`
FROM `aicost_classed` AS `t0`
WHERE
  (
    (
      `t0`.`version` = 0
    )
    AND (
      `t0`.`drop` IS NULL
    )
    AND (
      `t0`.`role` <> 'link'
    )
    AND (
      (
        `t0`.`input_tokens` IS NOT NULL
      ) AND (
        `t0`.`output_tokens` IS NOT NULL
      )
    )
    AND (
      (
        `t0`.`role` <> 'aggregate'
      )
      AND NOT (
        `t0`.`outer`
      )
      AND (
        `t0`.`start_us` IS NOT NULL
      )
      AND (
        `t0`.`model` IS NOT NULL
      )
    )
    AND (
      `t0`.`uncached_input` >= 0
    )
  )
  OR (
    (
      `t0`.`version` = 0
    )
    AND (
      `t0`.`drop` IS NULL
    )
    AND (
      `t0`.`role` <> 'link'
    )
    AND (
      (
        `t0`.`input_tokens` IS NULL
      ) AND (
        `t0`.`output_tokens` IS NULL
      )
    )
    AND COALESCE(`t0`.`status` = 'error', FALSE)
  )

-- account
SELECT
  `t4`.`reason`,
  `t4`.`group`,
  `t4`.`documented`,
  `t4`.`day`,
  `t4`.`rows`,
  `t4`.`tokens`,
  `t4`.`first_us`,
  `t4`.`last_us`,
  `t4`.`cached`,
  `t4`.`more_cached`,
  `t4`.`more_tokens`,
  `t4`.`more_first_us`,
  `t4`.`more_last_us`,
  `t4`.`total_with`,
  `t4`.`total_without`,
  `t4`.`naive_total`,
  'plain' AS `adapter`,
  '1' AS `adapter_version`,
  'spark' AS `engine`,
  'task column' AS `task_key`,
  'auto' AS `setting`
FROM (
  SELECT
    `t3`.`reason`,
    `t3`.`group`,
    `t3`.`documented`,
    `t3`.`day`,
    SUM(`t3`.`rows`) AS `rows`,
    SUM(`t3`.`tokens`) AS `tokens`,
    MIN(`t3`.`usual_first`) AS `first_us`,
    MAX(`t3`.`usual_last`) AS `last_us`,
    SUM(IF(`t3`.`proof` > 0, `t3`.`rows`, 0)) AS `cached`,
    SUM(IF(`t3`.`proof` >= 4, `t3`.`rows`, 0)) AS `more_cached`,
    SUM(IF(`t3`.`proof` >= 4, `t3`.`tokens`, 0)) AS `more_tokens`,
    MIN(`t3`.`more_first`) AS `more_first_us`,
    MAX(`t3`.`more_last`) AS `more_last_us`,
    SUM(IF(`t3`.`proof` IN (2, 5), `t3`.`rows`, 0)) AS `total_with`,
    SUM(IF(`t3`.`proof` = 3, `t3`.`rows`, 0)) AS `total_without`,
    SUM(IF(`t3`.`proof` = 6, `t3`.`rows`, 0)) AS `naive_total`
  FROM (
    SELECT
      `t2`.`reason`,
      `t2`.`group`,
      `t2`.`documented`,
      `t2`.`day`,
      `t2`.`rows`,
      `t2`.`tokens`,
      IF(`t2`.`proof` >= 4, CAST(NULL AS BIGINT), `t2`.`first_us`) AS `usual_first`,
      IF(`t2`.`proof` >= 4, CAST(NULL AS BIGINT), `t2`.`last_us`) AS `usual_last`,
      IF(`t2`.`proof` >= 4, `t2`.`first_us`, CAST(NULL AS BIGINT)) AS `more_first`,
      IF(`t2`.`proof` >= 4, `t2`.`last_us`, CAST(NULL AS BIGINT)) AS `more_last`,
      `t2`.`proof`
    FROM (
      SELECT
        `t1`.`reason`,
        `t1`.`group`,
        `t1`.`documented`,
        `t1`.`day`,
        `t1`.`proof`,
        COUNT(*) AS `rows`,
        SUM(`t1`.`logged`) AS `tokens`,
        MIN(`t1`.`start_us`) AS `first_us`,
        MAX(`t1`.`start_us`) AS `last_us`
      FROM (
        SELECT
          `t0`.`reason`,
          IF(`t0`.`reason` IS NULL, `t0`.`convention_group`, CAST(NULL AS STRING)) AS `group`,
          IF(`t0`.`reason` IS NULL, `t0`.`convention`, CAST(NULL AS STRING)) AS `documented`,
          IF(
            `t0`.`reason` IS NULL,
            CAST(FLOOR(TRY_DIVIDE(`t0`.`start_us`, 86400000000)) AS BIGINT),
            CAST(NULL AS BIGINT)
          ) AS `day`,
          IF(
            `t0`.`reason` IS NULL,
            CASE
              WHEN (
                COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
              ) = 0
              THEN 0
              WHEN COALESCE(
                (
                  COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                ) > `t0`.`input_tokens`,
                FALSE
              )
              AND COALESCE(
                (
                  `t0`.`total_tokens` = (
                    `t0`.`input_tokens` + `t0`.`output_tokens`
                  )
                )
                OR (
                  `t0`.`total_tokens` = (
                    `t0`.`input_tokens` + `t0`.`output_tokens` + COALESCE(`t0`.`reasoning`, 0)
                  )
                ),
                FALSE
              )
              THEN 6
              WHEN COALESCE(
                (
                  COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                ) > `t0`.`input_tokens`,
                FALSE
              )
              AND COALESCE(
                (
                  `t0`.`total_tokens` = (
                    `t0`.`input_tokens` + (
                      COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                    ) + `t0`.`output_tokens`
                  )
                )
                OR (
                  `t0`.`total_tokens` = (
                    `t0`.`input_tokens` + (
                      COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                    ) + `t0`.`output_tokens` + COALESCE(`t0`.`reasoning`, 0)
                  )
                ),
                FALSE
              )
              THEN 5
              WHEN COALESCE(
                (
                  COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                ) > `t0`.`input_tokens`,
                FALSE
              )
              THEN 4
              WHEN COALESCE(
                (
                  `t0`.`total_tokens` = (
                    `t0`.`input_tokens` + `t0`.`output_tokens`
                  )
                )
                OR (
                  `t0`.`total_tokens` = (
                    `t0`.`input_tokens` + `t0`.`output_tokens` + COALESCE(`t0`.`reasoning`, 0)
                  )
                ),
                FALSE
              )
              THEN 3
              WHEN COALESCE(
                (
                  `t0`.`total_tokens` = (
                    `t0`.`input_tokens` + (
                      COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                    ) + `t0`.`output_tokens`
                  )
                )
                OR (
                  `t0`.`total_tokens` = (
                    `t0`.`input_tokens` + (
                      COALESCE(`t0`.`cache_read`, 0) + COALESCE(`t0`.`cache_write_5m`, 0) + COALESCE(`t0`.`cache_write_1h`, 0)
                    ) + `t0`.`output_tokens` + COALESCE(`t0`.`reasoning`, 0)
                  )
                ),
                FALSE
              )
              THEN 2
              ELSE 1
            END,
            0
          ) AS `proof`,
          COALESCE(`t0`.`input_tokens`, 0) + COALESCE(`t0`.`output_tokens`, 0) AS `logged`,
          `t0`.`start_us`
        FROM `aicost_marked` AS `t0`
      ) AS `t1`
      GROUP BY
        1,
        2,
        3,
        4,
        5
    ) AS `t2`
  ) AS `t3`
  GROUP BY
    1,
    2,
    3,
    4
) AS `t4`

-- moments
SELECT
  `t2`.`feature`,
  `t2`.`model`,
  CAST(NULL AS STRING) AS `prompt_name`,
  `t2`.`prompt_version`,
  `t2`.`day`,
  `t2`.`n`,
  `t2`.`represented`,
  `t2`.`status_known`,
  `t2`.`failed`,
  0 AS `batch_known`,
  0 AS `batch`,
  0 AS `truncated_known`,
  0 AS `truncated`,
  `t2`.`cache_known`,
  `t2`.`cache_hits`,
  `t2`.`over_200000`,
  `t2`.`over_272000`,
  `t2`.`s0`,
  `t2`.`s1`,
  0.0 AS `s2`,
  0.0 AS `s3`,
  `t2`.`s4`,
  `t2`.`s5`,
  `t2`.`p00`,
  `t2`.`p01`,
  0.0 AS `p02`,
  0.0 AS `p03`,
  `t2`.`p04`,
  `t2`.`p05`,
  `t2`.`p11`,
  0.0 AS `p12`,
  0.0 AS `p13`,
  `t2`.`p14`,
  `t2`.`p15`,
  0.0 AS `p22`,
  0.0 AS `p23`,
  0.0 AS `p24`,
  0.0 AS `p25`,
  0.0 AS `p33`,
  0.0 AS `p34`,
  0.0 AS `p35`,
  `t2`.`p44`,
  `t2`.`p45`,
  `t2`.`p55`
FROM (
  SELECT
    `t1`.`feature`,
    `t1`.`model`,
    `t1`.`prompt_version`,
    `t1`.`day`,
    COUNT(*) AS `n`,
    CAST(COUNT(*) AS DOUBLE) AS `represented`,
    COUNT(`t1`.`status`) AS `status_known`,
    COUNT(IF(`t1`.`status` = 'error', 1, CAST(NULL AS TINYINT))) AS `failed`,
    COUNT(IF(`t1`.`cache_known`, 1, CAST(NULL AS TINYINT))) AS `cache_known`,
    COUNT(IF(`t1`.`cache_read` > 0, 1, CAST(NULL AS TINYINT))) AS `cache_hits`,
    COUNT(IF(`t1`.`input` > 200000, 1, CAST(NULL AS TINYINT))) AS `over_200000`,
    COUNT(IF(`t1`.`input` > 272000, 1, CAST(NULL AS TINYINT))) AS `over_272000`,
    SUM(`t1`.`x0`) AS `s0`,
    SUM(`t1`.`x1`) AS `s1`,
    SUM(`t1`.`x4`) AS `s4`,
    SUM(`t1`.`x5`) AS `s5`,
    SUM(`t1`.`x0` * `t1`.`x0`) AS `p00`,
    SUM(`t1`.`x0` * `t1`.`x1`) AS `p01`,
    SUM(`t1`.`x0` * `t1`.`x4`) AS `p04`,
    SUM(`t1`.`x0` * `t1`.`x5`) AS `p05`,
    SUM(`t1`.`x1` * `t1`.`x1`) AS `p11`,
    SUM(`t1`.`x1` * `t1`.`x4`) AS `p14`,
    SUM(`t1`.`x1` * `t1`.`x5`) AS `p15`,
    SUM(`t1`.`x4` * `t1`.`x4`) AS `p44`,
    SUM(`t1`.`x4` * `t1`.`x5`) AS `p45`,
    SUM(`t1`.`x5` * `t1`.`x5`) AS `p55`
  FROM (
    SELECT
      `t0`.`feature`,
      `t0`.`model`,
      `t0`.`prompt_name`,
      `t0`.`prompt_version`,
      `t0`.`task_key`,
      `t0`.`start_us`,
      `t0`.`status`,
      `t0`.`batch`,
      `t0`.`truncated`,
      `t0`.`success`,
      `t0`.`sampling_rate`,
      `t0`.`cache_known`,
      `t0`.`uncached_input`,
      `t0`.`cache_read`,
      `t0`.`cache_write_5m`,
      `t0`.`cache_write_1h`,
      `t0`.`output_visible`,
      `t0`.`reasoning`,
      `t0`.`billed`,
      `t0`.`uncached_input` + `t0`.`cache_read` + `t0`.`cache_write_5m` + `t0`.`cache_write_1h` AS `input`,
      `t0`.`output_visible` + `t0`.`reasoning` AS `output`,
      CAST(FLOOR(TRY_DIVIDE(`t0`.`start_us`, 86400000000)) AS BIGINT) AS `day`,
      CAST(`t0`.`uncached_input` AS DOUBLE) AS `x0`,
      CAST(`t0`.`cache_read` AS DOUBLE) AS `x1`,
      CAST(`t0`.`output_visible` AS DOUBLE) AS `x4`,
      CAST(`t0`.`reasoning` AS DOUBLE) AS `x5`
    FROM `aicost_calls` AS `t0`
    WHERE
      `t0`.`billed`
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4
) AS `t2`

-- hist
SELECT
  `t13`.`feature`,
  `t13`.`model`,
  `t13`.`dim`,
  `t13`.`bucket`,
  `t13`.`n`,
  `t13`.`tokens`
FROM (
  SELECT
    *
  FROM (
    SELECT
      `t10`.`feature`,
      `t10`.`model`,
      `t10`.`bucket`,
      `t10`.`n`,
      `t10`.`tokens`,
      'cached' AS `dim`
    FROM (
      SELECT
        `t6`.`feature`,
        `t6`.`model`,
        `t6`.`bucket`,
        COUNT(*) AS `n`,
        CAST(SUM(CAST(`t6`.`x` AS DOUBLE)) AS BIGINT) AS `tokens`
      FROM (
        SELECT
          `t1`.`feature`,
          `t1`.`model`,
          `t1`.`x`,
          IF(
            `t1`.`x` > 0,
            CAST(CEIL(TRY_DIVIDE(LN(CAST(`t1`.`x` AS DOUBLE)), 0.01980262729617973)) AS BIGINT),
            -1
          ) AS `bucket`
        FROM (
          SELECT
            `t0`.`feature`,
            `t0`.`model`,
            `t0`.`cache_read` + `t0`.`cache_write_5m` + `t0`.`cache_write_1h` AS `x`
          FROM `aicost_calls` AS `t0`
          WHERE
            `t0`.`billed`
            AND (
              `t0`.`cache_read` + `t0`.`cache_write_5m` + `t0`.`cache_write_1h`
            ) > 0
        ) AS `t1`
      ) AS `t6`
      GROUP BY
        1,
        2,
        3
    ) AS `t10`
  ) AS `t12`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t8`.`feature`,
        `t8`.`model`,
        `t8`.`bucket`,
        `t8`.`n`,
        0 AS `tokens`,
        'input' AS `dim`
      FROM (
        SELECT
          `t7`.`feature`,
          `t7`.`model`,
          `t7`.`bucket`,
          COUNT(*) AS `n`
        FROM (
          SELECT
            `t2`.`feature`,
            `t2`.`model`,
            `t2`.`x`,
            IF(
              `t2`.`x` > 0,
              CAST(CEIL(TRY_DIVIDE(LN(CAST(`t2`.`x` AS DOUBLE)), 0.01980262729617973)) AS BIGINT),
              -1
            ) AS `bucket`
          FROM (
            SELECT
              `t0`.`feature`,
              `t0`.`model`,
              `t0`.`uncached_input` + `t0`.`cache_read` + `t0`.`cache_write_5m` + `t0`.`cache_write_1h` AS `x`
            FROM `aicost_calls` AS `t0`
            WHERE
              `t0`.`billed`
          ) AS `t2`
        ) AS `t7`
        GROUP BY
          1,
          2,
          3
      ) AS `t8`
    ) AS `t9`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        `t4`.`feature`,
        `t4`.`model`,
        `t4`.`bucket`,
        `t4`.`n`,
        0 AS `tokens`,
        'output' AS `dim`
      FROM (
        SELECT
          `t3`.`feature`,
          `t3`.`model`,
          `t3`.`bucket`,
          COUNT(*) AS `n`
        FROM (
          SELECT
            `t0`.`feature`,
            `t0`.`model`,
            `t0`.`output_visible` + `t0`.`reasoning` AS `x`,
            IF(
              (
                `t0`.`output_visible` + `t0`.`reasoning`
              ) > 0,
              CAST(CEIL(
                TRY_DIVIDE(LN(CAST(`t0`.`output_visible` + `t0`.`reasoning` AS DOUBLE)), 0.01980262729617973)
              ) AS BIGINT),
              -1
            ) AS `bucket`
          FROM `aicost_calls` AS `t0`
          WHERE
            `t0`.`billed`
        ) AS `t3`
        GROUP BY
          1,
          2,
          3
      ) AS `t4`
    ) AS `t5`
  ) AS `t11`
) AS `t13`

-- joint
SELECT
  *
FROM (
  SELECT
    `t1`.`feature`,
    `t1`.`model`,
    `t1`.`i`,
    `t1`.`o`,
    COUNT(*) AS `n`,
    CAST(SUM(CAST(`t1`.`input` AS DOUBLE)) AS BIGINT) AS `input_tokens`,
    CAST(SUM(CAST(`t1`.`output` AS DOUBLE)) AS BIGINT) AS `output_tokens`
  FROM (
    SELECT
      `t0`.`feature`,
      `t0`.`model`,
      `t0`.`uncached_input` + `t0`.`cache_read` + `t0`.`cache_write_5m` + `t0`.`cache_write_1h` AS `input`,
      `t0`.`output_visible` + `t0`.`reasoning` AS `output`,
      IF(
        (
          `t0`.`uncached_input` + `t0`.`cache_read` + `t0`.`cache_write_5m` + `t0`.`cache_write_1h`
        ) > 0,
        CAST(CEIL(
          TRY_DIVIDE(
            LN(
              CAST(`t0`.`uncached_input` + `t0`.`cache_read` + `t0`.`cache_write_5m` + `t0`.`cache_write_1h` AS DOUBLE)
            ),
            0.09901313648089859
          )
        ) AS BIGINT),
        -1
      ) AS `i`,
      IF(
        (
          `t0`.`output_visible` + `t0`.`reasoning`
        ) > 0,
        CAST(CEIL(
          TRY_DIVIDE(LN(CAST(`t0`.`output_visible` + `t0`.`reasoning` AS DOUBLE)), 0.09901313648089859)
        ) AS BIGINT),
        -1
      ) AS `o`
    FROM `aicost_calls` AS `t0`
    WHERE
      `t0`.`billed`
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4
) AS `t2`

-- tasks
SELECT
  *
FROM (
  SELECT
    `t3`.`feature`,
    `t3`.`size`,
    COUNT(*) AS `n`,
    SUM(`t3`.`retried`) AS `retried`,
    COUNT(`t3`.`success`) AS `success_known`,
    SUM(COALESCE(`t3`.`success`, 0)) AS `success`,
    SUM(`t3`.`k`) AS `k`,
    SUM(`t3`.`k` * `t3`.`k`) AS `kk`,
    SUM(`t3`.`x`) AS `input`,
    SUM(`t3`.`x` * `t3`.`x`) AS `input2`,
    SUM(`t3`.`y`) AS `output`,
    SUM(`t3`.`y` * `t3`.`y`) AS `output2`,
    SUM(`t3`.`x` * `t3`.`k`) AS `input_k`,
    SUM(`t3`.`y` * `t3`.`k`) AS `output_k`,
    SUM(`t3`.`x` * `t3`.`y`) AS `input_output`
  FROM (
    SELECT
      `t2`.`feature`,
      `t2`.`x`,
      `t2`.`y`,
      CAST(`t2`.`success` AS BIGINT) AS `success`,
      IF(`t2`.`attempts` > `t2`.`failed`, `t2`.`failed`, 0) AS `retried`,
      CAST(`t2`.`k` AS DOUBLE) AS `k`,
      CAST(IF(
        CAST(`t2`.`k` AS DOUBLE) <= 8,
        CAST(`t2`.`k` AS DOUBLE),
        CAST(IF(
          CAST(`t2`.`k` AS DOUBLE) > 0,
          CAST(CEIL(TRY_DIVIDE(LN(CAST(`t2`.`k` AS DOUBLE)), 0.22314355131420976)) AS BIGINT),
          -1
        ) + 8 AS DOUBLE)
      ) AS BIGINT) AS `size`
    FROM (
      SELECT
        `t1`.`feature`,
        `t1`.`task_key`,
        COUNT(*) AS `attempts`,
        SUM(`t1`.`x`) AS `x`,
        SUM(`t1`.`y`) AS `y`,
        COUNT(`t1`.`paid`) AS `k`,
        COUNT(`t1`.`failed`) AS `failed`,
        MAX(`t1`.`success`) AS `success`
      FROM (
        SELECT
          `t0`.`feature`,
          `t0`.`task_key`,
          IF(`t0`.`billed`, 1, CAST(NULL AS TINYINT)) AS `paid`,
          IF(`t0`.`status` = 'error', 1, CAST(NULL AS TINYINT)) AS `failed`,
          CAST(IF(
            `t0`.`billed`,
            `t0`.`uncached_input` + `t0`.`cache_read` + `t0`.`cache_write_5m` + `t0`.`cache_write_1h`,
            0
          ) AS DOUBLE) AS `x`,
          CAST(IF(`t0`.`billed`, `t0`.`output_visible` + `t0`.`reasoning`, 0) AS DOUBLE) AS `y`,
          CAST(`t0`.`success` AS TINYINT) AS `success`
        FROM `aicost_calls` AS `t0`
        WHERE
          `t0`.`task_key` IS NOT NULL
      ) AS `t1`
      GROUP BY
        1,
        2
    ) AS `t2`
    WHERE
      `t2`.`k` > 0
  ) AS `t3`
  GROUP BY
    1,
    2
) AS `t4`

-- gaps
SELECT
  *
FROM (
  SELECT
    `t5`.`feature`,
    SUM(`t5`.`inner` + `t5`.`known`) AS `gaps`,
    SUM(`t5`.`inner` + `t5`.`le_300`) AS `le_300`,
    SUM(`t5`.`inner` + `t5`.`le_1800`) AS `le_1800`,
    SUM(`t5`.`inner` + `t5`.`le_3600`) AS `le_3600`
  FROM (
    SELECT
      `t4`.`feature`,
      `t4`.`model`,
      `t4`.`prompt_version`,
      `t4`.`slot`,
      `t4`.`n`,
      `t4`.`first_us`,
      `t4`.`last_us`,
      `t4`.`seen_us`,
      `t4`.`before_us`,
      `t4`.`n` - 1 AS `inner`,
      CAST(`t4`.`before_us` IS NOT NULL AS BIGINT) AS `known`,
      CAST(COALESCE((
        `t4`.`first_us` - `t4`.`before_us`
      ) <= 300000000, FALSE) AS BIGINT) AS `le_300`,
      CAST(COALESCE((
        `t4`.`first_us` - `t4`.`before_us`
      ) <= 1800000000, FALSE) AS BIGINT) AS `le_1800`,
      CAST(COALESCE((
        `t4`.`first_us` - `t4`.`before_us`
      ) <= 3600000000, FALSE) AS BIGINT) AS `le_3600`
    FROM (
      SELECT
        `t3`.`feature`,
        `t3`.`model`,
        `t3`.`prompt_version`,
        `t3`.`slot`,
        `t3`.`n`,
        `t3`.`first_us`,
        `t3`.`last_us`,
        `t3`.`seen_us`,
        LAG(`t3`.`seen_us`) OVER (
          PARTITION BY `t3`.`feature`, `t3`.`model`, `t3`.`prompt_version`
          ORDER BY `t3`.`slot` ASC NULLS LAST
        ) AS `before_us`
      FROM (
        SELECT
          `t2`.`feature`,
          `t2`.`model`,
          `t2`.`prompt_version`,
          `t2`.`slot`,
          `t2`.`n`,
          `t2`.`first_us`,
          `t2`.`last_us`,
          IF(`t2`.`n` > 0, `t2`.`last_us`, CAST(NULL AS BIGINT)) AS `seen_us`
        FROM (
          SELECT
            `t1`.`feature`,
            `t1`.`model`,
            `t1`.`prompt_version`,
            `t1`.`slot`,
            COUNT(*) AS `n`,
            MIN(`t1`.`start_us`) AS `first_us`,
            MAX(`t1`.`start_us`) AS `last_us`
          FROM (
            SELECT
              `t0`.`feature`,
              `t0`.`model`,
              `t0`.`prompt_version`,
              `t0`.`start_us`,
              CAST(FLOOR(TRY_DIVIDE(`t0`.`start_us`, 300000000)) AS BIGINT) AS `slot`
            FROM `aicost_calls` AS `t0`
            WHERE
              `t0`.`billed`
          ) AS `t1`
          GROUP BY
            1,
            2,
            3,
            4
        ) AS `t2`
      ) AS `t3`
    ) AS `t4`
  ) AS `t5`
  GROUP BY
    1
) AS `t6`


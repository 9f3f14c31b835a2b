-- The quarterly review: what did a unit of each feature cost at the end of each quarter, at the prices of that day?
WITH newest AS (
    SELECT repository, MAX(loaded_at) AS loaded_at FROM aicost_history GROUP BY repository
),
quarters AS (
    SELECT
        h.repository, h.feature, h.changed_at, h.usd_per_1k_calls_then, h.usd_per_task_then, h.usd_per_outcome_then,
        EXTRACT(YEAR FROM h.changed_at) AS year,
        EXTRACT(QUARTER FROM h.changed_at) AS quarter,
        ROW_NUMBER() OVER (
            PARTITION BY h.repository, h.feature, EXTRACT(YEAR FROM h.changed_at), EXTRACT(QUARTER FROM h.changed_at) ORDER BY h.changed_at DESC
        ) AS from_end
    FROM aicost_history h
    JOIN newest n ON n.repository = h.repository AND n.loaded_at = h.loaded_at
)
SELECT repository, feature, year, quarter, usd_per_1k_calls_then, usd_per_task_then, usd_per_outcome_then
FROM quarters
WHERE from_end = 1
ORDER BY repository, feature, year, quarter

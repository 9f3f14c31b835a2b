-- Repricing or code: since the first point, what did the code do to 1,000 calls, and what did the prices do?
WITH newest AS (
    SELECT repository, MAX(loaded_at) AS loaded_at FROM aicost_history GROUP BY repository
),
ends AS (
    SELECT
        h.repository, h.feature, h.changed_at, h.usd_per_1k_calls_then, h.usd_per_1k_calls_now,
        ROW_NUMBER() OVER (PARTITION BY h.repository, h.feature ORDER BY h.changed_at) AS from_start,
        ROW_NUMBER() OVER (PARTITION BY h.repository, h.feature ORDER BY h.changed_at DESC) AS from_end
    FROM aicost_history h
    JOIN newest n ON n.repository = h.repository AND n.loaded_at = h.loaded_at
)
SELECT
    a.repository,
    a.feature,
    b.usd_per_1k_calls_then - a.usd_per_1k_calls_then AS whole_step,
    b.usd_per_1k_calls_now - a.usd_per_1k_calls_now AS by_code,
    (b.usd_per_1k_calls_then - a.usd_per_1k_calls_then) - (b.usd_per_1k_calls_now - a.usd_per_1k_calls_now) AS by_prices
FROM ends a
JOIN ends b ON b.repository = a.repository AND b.feature = a.feature AND b.from_end = 1
WHERE a.from_start = 1
ORDER BY ABS(b.usd_per_1k_calls_then - a.usd_per_1k_calls_then) DESC NULLS LAST

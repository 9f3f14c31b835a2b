-- What does the money buy: of each feature's calls, which share is system prompt, tools, retrieval, history, output?
-- And which share of it is read from a cache? (One call of each call site.)
WITH newest AS (
    SELECT repository, MAX(loaded_at) AS loaded_at FROM aicost_parts GROUP BY repository
)
SELECT
    p.feature,
    p.part,
    SUM(p.usd_per_1k_calls) AS usd_per_1k_calls,
    SUM(p.usd_per_1k_calls) / SUM(SUM(p.usd_per_1k_calls)) OVER (PARTITION BY p.feature) AS share_of_call,
    SUM(p.usd_per_1k_calls_from_cache) / NULLIF(SUM(p.usd_per_1k_calls), 0) AS share_from_cache
FROM aicost_parts p
JOIN newest n ON n.repository = p.repository AND n.loaded_at = p.loaded_at
WHERE p.usd_per_1k_calls IS NOT NULL
GROUP BY p.feature, p.part
ORDER BY p.feature, usd_per_1k_calls DESC

-- How far can the figures be trusted: which call sites have no price, no model, no traffic?
WITH newest AS (
    SELECT repository, MAX(loaded_at) AS loaded_at FROM aicost_sites GROUP BY repository
)
SELECT
    s.repository,
    COUNT(*) AS call_sites,
    SUM(CASE WHEN s.price = 'known' THEN 1 ELSE 0 END) AS with_a_price,
    SUM(CASE WHEN s.price = 'model unknown' THEN 1 ELSE 0 END) AS model_unknown,
    SUM(CASE WHEN s.calls_per_month IS NULL THEN 1 ELSE 0 END) AS without_traffic,
    SUM(CASE WHEN s.usd_per_month IS NULL THEN 1 ELSE 0 END) AS without_a_month
FROM aicost_sites s
JOIN newest n ON n.repository = s.repository AND n.loaded_at = s.loaded_at
GROUP BY s.repository
ORDER BY without_a_month DESC

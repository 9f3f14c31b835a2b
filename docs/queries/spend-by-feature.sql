-- Showback: what does each product feature cost a month, and which share of the whole is that?
WITH newest AS (
    SELECT repository, MAX(loaded_at) AS loaded_at FROM aicost_features GROUP BY repository
)
SELECT
    f.feature,
    COUNT(DISTINCT f.repository) AS repositories,
    SUM(f.call_sites) AS call_sites,
    SUM(f.known_usd_per_month) AS at_least_usd_per_month,
    SUM(f.known_usd_per_month) / SUM(SUM(f.known_usd_per_month)) OVER () AS share_of_all,
    SUM(CASE WHEN f.usd_per_month IS NULL THEN 1 ELSE 0 END) AS not_wholly_known
FROM aicost_features f
JOIN newest n ON n.repository = f.repository AND n.loaded_at = f.loaded_at
GROUP BY f.feature
ORDER BY at_least_usd_per_month DESC NULLS LAST

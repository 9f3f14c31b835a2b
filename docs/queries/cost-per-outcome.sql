-- Unit economics: what does a task cost, one that succeeds, and one business outcome?
WITH newest AS (
    SELECT repository, MAX(loaded_at) AS loaded_at FROM aicost_features GROUP BY repository
)
SELECT f.repository, f.feature, f.outcome_name, f.usd_per_task, f.usd_per_successful_task, f.usd_per_outcome
FROM aicost_features f
JOIN newest n ON n.repository = f.repository AND n.loaded_at = f.loaded_at
ORDER BY f.usd_per_outcome DESC NULLS LAST, f.usd_per_task DESC NULLS LAST

-- Which pull request moved the cost of which feature, by how much? At today's prices, so that only code counts.
WITH newest AS (
    SELECT repository, MAX(loaded_at) AS loaded_at FROM aicost_history GROUP BY repository
),
steps AS (
    SELECT
        h.repository, h.changed_at, h.kind, h.feature, h.pull_request, h.url, h.commit_id, h.subject,
        h.usd_per_1k_calls_now
            - LAG(h.usd_per_1k_calls_now) OVER (PARTITION BY h.repository, h.feature ORDER BY h.changed_at) AS step_usd_per_1k_calls,
        h.usd_per_month_now
            - LAG(h.usd_per_month_now) OVER (PARTITION BY h.repository, h.feature ORDER BY h.changed_at) AS step_usd_per_month
    FROM aicost_history h
    JOIN newest n ON n.repository = h.repository AND n.loaded_at = h.loaded_at
)
SELECT changed_at, repository, feature, pull_request, url, commit_id, subject, step_usd_per_1k_calls, step_usd_per_month
FROM steps
WHERE kind = 'commit' AND step_usd_per_1k_calls <> 0
ORDER BY ABS(step_usd_per_1k_calls) DESC

-- What should be done first? Not to be added up: two of them may save the same tokens.
WITH newest AS (
    SELECT repository, MAX(loaded_at) AS loaded_at FROM aicost_savings GROUP BY repository
)
SELECT s.repository, s.feature, s.title, s.path, s.first_line, s.saving_usd_per_month, s.confidence, s.effort
FROM aicost_savings s
JOIN newest n ON n.repository = s.repository AND n.loaded_at = s.loaded_at
ORDER BY s.saving_usd_per_month DESC NULLS LAST, s.saving_usd_per_1k_calls DESC NULLS LAST

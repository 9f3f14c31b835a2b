"""Traffic profiles: what real calls of a feature look like, in one small YAML file without any text or id.

The reading side (`schema`, `codec`, `stats`, `check`, `draw`) needs only the standard library, pydantic and PyYAML, and so
does `build`, which makes profiles of an engine's answers. `engine` reads the logs: it needs the extra `profile` and is
never imported by the pull-request check.
"""

# Of the queries that `profile sql` prints; each is compiled and compared with a text in the tests.
DIALECTS = ("duckdb", "spark", "clickhouse", "bigquery", "snowflake", "trino", "athena", "databricks", "postgres")
# The feature of calls that name none.
UNNAMED = "unnamed"

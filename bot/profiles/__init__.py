"""Traffic profiles: what real calls of a feature look like, in one small YAML file without any text or id.

The reading side (`schema`, `codec`, `stats`, `join`, `priors`, `check`, `calibrate`) needs only the standard library,
pydantic and PyYAML. The building side (`sources`, `engine`, `build`) needs the extra `profile` and is never imported
by the pull-request check.
"""

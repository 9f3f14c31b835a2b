"""Settings, from the environment (ACME_...) over these defaults."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ACME_")

    answer_model: str = "claude-sonnet-5-5"
    answer_max_tokens: int = 600
    triage_model: str = "gpt-5-mini"
    embedding_model: str = "text-embedding-3-small"
    top_k: int = 4


settings = Settings()

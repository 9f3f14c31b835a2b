from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    judge_model: str = "gpt-5-mini"

"""A model that is chosen by settings, handed to a class, and used through a chain in a mapping."""
import os
from dataclasses import dataclass, fields

from langchain_core.language_models import BaseChatModel
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import AzureChatOpenAI, ChatOpenAI


@dataclass(kw_only=True)
class Base:
    temperature: float = 0

    @classmethod
    def from_config(cls, config: dict):
        known = {f.name for f in fields(cls)}
        return cls(**{k: v for k, v in config.items() if k in known})


@dataclass(kw_only=True)
class Settings(Base):
    query_model: str = "openai/gpt-4.1-nano"


def make(name: str, **kwargs):
    provider, model = name.split("/", maxsplit=1)
    if os.environ.get("ON_AZURE"):
        return AzureChatOpenAI(azure_deployment=model, **kwargs)
    return ChatOpenAI(model=model, **kwargs)


class Reader:
    def __init__(self, llm: BaseChatModel):
        self.llm = llm

    def read(self, page: str):
        # prompt: You read aloud to people who cannot see
        prompt = ChatPromptTemplate.from_messages([("system", "You read aloud to people who cannot see well."), ("human", "{page}")])
        chain = {"text": prompt | self.llm}
        # site: langchain chat model=gpt-4.1-nano says=people_who_cannot_see
        return (prompt | self.llm).invoke({"page": page, "chain": chain})


reader = Reader(make(Settings.from_config({}).query_model))


def unknown(config: dict):
    # site: langchain chat model=?
    return ChatOpenAI(**config).invoke("Say in one word that you are there, in the language of the reader")

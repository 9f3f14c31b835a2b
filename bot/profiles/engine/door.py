"""What the command line uses of this side: one import, so that a missing extra is told in one place."""

from bot.profiles.engine.logs import Measured, Request, measure
from bot.profiles.engine.sink import write
from bot.profiles.engine.sql import SqlRequest, queries, read_answers

__all__ = ["Measured", "Request", "SqlRequest", "measure", "queries", "read_answers", "write"]

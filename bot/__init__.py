"""aicost-review: what it costs, whether it is allowed, who is told."""

__version__ = "0.1.0"

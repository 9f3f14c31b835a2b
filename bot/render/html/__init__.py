"""The report as one page that needs nothing else: no network, no server, no second file.

What the page may do is written in its own head (a strict Content-Security-Policy with the hashes of our own scripts and
style), so that text of a repository that got where it should not be would still run nothing. That text reaches the page
as JSON alone and is shown with `textContent`. https://www.w3.org/TR/CSP3/
"""

from bot.render.html.figures import Shown
from bot.render.html.page import render

__all__ = ["Shown", "render"]

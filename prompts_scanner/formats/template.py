"""Prompts as template files: Jinja, Mustache, Handlebars. Parsed, never rendered: variables become holes.

https://jinja.palletsprojects.com/en/stable/templates/, https://mustache.github.io/mustache.5.html,
https://handlebarsjs.com/guide/
"""

from __future__ import annotations

import re

from prompts_scanner.formats.base import Files, InFile, prompt_item, role_of, whole
from prompts_scanner.formats.text import is_prompt_path
from prompts_scanner.names import PROMPT_TEXT

_SUFFIX = re.compile(r"\.(j2|jinja2?|jinja-?md|mustache|hbs|handlebars|tmpl|tpl|liquid)$", re.IGNORECASE)
_MARKUP = re.compile(r"<(!doctype|html|head|body|div|table)\b", re.IGNORECASE)


def claims(path: str, head: bytes) -> bool:
    if not _SUFFIX.search(path) or not head.strip():
        return False
    text = head.decode("utf-8", "replace")
    if _MARKUP.search(text) and not is_prompt_path(path):
        return False
    return is_prompt_path(path) or bool(PROMPT_TEXT.search(text))


def read(path: str, text: str, files: Files) -> InFile:
    del files
    name = path.rpartition("/")[2]
    return InFile(prompts=(prompt_item(whole(path, text), name, text, "template", role=role_of(name), style="jinja"),))

"""One HTML page that needs no network: no script or style but its own, which hashes in its policy name."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from vidkompy import __version__
from vidkompy.model import Json


def html_page(template: str, css: str, script: str, sources: Json, **values: object) -> str:
    """The whole page. All values are escaped, but for Markup.

    template   one of this folder, which extends base.html.jinja
    css, script   our own files, behind what all pages share
    sources    what the page may load beside these, by directive of its Content-Security-Policy
    """
    css = f"{resource('base.css')}\n{css}"
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True, loader=FunctionLoader(resource)
    )
    text: str = environment.get_template(template).render(
        policy=_policy(css, script, sources),
        css=Markup(css),  # noqa: S704 - our own files
        script=Markup(script),  # noqa: S704 - likewise
        generator=f"Made by vidkompy {__version__}",
        **values,
    )
    return text.encode("utf-8", "replace").decode()  # names of files may be no text


def resource(name: str) -> str:
    """A file of this folder."""
    return files("vidkompy.report").joinpath(name).read_text("utf-8")


def script_json(data: Json) -> Markup:
    """JSON inside a script element: nothing in it ends the element, or begins a comment.

    >>> script_json({"a": "</script><!--"})
    Markup('{"a":"\\\\u003c/script\\\\u003e\\\\u003c!--"}')
    """
    text = json.dumps(data, separators=(",", ":"))  # in ASCII
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def _policy(css: str, script: str, sources: Json) -> str:
    rules = {
        "default-src": "'none'",
        "script-src": _hash_source(script),
        "style-src": _hash_source(css),
        **sources,
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash_source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

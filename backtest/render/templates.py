"""Context -> HTML. The only importer of Jinja: sandboxed, escaped, strict, and given nothing but text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from backtest.artifacts import templates_folder
from backtest.errors import HouseError, RenderError

if TYPE_CHECKING:
    from markupsafe import Markup


def trusted(markup: str) -> Markup:
    """Mark a string made by our own code, such as a chart, as not to be escaped."""
    from markupsafe import Markup

    return Markup(markup)  # noqa: S704  # callers pass their own markup, with every text in it escaped


def render_template(
    folder: str, name: str, context: Mapping[str, Any], own: Mapping[str, str] = MappingProxyType({})
) -> str:
    """The template `name` of templates/<folder>, filled. Context values are text, truth values, lists and dicts.

    own: source of a firm's own templates by name, which come before those of the folder. Raises RenderError when the
    template asks for a name that is not there, or for anything the sandbox forbids.
    """
    from jinja2 import TemplateError

    _check_context(context, name)
    try:
        template = _environment(templates_folder() / folder, tuple(own.items())).get_template(name)
        return str(template.render(context))
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        where = f" line {line}" if line else ""
        raise RenderError(f"templates/{folder}/{name}{where}: {type(error).__name__}: {error}") from None


@lru_cache(maxsize=8)
def _environment(folder: Path, own: tuple[tuple[str, str], ...]) -> Any:
    """Escaped, sandboxed, strict; kept, so that a batch compiles each template once."""
    from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([DictLoader(dict(own)), FileSystemLoader(folder)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@dataclass(frozen=True)
class TemplateParts:
    """What a template's source is made of, unrun. constructs: (kind of Jinja node, line); names: what it asks of the
    page; attributes: what it asks of those; calls: what it calls, as written; texts: its constants; depth: how deep its
    loops are nested."""

    constructs: tuple[tuple[str, int], ...]
    names: frozenset[str]
    attributes: frozenset[str]
    calls: tuple[str, ...]
    texts: tuple[str, ...]
    depth: int


def template_parts(source: str, where: str) -> TemplateParts:
    """Read a template without running it. Raises HouseError when it is not a Jinja template."""
    from jinja2 import TemplateSyntaxError, meta, nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    try:
        tree = ImmutableSandboxedEnvironment().parse(source)
    except (TemplateSyntaxError, RecursionError) as error:
        raise HouseError(f"{where}: not a template that can be read: {error}. Mend it and run again.") from None

    def depth(node: Any) -> int:
        below = max((depth(child) for child in node.iter_child_nodes()), default=0)
        return below + isinstance(node, nodes.For)

    def called(node: Any) -> str:
        return f"{called(node.node)}.{node.attr}" if isinstance(node, nodes.Getattr) else getattr(node, "name", "?")

    every = list(tree.find_all(nodes.Node))
    return TemplateParts(
        tuple((type(node).__name__, node.lineno) for node in every),
        frozenset(
            meta.find_undeclared_variables(tree) | {n.name for n in tree.find_all(nodes.Name) if n.name == "self"}
        ),
        frozenset(node.attr for node in every if isinstance(node, nodes.Getattr)),
        tuple(called(node.node) for node in every if isinstance(node, nodes.Call)),
        tuple(str(node.value) for node in every if isinstance(node, nodes.Const)),
        depth(tree),
    )


def _check_context(value: object, where: str) -> None:
    """Refuse objects: a template may print, and must not reach into anything."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            _check_context(item, f"{where}, {key}")
    elif isinstance(value, list | tuple):
        for item in value:
            _check_context(item, where)
    elif not isinstance(value, str | bool):
        raise RenderError(f"{where}: a {type(value).__name__} reached a template; give it as formatted text.")

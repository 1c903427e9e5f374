"""Finds where an event, a command or a control is read by a string key, under whatever name it goes by then.

What is JSON is told by its annotation: attributes, parameters and results whose type names `Json` or what that stands
for, `Mapping[str, Any]`, and results that may be anything. Within a function it is followed through assignments, loops,
comprehensions, calls and parts of parts; into another function by that one's annotations, or where a parameter has one
of the names that events and commands go by and no type that says otherwise. Rows of tables, headers and what Telegram
sends are not meant.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

JSON = re.compile(r"\bJson\b|\bMapping\[str, Any\]")
#: Parameters with these names hold an event or a command where their annotation does not say what they are.
NAMES = frozenset({"body", "result", "said", "told", "facts"})
LOOSE = re.compile(r"\bAny\b|\bobject\b|\b[Dd]ict\b|Mapping\b")
#: What gives back its argument, or a part of it.
PASSING = frozenset({"cast", "dict", "enumerate", "iter", "list", "next", "reversed", "set", "sorted", "tuple", "zip"})
DECODERS = frozenset({"json.loads", "msgspec.json.decode"})
READERS = frozenset({"get", "pop", "setdefault"})

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The names of attributes and functions that yield JSON, in the whole house."""

    attributes: frozenset[str]
    functions: frozenset[str]


def find_sources(trees: Iterable[ast.Module]) -> Sources:
    attributes: set[str] = set()
    functions: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        match node:
            case ast.ClassDef():
                attributes |= {
                    part.target.id
                    for part in node.body
                    if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and _names_json(part)
                }
            case ast.AnnAssign(target=ast.Attribute(attr=name)) if _names_json(node):
                attributes.add(name)
            case (
                ast.FunctionDef(name=name, returns=ast.expr() as type_)
                | ast.AsyncFunctionDef(name=name, returns=ast.expr() as type_)
            ) if (words := ast.unparse(type_)) == "Any" or JSON.search(words):
                functions.add(name)
    return Sources(attributes=frozenset(attributes), functions=frozenset(functions))


def find_string_keys(tree: ast.Module, sources: Sources) -> list[int]:
    """The lines where JSON is read by a string key, one for each such reading, in order."""
    return sorted(_Scope(sources).read(tree.body))


def _names_json(node: ast.AnnAssign) -> bool:
    return JSON.search(ast.unparse(node.annotation)) is not None


@dataclass(slots=True)
class _Scope:
    """One function, or a module, with the names in it that stand for JSON and those that stand for a string key."""

    sources: Sources
    json: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)

    def read(self, body: Iterable[ast.AST]) -> Iterator[int]:
        nodes = [node for part in body for node in _walk_scope(part)]
        known = -1
        while known < (known := len(self.json) + len(self.keys)):  # a name may be bound below where it is used
            for node in nodes:
                self._bind(node)
        for node in nodes:
            if self._is_reading(node):
                yield node.lineno  # type: ignore[attr-defined]  # every reading has a line
            if isinstance(node, Function):
                inner = _Scope(self.sources, set(self.json), set(self.keys))
                inner.take_parameters(node.args)
                yield from inner.read([node.body] if isinstance(node, ast.Lambda) else node.body)

    def take_parameters(self, args: ast.arguments) -> None:
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs):
            words = "Any" if arg.annotation is None else ast.unparse(arg.annotation)
            if JSON.search(words) or (arg.arg in NAMES and LOOSE.search(words)):
                self.json.add(arg.arg)
            else:
                self.json.discard(arg.arg)
                self.keys.discard(arg.arg)

    # ---- names

    def _bind(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value)
            case ast.AnnAssign(target=ast.Name(id=name)) if _names_json(node):
                self.json.add(name)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                self._assign(target, value)
            case ast.AugAssign(target=target, value=value):
                self._assign(target, value)
            case ast.For(target=target, iter=source) | ast.AsyncFor(target=target, iter=source):
                self._assign(target, source)
                self._take_keys(target, source)
            case ast.comprehension(target=target, iter=source):
                self._assign(target, source)
                self._take_keys(target, source)
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                self._assign(target, value)
            case ast.Match(subject=subject, cases=cases) if self._is_json(subject):
                self.json |= {name for case in cases for name in _captures(case.pattern)}

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        match target, value:
            case (ast.Tuple(elts=targets), ast.Tuple(elts=values)) if len(targets) == len(values):
                for one, its_value in zip(targets, values, strict=True):
                    self._assign(one, its_value)
            case (ast.Name(id=name), ast.Constant(value=str())):
                self.keys.add(name)
            case _ if self._is_json(value):
                self.json |= {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}

    def _take_keys(self, target: ast.expr, source: ast.expr) -> None:
        match target, source:
            case (ast.Name(id=name), ast.Tuple(elts=elts) | ast.List(elts=elts) | ast.Set(elts=elts)):
                if elts and all(self._is_key(one) for one in elts):
                    self.keys.add(name)

    # ---- expressions

    def _is_key(self, node: ast.expr) -> bool:
        match node:
            case ast.Constant(value=str()):
                return True
            case ast.Name(id=name):
                return name in self.keys and name not in self.json
        return False

    def _is_reading(self, node: ast.AST) -> bool:
        match node:
            case ast.Subscript(value=value, slice=key):
                return self._is_key(key) and self._is_json(value)
            case ast.Call(func=ast.Attribute(value=value, attr=name), args=[key, *_]) if name in READERS:
                return self._is_key(key) and self._is_json(value)
            case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[value]):
                return self._is_key(key) and self._is_json(value)
            case ast.Match(subject=subject, cases=cases) if self._is_json(subject):
                patterns = [node for case in cases for node in ast.walk(case.pattern)]
                return any(isinstance(pattern, ast.MatchMapping) and pattern.keys for pattern in patterns)
        return False

    def _is_json(self, node: ast.expr | None) -> bool:
        match node:
            case ast.Name(id=name):
                return name in self.json
            case ast.Attribute(attr=name):
                return name in self.sources.attributes
            case ast.Call():
                return self._yields_json(node)
            case ast.Subscript(value=part) | ast.Await(value=part) | ast.Starred(value=part):
                return self._is_json(part)
            case ast.NamedExpr(value=part) | ast.DictComp(value=part):
                return self._is_json(part)
            case ast.ListComp(elt=part) | ast.SetComp(elt=part) | ast.GeneratorExp(elt=part):
                return self._is_json(part)
            case ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return any(map(self._is_json, parts))
            case ast.IfExp(body=left, orelse=right) | ast.BinOp(left=left, right=right):
                return self._is_json(left) or self._is_json(right)
            case ast.Dict(keys=keys, values=values):
                return any(key is None and self._is_json(value) for key, value in zip(keys, values, strict=True))
        return False

    def _yields_json(self, call: ast.Call) -> bool:
        if ast.unparse(call.func) in DECODERS:
            return all(keyword.arg != "type" for keyword in call.keywords)
        match call.func:
            case ast.Name(id=name) if name in PASSING:
                return any(map(self._is_json, call.args))
            case ast.Name(id=name):
                return name in self.sources.functions
            case ast.Attribute(value=value, attr=name):
                return name in self.sources.functions or self._is_json(value)
        return False


def _walk_scope(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, but for the bodies of functions, which are scopes of their own."""
    yield node
    if not isinstance(node, Function):
        for child in ast.iter_child_nodes(node):
            yield from _walk_scope(child)


def _captures(pattern: ast.pattern) -> Iterator[str]:
    for node in ast.walk(pattern):
        match node:
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name

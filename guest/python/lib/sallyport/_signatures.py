"""Signatures of host functions as Python shows and checks them."""

import inspect

from ._decode import decode

KINDS = {
    "positional": inspect.Parameter.POSITIONAL_ONLY,
    "both": inspect.Parameter.POSITIONAL_OR_KEYWORD,
    "variadic": inspect.Parameter.VAR_POSITIONAL,
    "keyword": inspect.Parameter.KEYWORD_ONLY,
    "keywords": inspect.Parameter.VAR_KEYWORD,
}


class _Annotation(str):
    """Shown as it stands, without quotes."""

    __slots__ = ()

    def __repr__(self):
        return str.__str__(self)


class _HostsDefault:
    """Stands for a default that only the host knows."""

    def __repr__(self):
        return "..."


HOSTS_DEFAULT = _HostsDefault()


def signature(spec):
    """None when the host did not tell."""
    if spec.get("parameters") is None:
        return None
    parameters = []
    empty = inspect.Parameter.empty
    for each in spec["parameters"]:
        default = empty
        if "default" in each:
            default = decode(each["default"], f"default of {each['name']}")
        elif each.get("optional"):
            default = HOSTS_DEFAULT
        annotation = _Annotation(each["annotation"]) if "annotation" in each else empty
        parameters.append(inspect.Parameter(each["name"], KINDS[each["kind"]], default=default, annotation=annotation))
    returns = _Annotation(spec["returns"]) if "returns" in spec else empty
    return inspect.Signature(parameters, return_annotation=returns)


def annotations(made):
    if made is None:
        return {}
    empty = inspect.Parameter.empty
    found = {name: each.annotation for name, each in made.parameters.items() if each.annotation is not empty}
    if made.return_annotation is not empty:
        found["return"] = made.return_annotation
    return found


def binder(made, spec, name):
    """A function (args, kwargs) → (args, kwargs) in the order of the signature; TypeError for a call that does not fit."""
    if made is None:
        return lambda args, kwargs: (args, kwargs)
    given = {each["name"] for each in spec["parameters"] if "default" in each}

    def bind(args, kwargs):
        try:
            bound = made.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name}() {error}") from None
        have = bound.arguments
        positional, keywords, gap = [], {}, []
        for parameter in made.parameters.values():
            key, kind = parameter.name, parameter.kind
            if kind is parameter.VAR_POSITIONAL:
                if have.get(key):
                    positional += gap
                    positional += have[key]
                    gap = []
            elif kind is parameter.VAR_KEYWORD:
                keywords.update(have.get(key, {}))
            elif key in have or key in given:
                value = have[key] if key in have else parameter.default
                if kind is parameter.KEYWORD_ONLY:
                    keywords[key] = value
                else:
                    positional += gap
                    positional.append(value)
                    gap = []
            elif kind is not parameter.KEYWORD_ONLY:
                # Left out, and the host knows the default; None stands for it if something comes behind.
                gap.append(None)
        return positional, keywords

    return bind

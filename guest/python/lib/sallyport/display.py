"""Rich outputs, as in Jupyter: what an object says about itself becomes a MIME bundle."""

from . import _wire

REPORT_DISPLAY = 2
METHODS = (
    ("_repr_html_", "text/html"),
    ("_repr_markdown_", "text/markdown"),
    ("_repr_svg_", "image/svg+xml"),
    ("_repr_png_", "image/png"),
    ("_repr_jpeg_", "image/jpeg"),
    ("_repr_pdf_", "application/pdf"),
    ("_repr_latex_", "text/latex"),
    ("_repr_json_", "application/json"),
    ("_repr_javascript_", "application/javascript"),
)
_last = 0


def bundle(o):
    """(data, metadata) of an object: MIME type → text or bytes, MIME type → metadata."""
    data, metadata = {}, {}
    if not isinstance(o, type):
        whole = _ask(o, "_repr_mimebundle_")
        if whole is not None:
            if isinstance(whole, tuple):
                whole, metadata = whole
            data = dict(whole)
        for method, mime in METHODS:
            if mime not in data:
                part = _ask(o, method)
                if isinstance(part, tuple) and len(part) == 2:
                    part, metadata[mime] = part
                if part is not None:
                    data[mime] = part
    if "text/plain" not in data:
        data["text/plain"] = repr(o)
    return {mime: _part(mime, part) for mime, part in data.items()}, metadata


def _ask(o, method):
    # Looked up on the class: objects that answer every getattr() are not asked.
    found = getattr(type(o), method, None)
    if found is None:
        return None
    try:
        return found(o)
    except NotImplementedError:
        return None


def _part(mime, part):
    if isinstance(part, (bytes, bytearray, memoryview)):
        return bytes(part)
    if isinstance(part, str):
        return part.encode("utf-8", "replace").decode()
    import json

    return json.dumps(part, ensure_ascii=False).encode("utf-8", "replace").decode()


def display(*objects, raw=False, metadata=None, display_id=None, update=False):
    """Show objects to the host as MIME bundles. With `raw`, an object is a dict: MIME type → text or bytes.

    `display_id` (True: a new one) names the output so that `update_display` can replace it; it is given back.
    """
    global _last
    if display_id is True:
        _last += 1
        display_id = f"display-{_last}"
    if update and display_id is None:
        raise TypeError("an update needs the display_id of what it replaces")
    for o in objects:
        if raw:
            data, more = {str(mime): _part(mime, part) for mime, part in o.items()}, {}
        else:
            data, more = bundle(o)
        if metadata:
            more = {**more, **metadata}
        message = {"data": data, "metadata": _wire.pack_value(more, "metadata"), "update": bool(update)}
        if display_id is not None:
            message["id"] = str(display_id)
        _wire.report(REPORT_DISPLAY, message)
    return display_id


def update_display(o, *, display_id, **more):
    """Replace what was displayed under `display_id`."""
    return display(o, display_id=display_id, update=True, **more)

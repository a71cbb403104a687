"""What a fence shows beside text: figures of matplotlib, and what its last value shows of itself.

The text is what is checked, and it is printed as ever; a display is added to it. A value's own method is called on its type, as for any
special method, and what goes wrong in it is passed over: it has shown its text. A figure has nothing else to show, so that one which can't
be rendered is told, as a warning of the kind `exemplar.RenderWarning`.
"""

import binascii
import io
import sys
import warnings

# The most characters of all displays of a step.
MOST_DISPLAYED = 4 << 20
RENDER_WARNING = "exemplar.RenderWarning"
RENDER_LINEAGE = ["RenderWarning", "exemplar.RenderWarning"]

RICH = (("_repr_svg_", "image/svg+xml"), ("_repr_html_", "text/html"), ("_repr_png_", "image/png"))
# The same figure gives the same bytes, and looks the same wherever it is seen.
FIGURE_SETTINGS = {"svg.hashsalt": "exemplar", "svg.fonttype": "path"}
NO_METADATA = {"Date": None, "Creator": None}


def is_rich(value):
    return any(has_method(value, method) for method, _ in RICH)


def has_method(value, name):
    try:
        return hasattr(type(value), name)
    except Exception:
        # A metaclass may answer with any error.
        return False


def rich_display(value):
    """What a value shows of itself, in the form of the model's `Display`: the first that there is of SVG, HTML and PNG."""
    for method, mime in RICH:
        try:
            data = getattr(type(value), method)(value)
        except Exception:
            continue
        if isinstance(data, bytes) and mime == "image/png":
            data = binascii.b2a_base64(data, newline=False).decode()
        if isinstance(data, str) and 0 < len(data) <= MOST_DISPLAYED:
            return {"mime": mime, "data": encodable_display(data), "figure": False}
    return None


def figure_displays(tell):
    """The figures of pyplot that are open, each rendered to SVG and closed. `tell` is given what went wrong."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    displays = []
    for number in pyplot.get_fignums():
        try:
            with warnings.catch_warnings(record=True) as caught, pyplot.rc_context(FIGURE_SETTINGS):
                warnings.simplefilter("always")
                file = io.StringIO()
                pyplot.figure(number).savefig(file, format="svg", metadata=NO_METADATA)
            for text in dict.fromkeys(str(warning.message) for warning in caught):
                tell("figure %d: %s" % (number, text))
            # Without the prologue of a file: it stands in a page.
            data = file.getvalue()
            data = data[max(data.find("<svg"), 0) :]
            if sum(len(display["data"]) for display in displays) + len(data) > MOST_DISPLAYED:
                tell("figure %d is not shown: the figures of one fence may have %d characters of SVG" % (number, MOST_DISPLAYED))
            else:
                displays.append({"mime": "image/svg+xml", "data": encodable_display(data), "figure": True})
        except BaseException as error:
            what = " ".join("".join(describe_only(error)).split())
            tell("figure %d can't be rendered: %s" % (number, what))
        finally:
            pyplot.close(number)
    return displays


def encodable_display(text):
    return text.encode("utf-8", "replace").decode()

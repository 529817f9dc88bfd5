"""One explanation as a notebook that makes the page's pictures again."""

from __future__ import annotations

from dashboard.drawing.look import Look, colour_limit
from dashboard.drawing.notebooks import Lines, Words
from dashboard.tasks.task import View
from interp import Explanation

TESTS = """from interp import deletion, diagnose, insertion

print(diagnose(network, picture, explanation).sentence)
for test in (deletion, insertion):
    curves = test(network, picture, explanation.values, explanation.target)
    print(test.__name__, "beats" if curves.beats_random else "does not beat", "every random order")"""


def cells(
    title: str, meaning: str, view: View, look: Look, explanation: Explanation, lines: str
) -> list[Words | Lines]:
    """Return the cells of the notebook; `lines` are the Python lines that compute the map, as in the report."""
    settings = {"opacity": look.opacity, "palette": look.palette, "limit": colour_limit(explanation)}
    paste = f"""from PIL import Image

from interp import render

transform = {view.transform.tolist()!r}  # from the picture's pixels to the photo's
Image.fromarray(
    render.paste(image, explanation.values, transform, {view.size!r}, signed=explanation.signed, **look)
)"""
    return [
        Words(
            f"# {title}\n\nRun this in Glassface's folder. Where the lines say “the photo's file”, or name a network's "
            "file, put the path of your own: the check below fails if the picture is not the same."
        ),
        Lines(lines),
        Words(f"## The map over {view.noun}\n\n{meaning} (faint = near 0)."),
        Lines(f"look = {settings!r}\nexplanation.plot(picture, **look)"),
        Words("## Back on the photo"),
        Lines(paste),
        Words("## Can this map be trusted?"),
        Lines(TESTS),
    ]

"""How to read the What if page. No Streamlit."""

from __future__ import annotations

from dashboard.app_pages.what_if import changing
from dashboard.tasks.task import Task
from models.faces.changes import CHANGES, Change


def reading(task: Task) -> str:
    """Say how to read the page, for a kind of network."""
    thing, answer = task.thing, task.answer.lower()
    box = "a detector never draws the same box twice. " if task.reads_faces else ""
    return (
        f"**Before** is the {thing} as the network sees it, **After** the same {thing} with your changes; the photo "
        f"itself stays as it is. On the maps, bright areas raised the score for the {answer}. Both maps share one "
        "scale, so fainter means less.\n\n"
        f"**The curve** asks the network for all {task.answers} at about forty positions of one slider, with all other "
        "changes left as they are. Where the thickest line is no longer the highest, the answer flips.\n\n"
        f"**The smallest change** changes one thing at a time on the original {thing}. If the answer flips where a "
        f"person would still see the same {answer}, the network has learned something other than what we see. **The "
        f"box**: {box}{'I' if box else 'i'}f the answer depends on the exact box, don't rely on it.\n\n"
        "A change that looks small to you may be unlike anything the network was trained on. Its answer then tells "
        "you about the network, not about what is on the photo."
    )


def details() -> str:
    """List all changes with their ranges."""
    lines = [f"- **{change.label}**{_range(change)}: {change.summary}" for change in CHANGES.values()]
    order = (
        "Applied in this order: cover, crop, mirror, light, gamma, contrast, blur, motion, noise; rounded to whole "
        "grey levels once, at the end. The networks for points, bodies and faces answer with places, not classes, so "
        "this page leaves them out."
    )
    return "\n".join([*lines, "", order])


def _range(change: Change) -> str:
    if change.is_switch:
        return ""
    return f", {changing.written(change, change.low)} to {changing.written(change, change.high)}"


def references() -> str:
    """Name where changes and search come from."""
    papers = dict.fromkeys(change.reference for change in CHANGES.values() if change.reference)
    return (
        "References: "
        + "; ".join([*papers, "Zeiler and Fergus 2014, arXiv:1311.2901", "Wachter et al. 2017, arXiv:1711.00399"])
        + "."
    )

"""Write the generated tables of the README and of the page of sizes: `python -m tests.readme` (or `make readme`)."""

import json
import re
from pathlib import Path

from interp import METHODS
from models import Card, list_cards

README = Path(__file__).parents[1] / "README.md"
SIZES = README.with_name("docs") / "cluster.md"
SPEED = README.with_name("docs") / "batch_speed.json"


def networks_table() -> str:
    """One row a network, from the cards."""
    rows = ["| Network | Parameters | File | What it scores on data it has not seen |", "|---|---|---|---|"]
    for card in list_cards():
        rows.append(
            f"| `{card.name}` {card.title} | {card.parameters:,} | {(card.size_bytes or 0) / 1e6:.1f} MB "
            f"| {main_figure(card)} |"
        )
    return "\n".join(rows)


def main_figure(card: Card) -> str:
    """The figure that a network is judged by, from its card.

    Raises:
        ValueError: where the card holds no such figure, because the network is not scored yet.
    """
    if card.task == "expression":
        test = card.metrics.get("public_test")
        if test:
            return (
                f"{_share(test)} right on PublicTest, {_share(test['without_duplicates'])} without faces also in "
                f"Training; calibration error {test['calibration']['expected_calibration_error']:.3f}"
            )
    else:
        for scores in card.metrics.values():
            if isinstance(scores, dict) and "headline" in scores:
                return scores["headline"]
    raise ValueError(
        f"{card.name} is not scored: python -m models.training evaluate {card.name} --data PATH --write KEY"
    )


def methods_table() -> str:
    """One row a method, from the registry."""
    rows = ["| Method | What it shows | Reference |", "|---|---|---|"]
    for method in METHODS.values():
        rows.append(f"| `{method.name}` {method.label} | {method.summary} | {method.reference} |")
    return "\n".join(rows)


def sizes_table() -> str:
    """Photos a second of a core, and the hours of larger folders, from what `batch_speed --write` measured."""
    speed = json.loads(SPEED.read_text(encoding="utf-8"))
    rows = [
        "| | A core | 100,000 photos, 8 cores | 10 million, 64 cores | 10 million, 512 cores |",
        "|---|---|---|---|---|",
    ]
    for name, label in (("faces", "Faces and expressions (`--no-people`)"), ("bodies", "Bodies, too")):
        each = speed[name]
        hours = [_hours(count / each / cores) for count, cores in ((1e5, 8), (1e7, 64), (1e7, 512))]
        rows.append(f"| {label} | {each:.1f} photos a second | {' | '.join(hours)} |")
    return "\n".join(rows) + f"\n\nMeasured on a processor with {speed['processor']}."


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"


def render(text: str) -> str:
    """The README's text with its generated blocks replaced."""
    return _filled(text, {"networks": networks_table(), "methods": methods_table()})


def render_sizes(text: str) -> str:
    """The text of the page of sizes with its generated block replaced."""
    return _filled(text, {"sizes": sizes_table()})


def _filled(text: str, tables: dict[str, str]) -> str:
    for name, table in tables.items():
        pattern = re.compile(rf"(<!-- {name}: .*? -->\n).*?(<!-- end -->)", re.DOTALL)
        text, count = pattern.subn(lambda match, table=table: f"{match[1]}{table}\n{match[2]}", text)
        if count != 1:
            raise ValueError(f"There are {count} blocks for {name}; expected one")
    return text


def _share(result: dict) -> str:
    low, high = result["interval"]
    return f"{result['accuracy']:.1%} ({low:.1%} – {high:.1%})"


if __name__ == "__main__":
    README.write_text(render(README.read_text()))
    SIZES.write_text(render_sizes(SIZES.read_text(encoding="utf-8")), encoding="utf-8")

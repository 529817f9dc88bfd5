"""`python -m models analyse PATH… --out DIR`: faces, expressions and bodies of many photos as tables."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from models import __version__
from models.batch import Reading, Settings, find_files, in_parts, is_in_shard, read_files
from models.detection import DETECTORS

SOME_FAILED = 1
STOPPED = 130  # as shells report Ctrl-C


@click.group()
@click.version_option(__version__, prog_name="glassface")
def commands() -> None:
    """Read faces, expressions and bodies on photos, without the app."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's greetings would break the progress bar


@commands.command("analyse")
@click.argument("paths", nargs=-1, required=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the tables.")
@click.option(
    "--detector", type=click.Choice(list(DETECTORS)), default="cnn", show_default=True, help="Finds the faces."
)
@click.option("--people/--no-people", default=True, show_default=True, help="Look for bodies and their joints, too.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.05),
    default=1.0,
    show_default=True,
    help="Seconds between two frames of a film.",
)
@click.option("--csv", "forms", flag_value="csv", multiple=True, help="Write CSV as well.")
@click.option("--jsonl", "forms", flag_value="jsonl", multiple=True, help="Write JSON Lines as well.")
@click.option(
    "--coco", "forms", flag_value="coco", multiple=True, help="Write boxes and keypoints for labelling tools."
)
@click.option("--draw", is_flag=True, help="Write the pictures with boxes, points and skeletons into OUT/drawn.")
@click.option("--resume", is_flag=True, help="Skip what an earlier run into the same folder has finished.")
@click.option(
    "--shard",
    metavar="I/N",
    callback=lambda *given: _shard(given[-1]),
    help="Read only share I of N, by a hash of each path.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Pictures read at a time.  [default: twice the processors]")
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Who reads: this machine, or a Ray cluster's.",
)
@click.option("--address", help="The cluster's, as ray://HOST:10001.  [default: RAY_ADDRESS, or this machine alone]")
@click.option("--actors", type=click.IntRange(min=1), help="Parts read at a time by Ray.  [default: half the cores]")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON; no progress.")
def analyse_files(
    paths: tuple[str, ...],
    out: Path,
    detector: str,
    people: bool,
    every: float,
    forms: tuple[str, ...],
    draw: bool,
    resume: bool,
    shard: tuple[int, int] | None,
    workers: int | None,
    engine: str,
    address: str | None,
    actors: int | None,
    as_json: bool,
) -> None:
    """Read photos and films: a row for each face and each person.

    PATHS are files, folders, or patterns as "photos/**/*.jpg"; "-" reads a list from standard input, a path a line.

    \b
    OUT gets three Parquet tables, each in parts that are whole or absent:
      photos   a row a photo or frame: its size, how many faces and people, and the reason if it could not be read
      faces    boxes, expressions with all seven shares, 15 and 68 points
      people   boxes and fourteen joints

    \b
    Exit codes: 0 all read, 1 some files could not be read (see the column "error"), 2 wrong use, 130 stopped.
    """
    from models import tables  # pyarrow takes a moment, which --help need not wait for
    from models.cluster import COUNTS, ClusterError, Part, connect, count_rows, read_parts

    files = [path for path in find_files(_named(paths)) if shard is None or is_in_shard(path, *shard)]
    if not files and shard is None:
        raise click.UsageError("There are no photos or films there.")
    settings = Settings(detector, people, every)
    about = tables.describe(settings)
    console = Console(stderr=True, quiet=as_json)
    parts = [Part(tables.part_name(part, about), tuple(part)) for part in in_parts(files, tables.PART)]
    todo = [part for part in parts if not (resume and tables.has_part(out, part.name))]
    skipped = len(files) - sum(len(part.paths) for part in todo)
    counts = dict.fromkeys(COUNTS, 0)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("Reading", total=len(files), completed=skipped, rate="")
            if engine == "ray" and todo:
                connect(address)
                for done in read_parts(todo, out, settings, about, actors, is_drawn=draw):
                    counts = {name: count + done[name] for name, count in counts.items()}
                    _advance(progress, task, done["files"])
            for part in todo if engine == "local" else ():
                readings = read_files(part.paths, settings, workers, keep_images=draw)
                watched = _watch(readings, progress, task, out if draw else None)
                done = count_rows(tables.write_part(out, part.name, watched, about))
                counts = {name: count + done[name] for name, count in counts.items()}
    except ClusterError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        console.print("Stopped. Finished parts are kept; go on with --resume.")
        sys.exit(STOPPED)
    writers = {"csv": tables.write_csv, "jsonl": tables.write_jsonl, "coco": tables.write_coco}
    for form in forms:
        writers[form](out)
    summary = {"files": len(files), "skipped": skipped} | counts
    if as_json:
        click.echo(json.dumps(summary | {"out": str(out)} | about))
    else:
        told = ", ".join(f"{counts[name]:,} {name}" for name in ("pictures", "faces", "people"))
        told += f", {counts['failed']:,} that could not be read"
        console.print(f"{told}{f'; {skipped:,} files were done before' if skipped else ''}. Tables in {out}")
    sys.exit(SOME_FAILED if counts["failed"] else 0)


def _named(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        if path == "-":
            yield from (line for line in sys.stdin.read().splitlines() if line)
        else:
            yield path


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    index, count = (int(number) for number in found.groups()) if found else (0, 0)
    if not 1 <= index <= count:
        raise click.BadParameter("Write it as I/N, as 3/8, with I from 1 to N.")
    return index, count


def _advance(progress: Progress, task: TaskID, files: int) -> None:
    speed = progress.tasks[0].finished_speed or progress.tasks[0].speed
    progress.update(task, advance=files, rate=f"{speed:.1f} files/s" if speed else "")


def _watch(readings: Iterator[Reading], progress: Progress, task: TaskID, drawn: Path | None) -> Iterator[Reading]:
    """Pass readings on, move the bar a file at a time, and write the drawn pictures."""
    from models.drawing import write_drawn

    last = None
    for reading in readings:
        if reading.path != last:
            last = reading.path
            _advance(progress, task, 1)
        yield reading if drawn is None else write_drawn(reading, drawn / "drawn")


if __name__ == "__main__":
    commands()

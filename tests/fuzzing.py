"""Files changed at random, guided by the lines that they reach, through all that reads a visitor's file: `make fuzz`.

Atheris drives it (https://github.com/google/atheris, from requirements-fuzz.txt). A file that leads to anything but a
result or one sentence, takes over 5 seconds, or lets the process grow over 2 GB ends the run and stays in `.fuzzing`.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

READ_BY = ["PIL", "zipfile", "models.images", "models.video", "interp.archives", "interp.loading"]

with atheris.instrument_imports(include=READ_BY):
    from tests.models.films import encode, plain
    from tests.support.corpus import READERS, archive, photo

FOLDER = Path(".fuzzing")
MOST_SECONDS, MOST_MB, MOST_BYTES = 5, 2000, 100_000


def seeds(kind: str) -> list[bytes]:
    """Return the files with which the changes begin."""
    if kind == "photo":
        made = [photo(form) for form in ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")]
        return [*made, photo("TIFF", compression="tiff_lzw"), photo("PNG", dpi=(72, 72))]
    if kind == "film":
        return [encode(plain(3), form) for form in ("mp4", "mov", "webm")]
    if kind == "archive":
        return [
            archive({"cat/1.jpg": photo("JPEG"), "dog/1.png": photo("PNG")}),
            archive({"a.keras": b"", "labels.txt": b"0 a"}),
        ]
    if kind == "network":
        weights = Path("models/weights")
        return [
            (weights / "emotion-simple.keras").read_bytes(),
            archive({"config.json": b"{}", "model.weights.h5": b""}),
        ]
    return [b"0 cat\n1 dog\n", b'{"labels": ["cat", "dog"]}', b'["cat"]', b'{"0": "cat", "1": "dog"}']


def fuzz(kind: str, seconds: int) -> None:
    """Change files of a kind for so many seconds; ends the process."""
    read = READERS[kind]
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(seeds(kind)):
            (Path(folder) / str(number)).write_bytes(data)
        limits = [f"-max_total_time={seconds}", f"-timeout={MOST_SECONDS}", f"-rss_limit_mb={MOST_MB}"]
        options = [*limits, f"-max_len={MOST_BYTES}", f"-artifact_prefix={FOLDER}/{kind}-", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *options, folder], lambda data: read(bytes(data)))
        atheris.Fuzz()


def main() -> int:
    """Fuzz one kind, or each in a process of its own; return 1 if a file was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kind", nargs="?", choices=READERS, help="of files; defaults to all, one after the other")
    parser.add_argument("--seconds", type=int, default=60, help="for each kind")
    chosen = parser.parse_args()
    if chosen.kind:
        fuzz(chosen.kind, chosen.seconds)
    command = [sys.executable, "-m", "tests.fuzzing", f"--seconds={chosen.seconds}"]
    return max(int(subprocess.run([*command, kind], check=False).returncode != 0) for kind in READERS)


if __name__ == "__main__":
    sys.exit(main())

"""Run every benchmark of this folder: `python -m tests.benchmarks`, or name some: `... interp_speed`.

A benchmark that takes options is named alone: `... load --visitors 1 10`, and `... load --help` says which.
"""

import importlib
import pkgutil
import sys
from itertools import takewhile

from tests import benchmarks


def main(arguments: list[str]) -> None:
    """Run the named benchmarks, all where none is named."""
    modules = [module.name for module in pkgutil.iter_modules(benchmarks.__path__)]
    found = [name for name in modules if name != "__main__" and not name.startswith("test_")]
    names = list(takewhile(lambda word: not word.startswith("-"), arguments))
    options = arguments[len(names) :]
    if options and len(names) != 1:
        sys.exit("Name the one benchmark that the options are for.")
    for name in names or found:
        if name not in found:
            sys.exit(f"There is no benchmark {name!r}; there are: {', '.join(found)}.")
        benchmark = importlib.import_module(f"{benchmarks.__name__}.{name}")
        if hasattr(benchmark, "PARSER"):
            benchmark.main(**vars(benchmark.PARSER.parse_args(options)))
        elif options:
            sys.exit(f"The benchmark {name} takes no options.")
        else:
            benchmark.main()


if __name__ == "__main__":
    main(sys.argv[1:])

"""Run every benchmark of this folder: `python -m tests.benchmarks`, or name some: `... interp_speed`."""

import importlib
import pkgutil
import sys

from tests import benchmarks


def main(names: list[str]) -> None:
    """Run the named benchmarks, all where none is named."""
    found = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__"]
    for name in names or found:
        if name not in found:
            sys.exit(f"There is no benchmark {name!r}; there are: {', '.join(found)}.")
        importlib.import_module(f"{benchmarks.__name__}.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])

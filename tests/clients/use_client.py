"""Import all of the package `expunge_clients.small` below the folder given, and use it as a caller would."""

import importlib
import inspect
import pkgutil
import sys
import typing
import warnings
from contextlib import suppress

REFUSALS = (AttributeError, IndexError, KeyError, NameError, TypeError, ValueError)


def use(value):
    """Use one name of a module, as far as it can be used."""
    if getattr(value, "__name__", "") == "_get_kwargs":
        with suppress(*REFUSALS):
            value(**dict.fromkeys(inspect.signature(value).parameters, "a"))
    if inspect.isclass(value) and hasattr(value, "from_dict"):
        with suppress(*REFUSALS):
            typing.get_type_hints(value)
        with suppress(*REFUSALS):
            value().to_dict()
        with suppress(*REFUSALS):
            value.from_dict({"kind": "else"})
        with suppress(*REFUSALS):
            value.from_dict({"kind": "thing", "other": {"kind": 1}}).to_dict()


warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
package = importlib.import_module("expunge_clients.small")
names = [each.name for each in pkgutil.walk_packages(package.__path__, "expunge_clients.small.")]
for module in map(importlib.import_module, names):
    for value in list(vars(module).values()):
        use(value)
sys.stdout.write(f"used {package.__doc__ is not None}\n")

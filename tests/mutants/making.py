"""The mutants of some modules: those that cosmic-ray makes, except the ones that say nothing about the tests."""

import ast
import re
from pathlib import Path

import cosmic_ray.plugins
from cosmic_ray.commands.init import init
from cosmic_ray.modules import find_modules
from cosmic_ray.mutating import mutate_code
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import MutationSpec, WorkerOutcome, WorkItem, WorkResult

LEFT_OUT = re.compile(r"core/ReplaceComparisonOperator_(Is_Eq|IsNot_NotEq|Eq_Is|NotEq_IsNot)")
"""Operators that ask whether equal values are one object: that is the interpreter's choice."""

_CLASS_OPTIONS = {"frozen", "kw_only", "slots"}
_ORDERS = re.compile(r"core/ReplaceComparisonOperator_(Eq|NotEq)_(Lt|LtE|Gt|GtE)")
"""Operators that ask for the order of two values: of two words it is that of the alphabet, which says nothing."""


def make(modules: list[Path], database: WorkDB) -> list[WorkItem]:
    """Fill the *database* with the mutants of *modules*, and return those to judge; the others are skipped."""
    init(sorted(find_modules(modules)), database, {})
    marked = {path: _Marked(path) for path in find_modules(modules)}
    chosen = []
    for item in sorted(database.work_items, key=_place):
        mutation = item.mutations[0]
        if marked[mutation.module_path].leaves_out(mutation):
            skip(database, item)
        else:
            chosen.append(item)
    return chosen


def skip(database: WorkDB, item: WorkItem) -> None:
    """Leave *item* out."""
    database.set_result(item.job_id, WorkResult(WorkerOutcome.SKIPPED))


def source_of(item: WorkItem) -> str:
    """Return the module of *item* as the mutant has it."""
    mutation = item.mutations[0]
    operator = cosmic_ray.plugins.get_operator(mutation.operator_name)()
    return mutate_code(mutation.module_path.read_text(), operator, mutation.occurrence)


def _place(item: WorkItem) -> tuple[str, tuple[int, int], str, int]:
    mutation = item.mutations[0]
    return mutation.module_path.as_posix(), mutation.start_pos, mutation.operator_name, mutation.occurrence


class _Marked:
    """The places of a module where a mutant says nothing."""

    def __init__(self, path: Path) -> None:
        self._unread: list[ast.expr] = []
        """Expressions that nothing reads when the program runs: types, `if TYPE_CHECKING`, options of classes."""
        self._words: list[ast.expr] = []
        """Comparisons with a word."""
        self._operations: list[tuple[ast.expr, ast.expr]] = []
        """Both sides of the binary operators: a star before arguments is none, though cosmic-ray takes it for one."""
        self._overloads: set[int] = set()
        """Lines of `@overload`: only type checkers read what follows, and the last definition replaces it."""
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
                self._unread.append(node.annotation)
                if isinstance(node, ast.AnnAssign) and node.value and ast.unparse(node.annotation) == "TypeAlias":
                    self._unread.append(node.value)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
                self._unread.append(node.returns)
                self._overloads |= {each.lineno for each in node.decorator_list if ast.unparse(each) == "overload"}
            elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
                self._unread.append(node.test)
            elif isinstance(node, ast.keyword) and node.arg in _CLASS_OPTIONS:
                self._unread.append(node.value)
            elif isinstance(node, ast.Compare) and any(map(_is_word, [node.left, *node.comparators])):
                self._words.append(node)
            elif isinstance(node, ast.BinOp):
                self._operations.append((node.left, node.right))
            elif isinstance(node, ast.AugAssign):
                self._operations.append((node.target, node.value))

    def leaves_out(self, mutation: MutationSpec) -> bool:
        """Return whether *mutation* says nothing."""
        if LEFT_OUT.fullmatch(mutation.operator_name) or _is_in(self._unread, mutation):
            return True
        if mutation.operator_name == "core/RemoveDecorator":
            return mutation.start_pos[0] in self._overloads
        if mutation.operator_name.startswith("core/ReplaceBinaryOperator_"):
            return not any(_end(left) <= mutation.start_pos < _start(right) for left, right in self._operations)
        return bool(_ORDERS.fullmatch(mutation.operator_name)) and _is_in(self._words, mutation)


def _is_word(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_in(nodes: list[ast.expr], mutation: MutationSpec) -> bool:
    return any(_start(node) <= mutation.start_pos and mutation.end_pos <= _end(node) for node in nodes)


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset

"""Exceptions of signal handlers: they strike any code, and must pass through the code that they struck.

A handler may raise any class, such as the `TimeoutError` of an alarm. So the class does not show where an exception
comes from; its traceback does.
"""

import signal
from functools import partial
from inspect import CO_VARARGS
from threading import current_thread, main_thread
from types import CodeType, FrameType, TracebackType
from typing import cast

_SIGNALS = tuple(signal.valid_signals())
"""All signals of this system: each question makes 64 enumeration members."""


def is_from_handler(error: BaseException) -> bool:
    """Return whether a signal handler raised *error*, and not the code that the signal interrupted."""
    return handler_traceback(error) is not None


def handler_traceback(error: BaseException) -> TracebackType | None:
    """Return the part of *error*'s traceback that begins with a signal handler; None if it passed none.

    A handler without a frame, such as one that is written in C, is not found.
    """
    if current_thread() is not main_thread():
        return None  # Python runs handlers in the main thread only
    traceback = error.__traceback__
    registered = _registered() if traceback is not None else []
    while traceback is not None and not _is_handler(traceback.tb_frame, registered):
        traceback = traceback.tb_next
    return traceback


def _is_handler(frame: FrameType, registered: list[CodeType]) -> bool:
    """Return whether *frame* runs a handler: it has the interrupted frame as an argument, or its code is registered."""
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & CO_VARARGS)
    for name in code.co_varnames[:count]:
        value: object = frame.f_locals.get(name)
        if isinstance(value, tuple) and value:
            value = cast("tuple[object, ...]", value)[-1]
        if value is not None and value is frame.f_back:
            return True
    return any(code is each for each in registered)


def _registered() -> list[CodeType]:
    """Return the code of each handler that is written in Python."""
    handlers = (signal.getsignal(number) for number in _SIGNALS)
    return [code for handler in handlers if callable(handler) and (code := _code_of(handler)) is not None]


def _code_of(handler: object) -> CodeType | None:
    while isinstance(handler, partial):
        handler = handler.func
    for function in (handler, getattr(type(handler), "__call__", None)):  # noqa: B004 - its code is wanted
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        if isinstance(code, CodeType):
            return code
    return None

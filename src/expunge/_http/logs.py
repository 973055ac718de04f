"""Keeps a credential out of the logs of the libraries below, which write an answer's headers at DEBUG."""

import logging
import weakref

from .._answer import blank_text

# Every logger of httpcore that is told of headers: a filter on "httpcore" alone would not see its children's records.
_LOGGERS = ("httpcore.http11", "httpcore.http2", "httpcore.connection", "httpcore.proxy", "httpcore.socks", "httpx")


class _Blanking(logging.Filter):
    """Blanks one credential in each record, in whatever way it was quoted."""

    def __init__(self, credential: str) -> None:
        super().__init__()
        self._forms = {credential, repr(credential)[1:-1], repr(credential.encode())[2:-1]}

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if any(form in message for form in self._forms):
            for form in self._forms:
                message = blank_text(message, form)
            record.msg, record.args = message, None
        return True


def keep_out_of_logs(credential: str, holder: object) -> None:
    """Blank *credential* in those logs for as long as *holder* lives."""
    blanking = _Blanking(credential)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.addFilter(blanking)
        weakref.finalize(holder, logger.removeFilter, blanking)

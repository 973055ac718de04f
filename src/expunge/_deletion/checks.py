"""Checks before a delete: may it be sent at all, what does an alias name, is the version as it was when chosen."""

from .._flow import Flow
from ..errors import ExpungeError, Refused
from ..providers import AnyAdapter
from ..providers._failed_reads import Absent, ReadFailed, Replaced
from ..refs import is_number
from .endings import AFTER_READ
from .options import Options
from .record import EARLIER, Record


def check(adapter: AnyAdapter, record: Record, options: Options) -> None:
    """Refuse a deletion that no request should be made for."""
    ref = record.ref
    try:
        if ref.scope == "model":
            if not options.allow_model:
                raise Refused(
                    f"{ref} names a complete model, and every version in it would be deleted. "
                    "Name a version, or set allow_model.",
                    ref=str(ref),
                )
            adapter.check_model_delete(ref)
        if options.manifest is not None:
            adapter.check_manifest(ref, options.manifest)
    except ExpungeError as error:
        raise record.settled("refused", str(error), error) from None


def resolve(adapter: AnyAdapter, record: Record, options: Options) -> Flow[None]:
    """Find the number of an alias, because aliases move, and the row of a fully qualified name."""
    if not adapter.needs_resolving(record.ref):
        return
    try:
        record.ref = yield from adapter.resolve(record.ref)
        record.evidence = record.evidence.seen()
        _require_unmoved(record, options)
        if options.manifest is not None:
            adapter.check_manifest(record.ref, options.manifest)
    except Absent as error:
        if record.evidence.doubts and not is_number(record.ref.version or ""):
            raise record.unknown(f"{EARLIER}, and nothing has its alias any more") from None
        if record.evidence.doubts:
            detail = f"A read found it gone after {EARLIER}. Nothing ever showed that it had existed."
            raise record.confirmed("deleted", "read_back", detail) from None
        raise record.absent(f"there is no such version ({error.reason})") from None
    except ReadFailed as error:
        if record.evidence.doubts:
            raise record.unknown(f"{EARLIER}; reading back could not tell: {error.reason}") from None
        raise record.read_failed(error.answer, error.reason) from None
    except ExpungeError as error:
        if record.evidence.doubts:
            raise record.unknown(f"{EARLIER}, and now: {error}") from None
        raise record.settled("refused", str(error), error) from None


def _require_unmoved(record: Record, options: Options) -> None:
    """Refuse an alias that names another version than the one that was shown."""
    shown = (options.resolved or {}).get(record.requested)
    if shown is not None and shown != str(record.ref):
        named = f"named {shown}" if shown else "named no version that could be read"
        raise Refused(f"{record.requested} {named} when it was shown, and names {record.ref} now.", ref=str(record.ref))


def require_precondition(record: Record, options: Options) -> Flow[None]:
    """Refuse a version that has changed since it was chosen; before each delete, not only the first."""
    if options.precondition is None:
        return
    evidence = record.evidence
    try:
        yield from options.precondition(record.ref)
        record.evidence = record.evidence.found() if evidence.doubts else record.evidence.seen()
    except Absent as error:
        if AFTER_READ["gone"][evidence.doubt] == "absent":
            raise record.absent(f"it is not there any more ({error.reason})") from None
        raise record.confirmed("deleted", "read_back", "A read found it gone before it was sent again.") from None
    except ReadFailed as error:
        if not evidence.attempts:
            raise record.read_failed(error.answer, error.reason) from None
        raise record.ended(error.answer, f"it could not be read again: {error.reason}") from None
    except ExpungeError as error:
        if evidence.doubts and (evidence.may_come_late or isinstance(error, Replaced)):
            # Another version may stand under its name by now, so nothing is known of the one that was meant.
            now = str(error).removesuffix(".")
            raise record.unknown(f"an earlier attempt may have had an effect, and now: {now}") from None
        raise record.settled("refused", str(error), error) from None

"""A dry run: one read says whether the version is there, and others what is known against deleting it."""

from .._flow import Flow
from ..errors import Refused
from ..providers import AnyAdapter
from ..providers._failed_reads import ReadFailed
from ..providers._reads import Sighting
from ..providers._serving import read_state
from .endings import AFTER_READ
from .record import Record


def foresee(adapter: AnyAdapter, record: Record, look: Flow[Sighting]) -> Flow[None]:
    """Settle a dry run of *record* by the read *look*."""
    sighting = yield from look
    step = AFTER_READ[sighting.presence]["none"]
    if step == "absent":
        raise record.absent(f"it is not there ({sighting.reason})")
    if step == "end" or sighting.version is None:
        raise record.read_failed(sighting.answer, sighting.reason)
    state = yield from read_state(adapter, record.ref, sighting.version)
    try:
        against = yield from adapter.objections(record.ref, sighting.version, state)
    except Refused as error:
        raise record.settled("refused", str(error), error) from None
    except ReadFailed as error:
        against = (*state.objections, f"what else is known of it could not be read ({error.reason})")
    known = f" Against it: {'; '.join(against)}." if against else ""
    raise record.settled("planned", f"It is there and would be deleted.{known}")

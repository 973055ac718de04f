"""Creation times are read alike by both readers: the fast one for RFC 3339, and the one for all of ISO 8601."""

from datetime import UTC, datetime, timedelta, timezone

from dateutil.parser import isoparse
from hypothesis import given
from hypothesis import strategies as st

from expunge.providers._times import time_of

OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(2000, 1, 2), datetime(2025, 1, 1), timezones=OFFSETS)  # noqa: DTZ001 - they get one


@given(TIMES, st.sampled_from(["auto", "seconds", "milliseconds"]))
def test_what_providers_write_is_read_as_by_the_reader_of_all_forms(moment, precision):
    text = moment.isoformat(timespec=precision)

    assert time_of(text) == isoparse(text)
    assert time_of(text).tzinfo is UTC


@given(TIMES, st.sampled_from(["%Y-%m-%dT%H:%M:%SZ", "%Y%m%dT%H%M%S%z", "%Y-%m-%d %H:%M%z", "%Y-%m"]))
def test_other_forms_are_read_too(moment, form):
    text = moment.strftime(form)
    other = isoparse(text)

    assert time_of(text) == (other if other.tzinfo else None)


@given(
    st.from_regex(
        r"\A[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2})\Z"
    )
)
def test_a_time_that_does_not_exist_is_not_read(text):
    try:
        moment = isoparse(text).astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    is_plausible = moment is not None and datetime(2000, 1, 1, tzinfo=UTC) <= moment <= datetime.now(UTC)

    assert time_of(text) == (moment if is_plausible else None)

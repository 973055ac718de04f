"""The plan's file: the same plan comes back, and nothing else passes for it.

The module is longer than most: each change of a file that must not pass is a row.
"""

import json
import os
import stat
import tracemalloc
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st

import expunge
from expunge.plans.file import Rows, hash_of, write
from expunge.plans.plan import PlannedModel
from expunge.plans.retention import choose
from expunge.plans.selection import Selection
from expunge.providers import Capabilities

NOW = datetime(2026, 6, 15, 12, 0, 0, 123456, tzinfo=UTC)


def made_of(versions, **selectors):
    selection = Selection(**(selectors or {"keep_last": 1}))
    choices = choose(versions, selection, Capabilities(creation_times=True, aliases=True), NOW)
    return expunge.Plan(
        models=(PlannedModel(ref="truefoundry:repo/m", choices=choices, remarks=("It is well.",)),),
        selection=selection,
        origins={"truefoundry": "https://app.example.com"},
        created_at=NOW,
        created_by="ana on build-7",
    )


def version(number, days, aliases=(), status=None):
    made = None if days is None else NOW - timedelta(days=days)
    return expunge.Version(ref=f"truefoundry:repo/m@{number}", created_at=made, aliases=tuple(aliases), status=status)


@pytest.fixture
def plan():
    return made_of([version(1, 90), version(2, 60, ["v2-prod"]), version(3, 30), version(4, None)])


@pytest.fixture
def path(plan, tmp_path):
    plan.save(tmp_path / "plan.json")
    return tmp_path / "plan.json"


def test_what_is_saved_is_what_is_loaded(plan, path):
    loaded = expunge.Plan.load(path)

    assert loaded == plan
    assert loaded.sha256 == plan.sha256 == json.loads(path.read_text())["sha256"]
    assert [choice.ref for choice in loaded.deletions] == ["truefoundry:repo/m@1"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60)
@given(content=st.dictionaries(st.text(max_size=3), _JSON, max_size=5))
@example(content={})
@example(content={"models": [], "more": {}})
def test_content_that_is_written_in_pieces_is_the_same_as_in_one(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "pieces.json"
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    write(path, content)

    assert hash_of(content) == sha256(canonical).hexdigest()
    assert path.read_text() == json.dumps({**content, "sha256": hash_of(content)}, indent=2) + "\n"


def test_a_list_without_rows_is_written_as_in_one_piece(tmp_path):
    empty = {"models": Rows([]), "more": 1}

    write(tmp_path / "plan.json", empty)

    assert hash_of(empty) == hash_of({"models": [], "more": 1})
    assert (tmp_path / "plan.json").read_text() == (
        json.dumps({"models": [], "more": 1, "sha256": hash_of(empty)}, indent=2) + "\n"
    )


def test_a_plan_without_a_policy_has_one_selection_for_all_models(plan):
    assert plan.selection_of(evolve(plan.models[0], policy_rule=1)) == plan.selection


def test_a_profile_comes_back_and_a_plan_without_one_does_not_name_it(plan, path):
    assert "profile" not in json.loads(path.read_text())

    evolve(plan, profile="staging").save(path)

    assert json.loads(path.read_text())["profile"] == "staging"
    assert expunge.Plan.load(path).profile == "staging"


def test_a_model_of_many_versions_comes_back(tmp_path):
    """More than are compressed together; and Python has one object for each number only up to 256."""
    plan = made_of([version(number, 1_000 - number) for number in range(1, 301)], keep_last=9)
    canonical = json.dumps(plan.to_dict(), sort_keys=True, separators=(",", ":"))

    plan.save(tmp_path / "plan.json")

    assert expunge.Plan.load(tmp_path / "plan.json") == plan
    assert plan.sha256 == sha256(canonical.encode()).hexdigest()
    assert len(plan.deletions) == 291


def test_the_file_can_be_reviewed(path):
    content = json.loads(path.read_text())

    assert path.read_text() == json.dumps(content, indent=2) + "\n"
    assert content["created_by"] == "ana on build-7"
    assert content["origins"] == {"truefoundry": "https://app.example.com"}
    assert content["selection"]["keep_last"] == 1
    assert content["models"][0]["versions"][2] == {
        "ref": "truefoundry:repo/m@1",
        "action": "delete",
        "rule": "selected",
        "reason": "Selected: not the newest.",
        "observed": {
            "aliases": [],
            "created_at": "2026-03-17T12:00:00.123456Z",
            "is_live": None,
            "status": None,
            "identity": None,
        },
    }


@pytest.mark.parametrize("more", ["", "\n"], ids=["one", "two"])
def test_a_plan_may_be_as_large_as_the_limit_and_not_larger(more, plan, path, monkeypatch):
    """Without its last line break, which is the byte too many, it would still be complete."""
    path.write_text(path.read_text() + more)
    size = path.stat().st_size
    monkeypatch.setattr("expunge.plans.file._LARGEST", size)
    assert expunge.Plan.load(path) == plan

    monkeypatch.setattr("expunge.plans.file._LARGEST", size - 1)
    with pytest.raises(expunge.InvalidPlan, match="not a plan"):
        expunge.Plan.load(path)


AWKWARD = st.text(st.characters(codec=None), max_size=20)


@given(st.lists(AWKWARD, max_size=3, unique=True), st.one_of(st.none(), AWKWARD))
@settings(max_examples=50)
def test_whatever_a_provider_calls_it_comes_back(tmp_path_factory, aliases, status):
    """Lone surrogates, control characters and all."""
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    plan = made_of([version(1, 90, aliases, status), version(2, 3)], keep_last=1, include_aliased=True)
    plan.save(path)

    assert expunge.Plan.load(path) == plan
    assert path.read_bytes().isascii()


def places(value, path=()):
    """Every place in a JSON value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield (*path, place)
            yield from places(inner, (*path, place))


@pytest.mark.parametrize("stated", ["0" * 64, "f" * 64, None, 7])
def test_a_plan_with_another_hash_was_changed(stated, path):
    path.write_text(json.dumps({**json.loads(path.read_text()), "sha256": stated}))

    with pytest.raises(expunge.InvalidPlan, match="SHA-256 does not match"):
        expunge.Plan.load(path)


def test_a_change_at_any_place_is_noticed(path):
    """Whatever is changed, taken out or put in."""
    content = json.loads(path.read_text())
    every = list(places(content))
    assert len(every) > 50

    for place in every:
        for change in ("changed", "dropped"):
            altered = json.loads(path.read_text())
            inner = altered
            for step in place[:-1]:
                inner = inner[step]
            if change == "dropped":
                del inner[place[-1]]
            else:
                inner[place[-1]] = ["x"] if inner[place[-1]] is None else None
            path.with_name("altered.json").write_text(json.dumps(altered))

            with pytest.raises(expunge.InvalidPlan):
                expunge.Plan.load(path.with_name("altered.json"))


def test_laid_out_again_it_is_the_same_plan(plan, path):
    path.write_text(json.dumps(dict(reversed(json.loads(path.read_text()).items()))))

    assert expunge.Plan.load(path) == plan


def test_every_shorter_file_is_refused(path):
    data = path.read_bytes()
    for end in range(0, len(data) - 2, 7):
        path.write_bytes(data[:end])

        with pytest.raises(expunge.InvalidPlan):
            expunge.Plan.load(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"sha256": null}',
        b'{"expunge_plan": 1, "sha256": "x"}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": NaN, "sha256": "x"}',
        b"PK\x03\x04",
    ],
)
def test_what_is_no_plan_is_refused(data, tmp_path):
    (tmp_path / "plan.json").write_bytes(data)

    with pytest.raises(expunge.InvalidPlan, match="plan"):
        expunge.Plan.load(tmp_path / "plan.json")


def test_a_key_that_stands_twice_is_refused(path):
    """Which of the two is meant, another reader may answer in another way."""
    path.write_text(path.read_text().replace('"keep_last": 1', '"keep_last": 9, "keep_last": 1'))

    with pytest.raises(expunge.InvalidPlan):
        expunge.Plan.load(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(expunge.InvalidPlan, match="cannot be read"):
        expunge.Plan.load(tmp_path / "none.json")


def forged(content, tmp_path):
    """A plan whose hash fits, as somebody makes it who knows how."""
    content.pop("sha256", None)
    path = tmp_path / "forged.json"
    path.write_text(json.dumps({**content, "sha256": hash_of(content)}))
    return path


def versions_of(content):
    return content["models"][0]["versions"]


FORGERIES = {
    "another-form": lambda content: content.update(expunge_plan=2),
    "form-as-a-list": lambda content: content.update(expunge_plan=[1]),
    "form-as-an-object": lambda content: content.update(expunge_plan={}),
    "form-as-a-truth": lambda content: content.update(expunge_plan=True),
    "a-whole-model": lambda content: versions_of(content)[2].update(ref="truefoundry:repo/m"),
    "a-version-of-another-model": lambda content: versions_of(content)[2].update(ref="truefoundry:repo/other@1"),
    "an-alias": lambda content: versions_of(content)[2].update(ref="truefoundry:repo/m@v1-a "),
    "not-canonical": lambda content: versions_of(content)[2].update(ref="model:t/repo/m:1"),
    "no-reference": lambda content: versions_of(content)[2].update(ref="truefoundry:../m@1"),
    "twice": lambda content: versions_of(content).append(versions_of(content)[2]),
    "a-model-twice": lambda content: content["models"].append(content["models"][0]),
    "delete-what-is-kept": lambda content: versions_of(content)[0].update(action="delete"),
    "keep-what-is-selected": lambda content: versions_of(content)[2].update(action="keep"),
    "keep-in-another-word": lambda content: versions_of(content)[0].update(action="purge"),
    "keep-for-a-rule-that-is-none": lambda content: versions_of(content)[0].update(rule="because"),
    "an-action-that-is-none": lambda content: versions_of(content)[2].update(action="purge"),
    "a-rule-that-is-none": lambda content: versions_of(content)[2].update(rule="because"),
    "no-host": lambda content: content.update(origins={}),
    "another-host-too": lambda content: content["origins"].update(baseten="https://api.baseten.co"),
    "a-model-that-is-a-version": lambda content: content["models"][0].update(model="truefoundry:repo/m@1"),
    "a-provider-that-is-none": lambda content: content["models"][0].update(model="acme:repo/m"),
    "one-more-field": lambda content: content.update(force=True),
    "one-more-field-of-a-model": lambda content: content["models"][0].update(force=True),
    "a-last-field-of-a-model": lambda content: content["models"][0].update(zone="UTC"),
    "versions-as-an-object": lambda content: content["models"][0].update(versions={}),
    "versions-as-a-text": lambda content: content["models"][0].update(versions=""),
    "a-version-as-a-model": lambda content: content["models"][0].update(model="truefoundry:repo/m@1", versions=[]),
    "a-status-that-is-no-text": lambda content: versions_of(content)[2]["observed"].update(status=7),
    "an-identity-that-is-no-text": lambda content: versions_of(content)[2]["observed"].update(identity=True),
    "live-as-a-number": lambda content: versions_of(content)[2]["observed"].update(is_live=1),
    "a-reason-that-is-no-text": lambda content: versions_of(content)[2].update(reason=7),
    "a-remark-that-is-no-text": lambda content: content["models"][0].update(remarks=[7]),
    "a-rule-without-a-policy": lambda content: content["models"][0].update(policy_rule=1),
    "one-more-field-of-a-version": lambda content: versions_of(content)[2].update(force=True),
    "a-field-less": lambda content: content.pop("created_by"),
    "no-date": lambda content: content.update(created_at="soon"),
    "a-date-without-offset": lambda content: content.update(created_at="2026-06-15T12:00:00"),
    "a-date-before-all-dates": lambda content: content.update(created_at="0001-01-01T00:00:00+14:00"),
    "a-date-after-all-dates": lambda content: versions_of(content)[2]["observed"].update(
        created_at="9999-12-31T23:59:59-14:00"
    ),
    "live-as-a-text": lambda content: versions_of(content)[2]["observed"].update(aliases="prod"),
    "no-selector": lambda content: content["selection"].update(keep_last=None),
    "models-as-an-object": lambda content: content.update(models={}),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_what_has_a_hash_but_not_the_form_of_a_plan_is_refused(forge, path, tmp_path):
    content = json.loads(path.read_text())
    forge(content)

    with pytest.raises(expunge.InvalidPlan):
        expunge.Plan.load(forged(content, tmp_path))
    with pytest.raises(expunge.InvalidPlan, match="The plan"):
        expunge.Plan.from_dict(content)


@pytest.mark.parametrize("place", ["zzz", "models"])
def test_content_that_nests_too_deeply_is_refused(place, plan):
    deep = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(expunge.InvalidPlan, match="does not have the format of a plan"):
        expunge.Plan.from_dict({**plan.to_dict(), place: deep})


def test_what_is_not_forged_is_read(path, tmp_path):
    """Else the forgeries might be refused for another reason."""
    content = json.loads(path.read_text())

    assert expunge.Plan.load(forged(content, tmp_path)) == expunge.Plan.from_dict(content)


def test_saving_replaces_completely_and_leaves_nothing_beside(plan, path):
    link = path.with_name("link.json")
    link.symlink_to(path)
    path.write_text("old")

    plan.save(link)

    assert expunge.Plan.load(path) == plan
    assert link.is_symlink()
    assert sorted(found.name for found in path.parent.iterdir()) == ["link.json", "plan.json"]


@pytest.mark.parametrize(("before", "after"), [(0o664, 0o664), (0o600, 0o600), (None, 0o640)])
def test_whoever_may_read_a_plan_may_read_the_next_one(before, after, plan, path):
    mask = os.umask(0o026)
    try:
        path.unlink() if before is None else path.chmod(before)
        plan.save(path)
    finally:
        os.umask(mask)

    assert stat.S_IMODE(path.stat().st_mode) == after


def test_a_pipe_is_written_to_and_never_replaced(plan, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    plan.save(pipe)
    data = b"".join(iter(lambda: os.read(reader, 65536), b""))
    os.close(reader)

    assert json.loads(data)["sha256"] == plan.sha256
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_where_it_cannot_be_written_nothing_is_left(plan, tmp_path):
    with pytest.raises(OSError, match="No such file"):
        plan.save(tmp_path / "nowhere" / "plan.json")

    assert list(tmp_path.iterdir()) == []


def peak(work):
    """Return the most bytes that *work* takes at once."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_a_plan_of_many_models_is_written_and_read_model_by_model(tmp_path):
    """The content of its file in memory would take several times the room of the plan."""
    plan = made_of([version(number, number) for number in range(1, 9)])
    (model,) = plan.models
    plan = evolve(
        plan,
        models=tuple(
            PlannedModel(
                ref=f"{model.ref}{each}",
                choices=tuple(
                    evolve(choice, version=evolve(choice.version, ref=choice.ref.replace("/m@", f"/m{each}@")))
                    for choice in model.choices
                ),
            )
            for each in range(300)
        ),
    )
    path = tmp_path / "plan.json"

    complete = peak(plan.to_dict)

    assert peak(lambda: plan.save(path)) < complete / 4
    assert expunge.Plan.load(path) == plan
    assert expunge.Plan.from_dict(plan.to_dict()) == plan

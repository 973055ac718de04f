"""References: what is read, what is refused and why, and that text and value are two sides of one thing."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import expunge

ID = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"


@pytest.mark.parametrize(
    ("text", "canonical", "scope"),
    [
        ("truefoundry:fraud-repo/churn@7", None, "version"),
        ("truefoundry:fraud-repo/churn@v7-prod", None, "version"),
        ("truefoundry:fraud-repo/churn", None, "model"),
        ("model:acme/fraud-repo/churn:7", "truefoundry:model:acme/fraud-repo/churn:7", "version"),
        ("truefoundry:model:acme/fraud-repo/churn:7", None, "version"),
        ("cerebras:acme/gpt-oss-120b@3", None, "version"),
        ("cerebras:acme/llama3.1-8b@production", None, "version"),
        ("orgs/acme/models/gpt-oss-120b/versions/3", "cerebras:acme/gpt-oss-120b@3", "version"),
        ("baseten:mod3x7q@dep1aaa", None, "version"),
        ("baseten:mod3x7q", None, "model"),
        (f"replicate:acme/classifier@{ID}", None, "version"),
        (f"acme/classifier:{ID}", f"replicate:acme/classifier@{ID}", "version"),
        ("replicate:acme/classifier", None, "model"),
    ],
)
def test_every_documented_form_is_read(text, canonical, scope):
    ref = expunge.parse_ref(text)

    assert str(ref) == (canonical or text)
    assert ref.scope == scope
    assert expunge.parse_ref(str(ref)) == ref
    assert hash(expunge.parse_ref(str(ref))) == hash(ref)
    assert pickle.loads(pickle.dumps(ref)) == ref  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "provider"),
        ("nowhere:a/b@1", "provider"),
        ("truefoundry:fraud-repo", "name"),
        ("truefoundry:fraud-repo/churn@", "version"),
        ("truefoundry:fraud-repo/churn@0", "version"),
        ("truefoundry:fraud-repo/churn@07", "version"),
        ("truefoundry:fraud-repo/churn@+7", "version"),
        ("truefoundry:fraud-repo/churn@٧", "version"),
        ("truefoundry:fraud-repo/churn@" + "9" * 19, "version"),
        ("truefoundry:fraud-repo/churn@latest", "version"),
        ("truefoundry:fraud-repo/churn@v1.", "version"),
        ("truefoundry:fraud-repo/churn@7\n", "version"),
        ("truefoundry:fraud-repo/ch.urn@7", "name"),
        ("truefoundry:fraud-repo/../churn@7", "name"),
        ("truefoundry:1ab/churn@7", "ml_repo"),
        ("truefoundry:ab/churn@7", "ml_repo"),
        ("model:acme/fraud-repo/churn", "FQN"),
        ("model:acme/fraud-repo/churn:v7", "version"),
        ("model:/fraud-repo/churn:7", "tenant"),
        ("cerebras:acme/..@3", "model"),
        ("cerebras:acme/.@3", "model"),
        ("cerebras:/gpt@3", "organisation"),
        ("cerebras:acme/gpt@Prod", "version"),
        ("cerebras:acme/gpt@p", "version"),
        ("cerebras:acme/gpt@v1.2", "version"),
        ("cerebras:acme/gpt%2e@3", "model"),
        ("orgs/acme/models/gpt/versions/", "version"),
        ("orgs/acme/models/gpt", "resource name"),
        ("baseten:", "model"),
        ("baseten:..@dep", "model"),
        ("baseten:mod@production", "deployment"),
        ("baseten:mod@development", "deployment"),
        ("baseten:mod@a/b", "deployment"),
        ("baseten:mod@{id}", "deployment"),
        ("baseten:mod@%2e%2e", "deployment"),
        ("baseten:mod@" + "a" * 257, "deployment"),
        ("baseten:mod@de p", "deployment"),
        ("baseten:mod@dép", "deployment"),
        ("baseten:mod@a@b", "deployment"),
        (f"replicate:acme/classifier@{ID[:-1]}", "version"),
        (f"replicate:acme/classifier@{ID.upper()}", "version"),
        ("replicate:acme/classifier@latest", "version"),
        (f"replicate:acme@{ID}", "name"),
        (f"acme/:{ID}", "name"),
        (f"replicate:a:b/c@{ID}", "owner"),
    ],
)
def test_anything_else_is_refused_with_the_part_named(text, part):
    with pytest.raises(expunge.InvalidReference) as raised:
        expunge.parse_ref(text)

    assert raised.value.part == part
    assert part in str(raised.value)
    assert isinstance(raised.value, ValueError)
    assert "\n" not in str(raised.value)


parts = st.text(st.characters(min_codepoint=1, max_codepoint=0x200), max_size=12)


@given(
    parts, parts, parts, st.sampled_from(["truefoundry:{}/{}@{}", "cerebras:{}/{}@{}", "baseten:{}{}@{}", "{}/{}:{}"])
)
def test_any_accepted_text_round_trips_and_any_other_is_refused(first, second, third, form):
    text = form.format(first, second, third)
    try:
        ref = expunge.parse_ref(text)
    except expunge.InvalidReference as error:
        assert error.part  # noqa: PT017 - either end is fine, but each has its rule
        return

    assert expunge.parse_ref(str(ref)) == ref
    assert str(ref).isascii()
    assert str(ref).isprintable()


@pytest.mark.parametrize(
    "model",
    ["truefoundry:fraud-repo/churn", "cerebras:acme/gpt-oss-120b", "baseten:mod3x7q", "replicate:acme/classifier"],
)
@given(data=st.data())
def test_each_version_of_the_usual_form_is_one_that_parses(model, data):
    """A long list is not parsed entry by entry, so nothing else may have that form."""
    usual = expunge.PROVIDERS[model.partition(":")[0]].plain_version
    version = data.draw(st.from_regex(usual, fullmatch=True))

    ref = expunge.parse_ref(f"{model}@{version}")

    assert (str(ref), str(ref.model), ref.version) == (f"{model}@{version}", model, version)

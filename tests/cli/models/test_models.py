"""Models and globs on the command line: what is found, what is said, and the exit code."""

import pytest


def test_models_of_a_provider_are_printed_one_a_line(expunge):
    ended = expunge("models", "baseten")

    assert (ended.code, ended.stdout, ended.stderr) == (0, "baseten:mod3x7q\t4\nbaseten:mod9z2k\t2\n", "")


def test_a_line_of_json_is_a_model(expunge):
    ended = expunge("models", "truefoundry:fraud-repo", "--json")

    assert ended.objects == [{"ref": "truefoundry:fraud-repo/churn", "versions": None}]


def test_without_a_scope_the_providers_that_cannot_be_listed_are_named_on_stderr(expunge):
    ended = expunge("models")

    assert ended.code == 0
    assert ended.stdout == "truefoundry:fraud-repo/churn\t-\nbaseten:mod3x7q\t4\nbaseten:mod9z2k\t2\n"
    assert [line.partition(" cannot be listed")[0] for line in ended.said] == ["cerebras", "replicate"]


@pytest.mark.parametrize(
    ("scope", "code", "words"),
    [
        ("replicate", 2, "Name each model: replicate:OWNER/NAME."),
        ("cerebras", 2, "Name yours, such as cerebras:ORG."),
        ("baseten:mod3x7q", 2, "write baseten"),
        ("truefoundry:fraud-*", 2, "glob"),
        ("truefoundry:none-there", 1, "no ML repo is named none-there"),
    ],
)
def test_a_scope_that_gives_no_models_ends_with_words(scope, code, words, expunge, sandbox):
    ended = expunge("models", scope)

    assert (ended.code, ended.stdout, len(ended.said)) == (code, "", 1)
    assert words in ended.stderr
    assert code == 1 or sandbox.requests == []


def test_no_model_at_all_is_said(expunge, sandbox):
    sandbox.baseten.clear()

    ended = expunge("models", "baseten")

    assert (ended.code, ended.stdout, ended.said) == (0, "", ["No model was found."])


def test_a_list_takes_a_glob(expunge):
    ended = expunge("list", "baseten:mod9*", "--json")

    assert ended.code == 0
    assert [line["ref"] for line in ended.objects] == ["baseten:mod9z2k@dep5eee", "baseten:mod9z2k@dep6fff"]


@pytest.mark.parametrize(
    ("glob", "code", "words"),
    [
        ("baseten:zz*", 1, "matches none of 2 models. List them with: expunge models baseten"),
        ("baseten:[zz", 2, "a [ is not closed"),
        ("baseten:", 2, "is empty"),
        ("replicate:acme/*", 2, "Name each model"),
        ("baseten:*@dep1", 2, "leave it out"),
    ],
)
def test_a_glob_that_gives_no_models_makes_no_plan(glob, code, words, expunge, sandbox, tmp_path):
    listed = expunge("list", glob)
    planned = expunge("plan", glob, "--keep-last", "1", "-o", str(tmp_path / "plan.json"))
    pruned = expunge("prune", glob, "--keep-last", "1", "--yes")

    assert [ended.code for ended in (listed, planned, pruned)] == [code] * 3
    assert all(words in ended.stderr and ended.stdout == "" for ended in (listed, planned, pruned))
    assert list(tmp_path.iterdir()) == []
    assert code == 1 or sandbox.requests == []


def test_prune_deletes_from_every_model_that_a_glob_fits(expunge, sandbox):
    ended = expunge("prune", "baseten:*", "--keep-last", "1", "--yes", "--json")

    assert ended.code == 0
    assert {line["ref"] for line in ended.objects if line["status"] == "deleted"} == {
        "baseten:mod3x7q@dep2bbb",
        "baseten:mod3x7q@dep3ccc",
        "baseten:mod9z2k@dep6fff",
    }
    assert sandbox.holds("baseten:mod9z2k@dep5eee")


def test_a_remark_on_many_models_is_one_line(expunge, sandbox, tmp_path):
    for number in range(5):
        sandbox.cerebras.add_version("acme", f"arch-{number}", 1)

    ended = expunge("plan", "cerebras:acme/*", "--keep-last", "1", "-o", str(tmp_path / "plan.json"))

    (remark,) = [line for line in ended.said if "creation times" in line]
    assert remark.startswith("cerebras:acme/gpt-oss-120b and 5 other models: cerebras gives no creation times")


@pytest.mark.parametrize(
    ("command", "hints"),
    [
        (("list", "baseten:zzz*"), 1),
        (("models", "cerebras:nope"), 0),
        (("list", "cerebras:nope/*"), 0),
        (("models", "truefoundry:nope-there"), 1),
    ],
)
def test_a_hint_is_given_once_and_is_not_the_command_that_failed(command, hints, expunge):
    ended = expunge(*command)

    assert ended.code == 1
    assert ended.stderr.count("expunge models") == hints
    assert " ".join(command) not in ended.stderr


def test_a_missing_right_is_named_once_for_several_models(expunge, sandbox, tmp_path):
    for model in ("churn", "other", "third"):
        sandbox.add(f"truefoundry:credit/{model}@1")
    sandbox.answer_next("truefoundry", "GET", 403, {"message": "no"}, path="/api/svc/v1/apps")

    ended = expunge("plan", "truefoundry:credit/*", "--match", "*", "-o", str(tmp_path / "plan.json"))

    (line,) = [line for line in ended.said if "needs the right to list applications" in line]
    assert line.startswith("truefoundry:credit/churn, truefoundry:credit/other, truefoundry:credit/third: ")
    assert line.count("live") == 2  # in the reason, and in --assume-not-live

"""Settings: what may carry a credential where, and that it never shows."""

import pytest

import expunge


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("https://app.example.com/", "https://app.example.com"),
        ("https://APP.example.com:443", "https://app.example.com"),
        ("https://app.example.com:8443", "https://app.example.com:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:1", "http://[::1]:1"),
    ],
)
def test_an_origin_is_taken(url, origin):
    assert expunge.TrueFoundry(host=url, api_key="k").origin == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "app.example.com",
        "ftp://app.example.com",
        "http://app.example.com",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.1",
        "http://2130706433",
        "http://0x7f000001",
        "http://0.0.0.0",
        "https://0.0.0.0",
        "https://[::]",
        "https://[::ffff:127.0.0.1]",
        "http://[::ffff:127.0.0.1]",
        "https://user:pass@app.example.com",
        "https://user@app.example.com",
        "https://app.example.com/v1",
        "https://app.example.com//",
        "https://app.example.com?a=1",
        "https://app.example.com#a",
        "https://app.example.com:0",
        "https://app.example.com:99999",
        "https://app.example.com:",
        "https://",
        "https://app.exa mple.com",
        "https://app.example.com\\@evil.example",
        "https://äpp.example.com",
        "//app.example.com",
    ],
)
def test_anything_else_is_refused_before_a_credential_can_travel(url):
    with pytest.raises(expunge.ConfigurationError, match="TFY_HOST"):
        expunge.TrueFoundry(host=url, api_key="k")


@pytest.mark.parametrize(
    "url", ["https://r.example", "https://r.example/", "https://r.example/v1", "https://r.example/v1/"]
)
def test_replicates_base_is_taken_with_and_without_v1(url):
    assert expunge.Replicate(api_token="k", base_url=url).origin == "https://r.example"


@pytest.mark.parametrize("url", ["https://r.example/v2", "https://r.example/v1/v1", "https://r.example/v1//"])
def test_replicates_base_has_no_other_path(url):
    with pytest.raises(expunge.ConfigurationError, match="REPLICATE_BASE_URL"):
        expunge.Replicate(api_token="k", base_url=url)


@pytest.mark.parametrize("token", ["a b", "a\n", "\ta", "ä", "a\x7f", ""])
def test_a_token_that_cannot_be_sent_is_named_but_not_shown(token):
    with pytest.raises(expunge.ConfigurationError, match="BASETEN_API_KEY") as raised:
        expunge.Baseten(api_key=token)

    assert not token or token not in str(raised.value)


def test_a_secret_never_shows():
    settings = expunge.Baseten(api_key="abc123xyz")

    assert "abc123xyz" not in f"{settings!r} {settings} {settings.secret!r} {settings.secret}"


@pytest.mark.parametrize(
    ("provider", "variable"),
    [
        ("truefoundry", "TFY_HOST"),
        ("cerebras", "CEREBRAS_MANAGEMENT_API_KEY"),
        ("baseten", "BASETEN_API_KEY"),
        ("replicate", "REPLICATE_API_TOKEN"),
    ],
)
def test_a_missing_variable_is_named_and_an_empty_one_counts_as_missing(provider, variable):
    for environ in ({}, {variable: ""}):
        with pytest.raises(expunge.ConfigurationError, match=variable):
            expunge.PROVIDERS[provider].settings.from_env(environ)

"""The sandbox's models, a clock that stands still between sleeps, and short forms of plans and results."""

from datetime import UTC, datetime, timedelta

from tests.conftest import SteppedClock

TRUEFOUNDRY, CEREBRAS = "truefoundry:fraud-repo/churn", "cerebras:acme/gpt-oss-120b"
BASETEN, REPLICATE = "baseten:mod3x7q", "replicate:acme/churn"
MODELS = [TRUEFOUNDRY, CEREBRAS, BASETEN, REPLICATE]
CEREBRAS_VERSIONS = "/management/v1/orgs/acme/models/gpt-oss-120b/versions"


class Today(SteppedClock):
    """A clock as the sandbox has it, which stands still but for sleeping; *meanwhile* is done while somebody sleeps."""

    def __init__(self):
        super().__init__()
        self.begun = datetime.now(UTC).replace(microsecond=0)
        self.meanwhile = []

    def now(self):
        return self.begun + timedelta(seconds=self.time - 1_000)

    def sleep(self, seconds, stop=None):
        del stop  # nothing interrupts a test
        super().sleep(seconds)
        while self.meanwhile:
            self.meanwhile.pop()()


def going(plan):
    return {choice.ref for choice in plan.deletions}


def rules(plan):
    return {choice.ref.rpartition("@")[2]: choice.rule for model in plan.models for choice in model.choices}


def writes(sandbox):
    return [request for request in sandbox.requests if request.method != "GET"]


def statuses(tombstones):
    return {tombstone.ref.rpartition("@")[2]: tombstone.status for tombstone in tombstones}


def cerebras_row(number, response):
    return {"name": f"orgs/acme/models/gpt-oss-120b/versions/{number}", "done": True, "response": response}

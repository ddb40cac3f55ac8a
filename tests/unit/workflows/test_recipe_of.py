"""The recipe that a run and a job show: all that decided it but inputs and environment."""

from workbench.core.jobs import JobSpec
from workbench.workflows.provenance import recipe_of


def test_a_recipe_has_the_digest_of_the_whole_specification() -> None:
    spec = JobSpec(
        recipe="causal-lm",
        inputs={"test": "a" * 64},
        parameters={"steps": 3},
        seed=2**60,
        environment={"threads": "1"},
    )
    found = recipe_of(spec.to_json())
    assert found is not None
    assert (found.name, found.parameters) == ("causal-lm", {"steps": 3})
    assert found.seed == str(2**60)
    assert found.digest == spec.id


def test_what_follows_no_recipe_has_none() -> None:
    assert recipe_of({}) is None
    assert recipe_of({"recipe": "causal-lm", "parameters": {}}) is None

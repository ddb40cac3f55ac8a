"""What an outcome depends on besides its inputs."""

from workbench.compute.fingerprint import fingerprint, parse_cpu
from workbench.core.jobs import JobSpec

CPUINFO = """\
processor\t: 0
model name\t: Example CPU @ 2.0 GHz
flags\t\t: fpu avx2 sse4_2 avx512_bf16 fma

processor\t: 1
model name\t: Another CPU
flags\t\t: fpu
"""


def test_the_first_processor_tells_model_and_the_flags_that_matter() -> None:
    assert parse_cpu(CPUINFO) == {
        "cpu": "Example CPU @ 2.0 GHz",
        "cpu_flags": "avx2 avx512_bf16 fma",
    }


def test_a_system_that_does_not_tell_leaves_them_empty() -> None:
    assert parse_cpu("") == {"cpu": "", "cpu_flags": ""}


def test_a_fingerprint_is_text_the_same_each_time_and_fits_into_a_job() -> None:
    found = fingerprint()

    assert found == fingerprint()
    assert found["threads"] == "1"
    assert {"python", "machine", "torch", "numpy", "transformers"} <= found.keys()
    assert len(JobSpec("causal-lm", environment=found).id) == 64

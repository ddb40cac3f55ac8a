from workbench.dashboards.kernels import bare_environment


def test_a_kernel_knows_no_home_no_token_and_nobody_s_variables() -> None:
    environ = {
        "PATH": "/bin",
        "HOME": "/home/ana",
        "WORKBENCH_HOME": "/home/ana/wb",
        "WORKBENCH_PUBLISHED": "/p",
        "AWS_SECRET_ACCESS_KEY": "s3cret",
        "QUERY_STRING": "token=s3cret&task=speak%20up",
        "VOILA_REQUEST_URL": "http://127.0.0.1/?token=s3cret",
    }
    bare = bare_environment(environ, "/scratch")
    assert bare["WORKBENCH_PUBLISHED"] == "/p"
    assert bare["QUERY_STRING"] == "task=speak+up"
    assert bare["HOME"] == bare["IPYTHONDIR"] == "/scratch"
    assert not any("s3cret" in value or "ana" in value for value in bare.values())


def test_an_address_with_endless_fields_reaches_no_kernel() -> None:
    assert bare_environment({"QUERY_STRING": "a=1&" * 500}, "/s")["QUERY_STRING"] == ""

from workbench.server.activity import Activity


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_idleness_begins_when_the_last_request_is_answered() -> None:
    clock = Clock()
    activity = Activity(clock)
    activity.open()
    activity.open()
    clock.now = 10
    activity.close()
    assert activity.idle_seconds(0) == 0
    clock.now = 20
    activity.close()
    clock.now = 25
    assert activity.idle_seconds(0) == 5


def test_a_running_job_keeps_the_server_awake() -> None:
    clock = Clock()
    activity = Activity(clock)
    clock.now = 1000
    assert activity.idle_seconds(1) == 0
    clock.now = 1003
    assert activity.idle_seconds(0) == 3


def test_a_server_that_nobody_asks_anything_is_idle_from_its_start() -> None:
    clock = Clock()
    activity = Activity(clock)
    clock.now = 7
    assert activity.idle_seconds(0) == 7

from workbench.server.activity import Activity, Backoff


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


def test_what_waits_is_tried_ever_more_rarely_until_nothing_waits() -> None:
    clock = Clock()
    backoff = Backoff(60, 200, clock)
    tried = []
    for _ in range(600):
        clock.now += 1
        if backoff.is_due():
            tried.append(clock.now)
            backoff.looked(waiting=clock.now < 500)

    assert tried == [60, 180, 380, 580]
    assert not backoff.is_due()
    clock.now = 640
    assert backoff.is_due()

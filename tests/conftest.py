"""Fixtures that several parts of the tests share."""

pytest_plugins = [
    "tests.secret_service",
    "tests.servers.fixtures",
]

"""django-post_office at its defaults, as a peer: run in a Python environment of its own.

    python peer_post_office.py FOLDER PORT MESSAGES SIZE

Queues messages in SQLite (Django's defaults: synchronous FULL), then sends them with the command
that its documentation puts into cron. Prints the seconds of the sending alone. Imports nothing
of this repository.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import sys
import time
from pathlib import Path


def main(folder: str, port: int, messages: int, size: int) -> None:
    """Queue, send, print the seconds."""
    import django
    from django.conf import settings

    database = Path(folder) / "post_office.sqlite3"
    database.unlink(missing_ok=True)
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database)}},
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    )
    django.setup()
    from django.core.management import call_command
    from post_office import mail
    from post_office.models import STATUS, Email

    call_command("migrate", verbosity=0)
    body = ("x" * 76 + "\n") * (size // 77)
    for first in range(0, messages, 500):
        mail.send_many(
            [
                {
                    "recipients": ["b@example.org"],
                    "sender": "a@example.org",
                    "subject": f"Benchmark {number}",
                    "message": body,
                }
                for number in range(first, min(first + 500, messages))
            ]
        )
    began = time.perf_counter()
    call_command("send_queued_mail", verbosity=0)
    seconds = time.perf_counter() - began
    sent = Email.objects.filter(status=STATUS.sent).count()
    if sent != messages:
        sys.exit(f"only {sent} of {messages} messages were sent")
    print(seconds)


if __name__ == "__main__":
    main(sys.argv[1], *(int(argument) for argument in sys.argv[2:]))

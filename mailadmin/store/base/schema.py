"""Today's tables, private to the store. A change here needs a migration step.

The models are bound to no database: the repositories pass their queries to `Database`.
"""

from __future__ import annotations

import peewee

from mailadmin.store.base.fields import StableIdField, UtcField


class ProviderRow(peewee.Model):
    """A service mail is sent through. Its password is in the keyring under `uid`, never here.

    `settings` is JSON that the driver alone can read. `host` to `encryption` are shown, sorted and
    filtered by; they are written from the settings, and NULL where the driver has no such thing.
    """

    id = StableIdField()
    uid = peewee.TextField(unique=True)
    caption = peewee.TextField()
    driver = peewee.TextField()
    settings = peewee.TextField()
    host = peewee.TextField(null=True)
    port = peewee.IntegerField(null=True)
    username = peewee.TextField(null=True)
    encryption = peewee.TextField(null=True)
    send_from = peewee.TextField()
    send_from_name = peewee.TextField()
    enabled = peewee.BooleanField()
    priority = peewee.IntegerField()
    weight = peewee.IntegerField()
    max_connections = peewee.IntegerField()
    messages_per_connection = peewee.IntegerField()
    limit_per_second = peewee.IntegerField(null=True)
    limit_per_minute = peewee.IntegerField(null=True)
    limit_per_hour = peewee.IntegerField(null=True)
    limit_per_day = peewee.IntegerField(null=True)
    pause_reason = peewee.TextField(null=True)
    paused_at = UtcField(null=True)

    class Meta:
        table_name = "provider"


class MessageRow(peewee.Model):
    """A message, once however many recipients it has. Its bytes are in `ContentRow`."""

    id = StableIdField()
    sha256 = peewee.TextField()
    size = peewee.IntegerField()
    message_id = peewee.TextField()
    subject = peewee.TextField()
    header_from = peewee.TextField()
    envelope_from = peewee.TextField(null=True)
    created_at = UtcField()
    source = peewee.TextField()
    origin = peewee.TextField(default="")  # SHA-256 of the file it was read from

    class Meta:
        table_name = "message"


class ContentRow(peewee.Model):
    """The exact bytes of a message, apart from what lists and sorts read."""

    message = peewee.ForeignKeyField(MessageRow, primary_key=True, on_delete="CASCADE")
    content = peewee.BlobField()

    class Meta:
        table_name = "message_content"


class QueueRow(peewee.Model):
    """One recipient of one message that was not sent yet.

    `next_attempt_at` is set exactly while the row may be claimed. `epoch` grows with every claim: a
    claim of an earlier epoch can neither send nor record. `provider` is set while no other one may
    send it. `deleted_at` marks a row that was deleted and can still be brought back by undo.
    """

    id = StableIdField()
    resend_of = peewee.IntegerField(null=True)  # the email's ID, if this row sends it again
    message = peewee.ForeignKeyField(MessageRow, on_delete="RESTRICT")
    recipient = peewee.TextField()
    subject = peewee.TextField()
    created_at = UtcField()
    last_attempt_at = UtcField(null=True)
    next_attempt_at = UtcField(null=True)
    attempts_count = peewee.IntegerField()
    status = peewee.TextField()
    reason = peewee.TextField()
    priority = peewee.IntegerField()
    not_before = UtcField(null=True)
    expires_at = UtcField(null=True)
    schedule_started_at = UtcField()  # the backoff and the expiry count from here
    schedule_step = peewee.IntegerField()  # attempts used since then
    provider = peewee.ForeignKeyField(ProviderRow, null=True, on_delete="SET NULL")
    owner = peewee.TextField(null=True)
    epoch = peewee.IntegerField()
    lease_until = UtcField(null=True)
    attempt_id = peewee.IntegerField(null=True)  # the attempt of the current epoch
    unknown_outcomes = peewee.IntegerField()
    deleted_at = UtcField(null=True)
    avoid = peewee.TextField(default="")  # ",3,5,": providers that failed it since it was due

    class Meta:
        table_name = "queue"


class QueueCountRow(peewee.Model):
    """How many rows of the queue have a status, but for deleted ones. Triggers keep it."""

    status = peewee.TextField(primary_key=True)
    number = peewee.IntegerField()

    class Meta:
        table_name = "queue_count"


class LogRow(peewee.Model):
    """One email that was attempted: a row of the Log. `id` is the email's ID."""

    id = peewee.IntegerField(primary_key=True)
    queue_id = peewee.IntegerField(null=True)
    message = peewee.ForeignKeyField(MessageRow, on_delete="RESTRICT")
    recipient = peewee.TextField()
    subject = peewee.TextField()
    attempt_at = UtcField()
    status = peewee.TextField()
    reason = peewee.TextField()

    class Meta:
        table_name = "journal"


class AttemptRow(peewee.Model):
    """One try to send one email. `point_of_no_return_at` is committed before the final dot."""

    id = StableIdField()
    email = peewee.ForeignKeyField(LogRow, on_delete="CASCADE")
    queue_id = peewee.IntegerField()
    number = peewee.IntegerField()
    provider = peewee.ForeignKeyField(ProviderRow, null=True, on_delete="SET NULL")
    provider_caption = peewee.TextField()
    owner = peewee.TextField()
    epoch = peewee.IntegerField()
    started_at = UtcField()
    finished_at = UtcField(null=True)
    point_of_no_return_at = UtcField(null=True)
    stage = peewee.TextField(null=True)
    outcome = peewee.TextField(null=True)
    reason = peewee.TextField()
    reply_code = peewee.IntegerField(null=True)
    enhanced_code = peewee.TextField()
    reply_text = peewee.TextField()
    possible_duplicate = peewee.BooleanField()

    class Meta:
        table_name = "attempt"


class UndoStepRow(peewee.Model):
    """One change of many rows of the queue that can be undone."""

    id = StableIdField()
    kind = peewee.TextField()
    done_at = UtcField()

    class Meta:
        table_name = "undo_step"


class UndoRow(peewee.Model):
    """What a row of the queue was before a change; deleted once the change is undone."""

    undo = peewee.ForeignKeyField(UndoStepRow, on_delete="CASCADE")
    queue_id = peewee.IntegerField()
    epoch = peewee.IntegerField()
    provider_id = peewee.IntegerField(null=True)
    status = peewee.TextField()
    next_attempt_at = UtcField(null=True)
    schedule_started_at = UtcField()
    schedule_step = peewee.IntegerField()
    avoid = peewee.TextField()
    not_before = UtcField(null=True)
    reason = peewee.TextField()

    class Meta:
        table_name = "undo_row"
        primary_key = peewee.CompositeKey("undo", "queue_id")


class ProviderHealthRow(peewee.Model):
    """How a provider has been doing; no row: nothing was sent through it yet."""

    provider = peewee.ForeignKeyField(ProviderRow, primary_key=True, on_delete="CASCADE")
    failures = peewee.IntegerField(default=0)
    open_until = UtcField(null=True)
    rest = peewee.FloatField(default=0.0)
    last_success_at = UtcField(null=True)
    last_failure_at = UtcField(null=True)
    last_failure = peewee.TextField(default="")

    class Meta:
        table_name = "provider_health"


class SettingRow(peewee.Model):
    """A setting of this store, as JSON."""

    key = peewee.TextField(primary_key=True)
    value = peewee.TextField()

    class Meta:
        table_name = "setting"

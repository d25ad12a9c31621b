"""Another value for every preference, so that a test can tell it from the default."""

from __future__ import annotations

from mailadmin.preferences import Preferences

OTHER = Preferences(
    retry_delays=(90.0,),
    retry_repeat=3600.0,
    retry_expiry=7200.0,
    retry_jitter=0.1,
    never_duplicate=True,
)

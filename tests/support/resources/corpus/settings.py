"""One setting of each type that decides one check: with it the check passes, without it, or with another, it
fails.

Each verdict was judged by hand, by what AWS makes of the setting.
"""

from __future__ import annotations

from tests.support.resources.corpus.settings_of_compute import COMPUTE
from tests.support.resources.corpus.settings_of_identity import IDENTITY
from tests.support.resources.corpus.settings_of_messages import MESSAGES
from tests.support.resources.corpus.settings_of_storage import STORAGE

SETTINGS = (*STORAGE, *IDENTITY, *MESSAGES, *COMPUTE)

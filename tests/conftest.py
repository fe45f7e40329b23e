"""What holds for all tests."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

sys.path.append(str(Path(__file__).parent))  # for warm_host

settings.register_profile("unhurried", deadline=None)  # a busy machine is no mistake of ours
settings.load_profile("unhurried")

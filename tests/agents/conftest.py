"""Lets the tests here import `canned_agents`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

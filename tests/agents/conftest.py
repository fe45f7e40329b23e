"""Lets the tests here import `canned_agents` and `played_agents`, and `jumping_clock` of the tests of models."""

import sys
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "models")]

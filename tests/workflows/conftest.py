"""Lets the tests here import `workflow_stage`, and `canned_agents` of the tests of agents."""

import sys
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "agents"), str(FOLDER.parent / "models")]

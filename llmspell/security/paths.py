"""Files for scripts and tools: every operation decides about the real path of what it really touches.

All functions take the path as the script wrote it, relative to `base`, and the permissions that decide; see `pinning`
for how the gap between the check and the use is closed. Links are followed where a file's content is meant and never
where the entry itself is (remove, rename). A hard link is a path like any other: it cannot be told from the first name,
and scripts have no means to make one.

They block; async code calls them through a thread. What the system refuses becomes `NotFound` (`file_not_found`) or
`ToolFailed` with a code such as `is_a_folder`, `file_exists`, `access_refused`."""

from llmspell.security.files import FileInfo, copy, decide_path, exists, open_path, stat
from llmspell.security.folders import Entry, list_dir, make_dir, remove, rename

__all__ = [
    "Entry",
    "FileInfo",
    "copy",
    "decide_path",
    "exists",
    "list_dir",
    "make_dir",
    "open_path",
    "remove",
    "rename",
    "stat",
]

"""The articles of an index as files: put new ones in, take some out, build again.

`place` knows where they are, `adding` and `removing` change what is there, `reading` tries files before they are
taken, and `rebuilding` builds; the last two in a `process` of their own, whose part is `worker`.
"""

from qa.library.adding import Taken, add_files, add_text
from qa.library.place import Library, find_library
from qa.library.rebuilding import BuildState, Built, Rebuilding
from qa.library.removing import Removed, remove_article, removed_files, restore_file

__all__ = [
    "BuildState",
    "Built",
    "Library",
    "Rebuilding",
    "Removed",
    "Taken",
    "add_files",
    "add_text",
    "find_library",
    "remove_article",
    "removed_files",
    "restore_file",
]

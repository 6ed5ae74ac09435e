"""Seeds -> Article: files, folders, archives and URLs as a stream of articles.

`files` finds the files and `archives` those in a zip; `reading` gives each to the reader of its format: `markdown`,
`webpage`, `jsonl`, `docx`, `odt`, `epub`, `rtf`, `mail`, `table`, `feed` and `pdf`, which make drafts (`draft`) written
in the form that `blocks` gives them. `web` does the same for what `fetching` fetches, within what `addresses` and
`robots` allow. `stream` makes articles of drafts: with an `ids` name, a `titles` title, a `dates` date, a language, and
each text only once.
"""

from qa.articles.draft import Refused
from qa.articles.fetching import is_url
from qa.articles.files import SourceFile
from qa.articles.stream import Found, read_articles, read_files

__all__ = ["Found", "Refused", "SourceFile", "is_url", "read_articles", "read_files"]

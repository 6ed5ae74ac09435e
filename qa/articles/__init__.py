"""Seeds -> Article: files and folders of text, Markdown, web pages and JSON Lines as a stream of articles.

`files` finds the files, `decoding` turns bytes into text, `markdown`, `webpage` and `jsonl` turn that into drafts
(`draft`, written in the form that `blocks` gives them), and `stream` makes articles of drafts: with an `ids` name,
a `titles` title, a `dates` date, a language, and each text only once.
"""

from qa.articles.draft import Refused
from qa.articles.files import SourceFile
from qa.articles.stream import Found, read_articles, read_files

__all__ = ["Found", "Refused", "SourceFile", "read_articles", "read_files"]

"""The exceptions a user may see. Each message says what is wrong and what to do about it."""


class QAError(Exception):
    """Base of every error that this package raises on purpose; `str(error)` is fit to show to a user."""


class SettingsError(QAError):
    """A setting is unknown, has the wrong type or lies outside its range."""


class ArticleError(QAError):
    """A source cannot be read as an article: missing, empty, binary, undecodable or of an unknown format."""


class EmbeddingError(QAError):
    """An embedding model cannot be loaded, or gives vectors that cannot be used."""


class ReaderError(QAError):
    """The reader cannot be loaded: its file is missing or damaged, or a package that it needs is not installed."""


class UnusableIndexError(QAError):
    """An index is missing, empty, unfinished, damaged, or was made by another model or format."""


class QuestionError(QAError):
    """A question cannot be asked: empty, too long or not text."""


class FeedbackError(QAError):
    """Feedback cannot be kept or read: a comment that is too long, or a file that cannot be used."""


class EvaluationError(QAError):
    """A question set cannot be read or does not fit its articles, or a report cannot be written."""

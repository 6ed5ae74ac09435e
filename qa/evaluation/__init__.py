"""How good the answers are: questions with known answers, asked and counted. What `qa eval` does."""

from qa.evaluation.measures import Curve, Figure, Measures, measure
from qa.evaluation.outcomes import Outcome, ask_all
from qa.evaluation.questions import Question, read_questions
from qa.evaluation.report import Report, evaluate

__all__ = [
    "Curve",
    "Figure",
    "Measures",
    "Outcome",
    "Question",
    "Report",
    "ask_all",
    "evaluate",
    "measure",
    "read_questions",
]

"""The terminal: `qa` and its commands; see `_parser`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import QAError, SettingsError

if TYPE_CHECKING:
    from qa.build import BuildReport

DEFAULT_INDEX = "indexes/default"

ANSWERED, ABSTAINED, FAILED = 0, 1, 2  # exit codes of `qa ask`
BUILT, NOTHING_BUILT, SOME_REFUSED = 0, 2, 3  # exit codes of `qa index`


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The words after `qa`; by default those of the process.

    Returns:
        The exit code.
    """
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except QAError as error:
        print(f"qa: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # whoever reads, such as `head`, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("qa: stopped. The live version of the index is as it was.", file=sys.stderr)
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qa", description="Ask questions about articles; each statement of an answer cites its sentence."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    ask = commands.add_parser("ask", help="answer a question (exit code 0 answered, 1 abstained, 2 error)")
    ask.add_argument("question", help="the question, in quotes")
    ask.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    ask.add_argument("--limit", type=_positive, metavar="N", help="cite at most N sentences")
    ask.add_argument(
        "--article", action="append", metavar="ID", help="look only into this article; may be given several times"
    )
    ask.set_defaults(run=_ask)

    index = commands.add_parser("index", help="build an index (exit code 0 all taken, 3 some refused, 2 nothing built)")
    index.add_argument(
        "sources", nargs="*", default=["seeds"], metavar="SOURCE", help="folder, file or URL (default: seeds)"
    )
    index.add_argument("--if-changed", action="store_true", help="do nothing if the index is newer than its sources")
    index.add_argument("--watch", action="store_true", help="build again whenever the sources change, until Ctrl+C")
    index.add_argument("--wait", action="store_true", help="wait for another build of this index to end")
    index.set_defaults(run=_index)

    versions = commands.add_parser("versions", help="list the versions of an index, oldest first")
    versions.add_argument("--json", action="store_true", help="print them as JSON")
    versions.set_defaults(run=_versions)

    rollback = commands.add_parser("rollback", help="make an earlier version of an index the live one again")
    rollback.add_argument("version", nargs="?", metavar="ID", help="its id (default: the one before the live one)")
    rollback.set_defaults(run=_rollback)

    serve = commands.add_parser("serve", help="open the web chat on this machine")
    serve.add_argument(
        "--host", metavar="ADDRESS", help="address to listen on (default: 127.0.0.1, this machine alone)"
    )
    serve.add_argument("--port", type=_positive, default=7860, help="port to listen on (default: 7860)")
    serve.add_argument("--mcp", action="store_true", default=None, help="be an MCP server too, at /mcp")
    serve.add_argument(
        "--allow-anonymous", action="store_true", default=None, help="let anyone use it who reaches the address"
    )
    serve.set_defaults(run=_serve)

    mcp = commands.add_parser("mcp", help="be an MCP server on standard input and output, for an assistant")
    mcp.set_defaults(run=_mcp)

    user = commands.add_parser("user", help="write the file of users who may log in to the web chat")
    add = user.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "add", help="add a user, or give one a new password; it is asked for, or read from standard input"
    )
    add.add_argument("name", help="the user's name")
    add.add_argument("--file", metavar="FILE", help="the users file (default: the setting users_file)")
    add.set_defaults(run=_add_user)

    check = commands.add_parser("check", help="verify an index: checksums, counts, every offset (exit code 0 or 2)")
    check.set_defaults(run=_check)

    feedback = commands.add_parser("feedback", help="print what readers thought of answers, one JSON object a line")
    feedback.set_defaults(run=_feedback)

    evaluation = commands.add_parser("eval", help="ask questions whose answers are known, and count (exit code 0 or 2)")
    evaluation.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl", help="questions with their answers")
    evaluation.add_argument("--corpus", required=True, metavar="SOURCE", help="the articles that they are about")
    evaluation.add_argument("--index", metavar="FOLDER", help="build there, or reuse (default: one under indexes/)")
    evaluation.add_argument("--json", type=Path, metavar="FILE", help="write all figures and curves")
    evaluation.add_argument("--rows", type=Path, metavar="FILE", help="write one line of JSON for each question")
    evaluation.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw the curves as SVG (extra: eval)")
    evaluation.set_defaults(run=_eval)

    for command in (ask, index, versions, rollback, serve, mcp, check, feedback):
        command.add_argument(
            "--index", default=DEFAULT_INDEX, metavar="FOLDER", help=f"folder of the index (default: {DEFAULT_INDEX})"
        )
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"article-qa {version('article-qa')}")
        parser.exit()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not a positive number")
    return number


def _ask(options: argparse.Namespace) -> int:
    from qa.engine import ArticleQA

    with ArticleQA.open(options.index) as qa:
        answer = qa.ask(options.question, articles=options.article, limit=options.limit)
    if options.json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2))
    else:
        print(answer.to_markdown(), end="")
    return ANSWERED if answer.answered else ABSTAINED


def _index(options: argparse.Namespace) -> int:
    from qa.build import build_index, index_is_current
    from qa.store import rolled_back_at

    if options.watch:
        return _watch(options)
    if options.if_changed and index_is_current(options.sources, index=options.index):
        rolled_back = rolled_back_at(Path(options.index))
        why = "was rolled back, and no source changed after that" if rolled_back else "is newer than its sources"
        print(f"The index {options.index} {why}.")
        return BUILT
    report = build_index(options.sources, index=options.index, progress=True, wait=options.wait)
    _print_report(report)
    return SOME_REFUSED if report.refused else BUILT


def _watch(options: argparse.Namespace) -> int:
    from qa.watch import watch_index

    print(f"Watching {', '.join(options.sources)} (Ctrl+C stops it)", flush=True)
    for built in watch_index(options.sources, index=options.index, progress=True):
        if isinstance(built, QAError):
            print(f"qa: {built}", file=sys.stderr, flush=True)
        else:
            _print_report(built)
    return BUILT


def _print_report(report: BuildReport) -> None:
    print(
        f"{report.articles} articles, {report.sentences} sentences ({report.reused} unchanged) in"
        f" {report.seconds:.1f} s. Version {report.version} of {report.index} is live.",
        flush=True,
    )
    for group in report.near_duplicates:
        print(f"near-duplicates ({group.shared:.0%} in common): {', '.join(group.articles)}")
    for refused in report.refused:
        print(f"refused: {refused.source}: {refused.reason}", file=sys.stderr)
    sys.stdout.flush()


def _versions(options: argparse.Namespace) -> int:
    from qa.versions import list_versions

    versions = list_versions(options.index)
    if options.json:
        print(json.dumps([version.to_dict() for version in versions], ensure_ascii=False, indent=2))
        return 0
    for version in versions:
        created = (version.created or "")[:19].replace("T", " ")
        made = version.fault or f"{created}  {version.articles} articles, {version.sentences} sentences"
        mark = "*" if version.live else " "
        print(f"{mark} {version.version}  {version.size_bytes / 1e6:8.1f} MB  {made}")
    print("The live version is marked with *.")
    return 0


def _rollback(options: argparse.Namespace) -> int:
    from qa.versions import roll_back

    version = roll_back(options.index, options.version)
    print(
        f"Version {version} of {options.index} is live. It stays so until a source changes or `qa index` builds anew."
    )
    return 0


def _serve(options: argparse.Namespace) -> int:
    from qa.web import serve

    serve(
        options.index,
        host=options.host,
        port=options.port,
        mcp=options.mcp,
        allow_anonymous=options.allow_anonymous,
    )
    return 0


def _mcp(options: argparse.Namespace) -> int:
    from qa.mcp_server import make_mcp_server
    from qa.service import Service

    make_mcp_server(Service(options.index)).run("stdio")
    return 0


def _add_user(options: argparse.Namespace) -> int:
    from getpass import getpass

    from qa.settings import load_settings
    from qa.users import add_user

    path = options.file or load_settings().users_file
    if path is None:
        raise SettingsError("no users file is named. Set users_file in qa.toml or QA_USERS_FILE, or give --file FILE.")
    if sys.stdin.isatty():
        password = getpass(f"Password of {options.name}: ")
        if getpass("Once more: ") != password:
            raise SettingsError("the two passwords differ. Nothing was changed.")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    new = add_user(Path(path), options.name, password)
    print(f"{options.name} {'can log in now' if new else 'has a new password'}, by {path}.")
    return 0


def _check(options: argparse.Namespace) -> int:
    from qa.store import IndexVersion

    version = IndexVersion(Path(options.index))
    faults = version.check()
    version.close()
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        return FAILED
    counts = ", ".join(f"{count} {what}" for what, count in version.manifest.counts.items())
    print(f"The index {options.index} is sound: version {version.manifest.version}, {counts}.")
    print(_say_reader())
    return 0


def _say_reader() -> str:
    from qa.errors import ReaderError
    from qa.reader import load_reader
    from qa.settings import load_settings

    if not load_settings().reader:
        return "The reader is off: similarity alone chooses the sentences of answers."
    try:
        load_reader()
    except ReaderError as error:
        return f"Similarity alone chooses the sentences of answers: {error}"
    return "The reader is there: it chooses the sentences of answers."


def _feedback(options: argparse.Namespace) -> int:
    from qa.errors import UnusableIndexError
    from qa.feedback import feedback_file, read_feedback
    from qa.settings import load_settings

    path = feedback_file(options.index, load_settings())
    if not path.exists() and not Path(options.index).is_dir():
        raise UnusableIndexError(f"there is no index at {options.index}, and no feedback at {path}. Name its folder.")
    for feedback in read_feedback(path):
        print(json.dumps(feedback.to_dict(), ensure_ascii=False))
    return 0


def _eval(options: argparse.Namespace) -> int:
    from qa.evaluation import evaluate

    report = evaluate(options.questions, options.corpus, index=options.index, progress=True)
    print(report.to_table())
    report.write(json_file=options.json, rows_file=options.rows)
    if options.pictures is not None:
        from qa.evaluation.pictures import draw_pictures

        draw_pictures(report.measures, options.pictures)
    return 0


if __name__ == "__main__":
    sys.exit(main())

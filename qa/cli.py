"""The terminal: `qa ask`, `qa index`, `qa serve`, `qa check`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from qa.errors import QAError

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
    ask.set_defaults(run=_ask)

    index = commands.add_parser("index", help="build an index (exit code 0 all taken, 3 some refused, 2 nothing built)")
    index.add_argument(
        "sources", nargs="*", default=["seeds"], metavar="SOURCE", help="folder, file or URL (default: seeds)"
    )
    index.add_argument("--if-changed", action="store_true", help="do nothing if the index is newer than its sources")
    index.set_defaults(run=_index)

    serve = commands.add_parser("serve", help="open the web chat on this machine")
    serve.add_argument("--port", type=_positive, default=7860, help="port on 127.0.0.1 (default: 7860)")
    serve.set_defaults(run=_serve)

    check = commands.add_parser("check", help="verify an index: checksums, counts, every offset (exit code 0 or 2)")
    check.set_defaults(run=_check)

    for command in (ask, index, serve, check):
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
        answer = qa.ask(options.question, limit=options.limit)
    if options.json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2))
    else:
        print(answer.to_markdown(), end="")
    return ANSWERED if answer.answered else ABSTAINED


def _index(options: argparse.Namespace) -> int:
    from qa.build import build_index, index_is_current

    if options.if_changed and index_is_current(options.sources, index=options.index):
        print(f"The index {options.index} is newer than its sources.")
        return BUILT
    report = build_index(options.sources, index=options.index, progress=True)
    print(
        f"{report.articles} articles, {report.sentences} sentences ({report.reused} unchanged) in"
        f" {report.seconds:.1f} s. Version {report.version} of {report.index} is live."
    )
    for refused in report.refused:
        print(f"refused: {refused.source}: {refused.reason}", file=sys.stderr)
    return SOME_REFUSED if report.refused else BUILT


def _serve(options: argparse.Namespace) -> int:
    from qa.web import serve

    serve(options.index, port=options.port)
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
    return 0


if __name__ == "__main__":
    sys.exit(main())

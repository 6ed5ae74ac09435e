"""Real files of each format, damaged at random, given to their readers: `make fuzz`, or this file as a script.

Each reader runs in a process of its own that may have 1 GB of memory. An input that takes more than 10 seconds, ends
the process, or raises anything but an error of this package is a finding: it is kept, with what it did.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import random
import resource
import select
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

import make_documents as made  # noqa: E402  (the folder is on the path only now)

SECONDS_MAX = 10  # of the processor; the machine may do much else
MEMORY_BYTES_MAX = 1_000_000_000
MAX_BYTES = 50_000_000

Input = bytes
_NUMBERS = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
_TOKENS = {
    "pdf": [b" obj\n", b"endobj", b"stream\r\n", b"endstream", b"/Length 999999999", b"/Kids [1 0 R]", b"/Parent 2 0 R",
            b"/Rotate 90", b"/Filter /FlateDecode", b"/MediaBox [0 0 1e38 -1]", b"BT ", b" ET", b" Tj", b"1e400 ", b"/Count -1",
            b"(\\\\", b"<</", b">>", b"1 0 0 1 0 0 cm ", b"0 0 0 0 0 0 Tm ", b"/F1 1e9 Tf ", b"xref", b"/Encrypt 3 0 R"],
    "xml": [b"<", b">", b"</w:p>", b"<w:p>", b"<w:tbl>", b"<w:tr><w:tc>", b"&lt;", b"&#0;", b"&#x110000;", b"<![CDATA[", b"]]>",
            b"<!--", b"<?xml version='1.0' encoding='utf-16'?>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<text:s text:c='99999999'/>",
            b"<text:h text:outline-level='-1'>", b"<w:numPr><w:ilvl w:val='99'/>", b"<w:hyperlink>", b"\xff\xfe", b"xmlns:a='b' "],
    "html": [b"<div>", b"</div>", b"<p>", b"<table><tr><td>", b"<ul><li>", b"<script>", b"<!--", b"-->", b"<![CDATA[", b"&#xd800;",
             b"<meta charset=utf-7>", b"<svg>", b"<template>", b"<h1>", b"<br>", b"<a href='", b"<body>", b"<html>", b"<noscript>",
             b"<script type='application/ld+json'>{\"@type\":", b"<time datetime='", b"\0"],
    "rtf": [b"{", b"}", b"\\'", b"\\u-1 ", b"\\u99999999 ", b"\\bin99999999 ", b"{\\pict", b"{\\*\\", b"\\fonttbl", b"\\ansicpg99999 ",
            b"\\uc99999 ", b"{\\field{\\*\\fldinst{ HYPERLINK \"", b"\\trowd", b"\\cell", b"\\par\n", b"\\f99", b"{\\info{\\title "],
    "text": [b"\n---\n", b"# ", b"- ", b"> ", b"```\n", b"[", b"](", b"|", b"\r", b"\0", b"\xff", b"\"", b"'", b";", b",", b"\t", b"{", b"}",
             b"\\ud800", b"Content-Type: multipart/mixed; boundary=a\n", b"\n\n", b"=?utf-8?b?", b"?=", b"charset=", b"--a\n", b"From: ",
             b"Content-Transfer-Encoding: base64\n", b"User-agent: *\nDisallow: ", b"*", b"$"],
}  # fmt: skip


@cache
def samples(name: str) -> list[Input]:
    """Return the real files that are damaged."""
    match name:
        case "pdf":
            return _pdfs()
        case "docx":
            return [_small_docx(), _small_docx(notes=True)]
        case "odt":
            return [
                made.make_odt(),
                made.make_odt(
                    body="<text:p>a<text:note><text:note-body><text:p>b</text:p></text:note-body></text:note></text:p>"
                ),
            ]
        case "epub":
            return [made.make_epub()]
        case "zip":
            return [
                made.zipped(
                    {"a.txt": "Un.", "b/c.md": "# Deux\n\nTrois", "d.csv": made.make_table(), "e.rss": made.make_rss()}
                )
            ]
        case "rtf":
            return [
                made.make_rtf(),
                made.make_rtf('{\\field{\\*\\fldinst{ HYPERLINK "https://a"}}{\\fldrslt b}}{\\pict\\bin3 abc}'),
            ]
        case "eml":
            return [made.make_mail(subtype=kind, attach=("a.pdf",)) for kind in ("plain", "html", "alternative")]
        case "csv":
            return [made.make_table(mark).encode(code) for mark in ",;\t" for code in ("utf-8", "cp1252", "utf-16")]
        case "xml":
            return [made.make_rss().encode(), made.make_atom().encode(), made.make_rss().encode("utf-16")]
        case "html":
            page = (Path(__file__).parent / "data" / "page.html").read_bytes()
            return [page[:6000], page[-6000:], f"<html><body>{made.html_body()}</body></html>".encode()]
        case "jsonl":
            return [
                "\n".join(
                    json.dumps({"id": str(n), "title": "T", "text": text}) for n, text in enumerate(made.PARAGRAPHS)
                ).encode()
            ]
        case "md":
            return [
                f"---\ntitle: {made.TITLE}\n---\n\n# T\n\n{made.html_body()}\n\n- a\n  1. b\n\n| a | b |\n|---|---|\n| c | d |\n".encode()
            ]
        case "txt":
            return ["\n\n".join(made.PARAGRAPHS).encode(code) for code in ("utf-8", "utf-16", "cp1252", "utf-8-sig")]
        case "robots":
            return [b"User-agent: *\nDisallow: /a*b$\nAllow: /\nCrawl-delay: 3\nSitemap: https://a\n"]
    raise ValueError(name)


READERS = ("pdf", "docx", "odt", "epub", "zip", "rtf", "eml", "csv", "xml", "html", "jsonl", "md", "txt", "robots")
_ZIPS = ("docx", "odt", "epub", "zip")


def _pdfs() -> list[Input]:
    from reportlab.pdfgen.canvas import Canvas

    def plain(page: made.PdfPage) -> None:
        page.text(60, 60, made.TITLE, size=20)
        y = page.column(60, 100, made.wrap(made.PARAGRAPHS[0], 45))
        page.column(320, 100, made.wrap(made.PARAGRAPHS[1], 45))
        page.text(66, y + 20, "•  un point")
        page.text(290, 815, "Page 1")

    compressed = made.make_pdf(plain, plain, title=made.TITLE)
    file = io.BytesIO()
    canvas = Canvas(file, pageCompression=0, invariant=1)  # whose operators can be reached
    for _ in range(2):
        plain(made.PdfPage(canvas, 842))
        canvas.showPage()
    canvas.save()
    return [compressed, file.getvalue(), file.getvalue()]


def _small_docx(*, notes: bool = False) -> Input:
    """Return a Word document without the many parts that no reader looks at, so that damage hits what is read."""
    parts = made.unzipped(made.make_docx())
    kept = {name: data for name, data in parts.items() if name in ("[Content_Types].xml", "_rels/.rels", "docProps/core.xml",
            "word/document.xml", "word/_rels/document.xml.rels")}  # fmt: skip
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    kept["word/styles.xml"] = (
        f"<w:styles {space}><w:style w:type='paragraph' w:styleId='Heading2'><w:name w:val='heading 2'/></w:style></w:styles>"
    ).encode()
    if notes:
        kept["word/footnotes.xml"] = (
            f"<w:footnotes {space}><w:footnote w:id='5'><w:p/></w:footnote></w:footnotes>".encode()
        )
    return made.zipped(dict(kept))


def damage(name: str, number: int, seed: int) -> Input:
    """Return the input of that number, the same for the same seed.

    Args:
        name: Which reader it is for.
        number: Which one.
        seed: What all of a run share.
    """
    chance = random.Random(f"{seed}/{name}/{number}")
    data = chance.choice(samples(name))
    kind = {"pdf": "pdf", "html": "html", "epub": "html", "rtf": "rtf", "docx": "xml", "odt": "xml", "xml": "xml"}.get(
        name, "text"
    )
    if name in _ZIPS and chance.random() < 0.8:
        parts = made.unzipped(data)
        inner = chance.choice(list(parts))
        damaged = _damage_tree if kind == "xml" and chance.random() < 0.6 else _damage_bytes
        parts[inner] = damaged(parts[inner], kind, chance)
        if chance.random() < 0.1:
            del parts[chance.choice(list(parts))]
        return made.zipped(dict(parts), chance.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED]))
    return _damage_bytes(data, kind, chance)


def _damage_tree(data: bytes, kind: str, chance: random.Random) -> bytes:
    """Return XML that is still XML: elements taken out, doubled, put elsewhere or renamed, attributes changed."""
    from lxml import etree

    try:
        root = etree.fromstring(data)
    except etree.XMLSyntaxError:  # a part that is none
        return _damage_bytes(data, kind, chance)
    for _ in range(chance.choice([1, 2, 5, 20])):
        elements = list(root.iter())[1:]
        if not elements:
            break
        element, other = chance.choice(elements), chance.choice(elements)
        match chance.randrange(5):
            case 0:
                element.getparent().remove(element)
            case 1:
                element.addnext(copy.deepcopy(element))
            case 2 if element not in other.iterancestors() and element is not other:
                other.append(element)
            case 3:
                element.tag = other.tag
            case _ if element.attrib:
                name = chance.choice(list(element.attrib))
                element.set(name, chance.choice(["", "-1", "99999999", "0", "x", "../..", str(chance.random())]))
    return etree.tostring(root)


def _damage_bytes(data: bytes, kind: str, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 3, 5, 10, 40])):
        at = chance.randrange(len(changed) + 1)
        end = min(len(changed), at + chance.choice([1, 2, 4, 16, 100, 1000]))
        match chance.randrange(9):
            case 0 if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case 1 if at < len(changed):
                changed[at] = chance.randrange(256)
            case 2:
                del changed[at:end]
            case 3:
                changed[at:at] = changed[at:end] * chance.choice([1, 2, 10, 300])
            case 4:
                changed[at:at] = chance.choice(_TOKENS[kind]) * chance.choice([1, 1, 2, 10, 1000])
            case 5:
                changed[at:end] = chance.choice(_TOKENS[kind])
            case 6:
                number = chance.choice(_NUMBERS)
                changed[at : at + 4] = struct.pack(chance.choice("<>") + "L", number)
            case 7:
                digits = str(chance.choice(_NUMBERS) * chance.choice([1, -1])).encode()
                changed[at : at + len(digits)] = digits
            case _ if chance.random() < 0.3:
                del changed[at:]
    return bytes(changed)


def read_input(name: str, data: Input) -> str:
    """Give an input to its reader and return what came of it: `"read"` or `"refused"`."""
    from qa.articles import reading
    from qa.articles.draft import Refused
    from qa.articles.files import SourceFile

    if name == "robots":
        from protego import Protego

        Protego.parse(data.decode("utf-8", "replace")).can_fetch("https://example.org/a" + "b" * 500, "article-qa")
        return "read"
    reading.read_parts = _read_parts  # the process that it would start is this one
    file = SourceFile("a", "a", "a", "a", f".{name}", partial(io.BytesIO, data))
    found = list(reading.read_drafts(file, max_bytes=MAX_BYTES))
    for each in found:
        text = each.reason if isinstance(each, Refused) else each[1].text
        assert text.strip(), each
    return "read" if any(not isinstance(each, Refused) for each in found) else "refused"


def _read_parts(suffix: str, data: bytes) -> object:
    from qa.articles.reading import _SAME_AS, read_parts_here

    return read_parts_here(_SAME_AS.get(suffix, suffix), data)


def work(name: str, start: int, stop: int, seed: int, tell: Callable[[dict[str, object]], None]) -> None:
    """Read inputs and tell of each."""
    for number in range(start, stop):
        tell({"begins": number})
        began = time.process_time()
        try:
            outcome = read_input(name, damage(name, number, seed))
        except Exception:  # noqa: BLE001  (that is what is looked for)
            outcome = traceback.format_exc()
        tell({"ends": number, "outcome": outcome, "seconds": time.process_time() - began})
    tell({"memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024})


def _work_apart(name: str, start: int, stop: int, seed: int) -> None:
    from qa.articles.isolation import limit_memory, limit_time

    def tell(told: dict[str, object]) -> None:
        limit_time(SECONDS_MAX)
        print(json.dumps(told), flush=True)

    samples(name)  # made before the limit: the libraries that make them are not what is tried
    limit_memory()
    work(name, start, stop, seed, tell)


def run(name: str, count: int, seed: int, kept: Path) -> dict[str, object]:
    """Try a reader and return what was found.

    Args:
        name: Which reader.
        count: How many inputs.
        seed: Where the inputs come from.
        kept: Folder that gets each input that is a finding.
    """
    tally = {"read": 0, "refused": 0, "findings": 0}
    slowest, memory, start = 0.0, 0, 0
    while start < count:
        command = [sys.executable, __file__, "--work", name, str(start), str(min(count, start + 2500)), str(seed)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            current, ended = None, True
            buffer = b""
            while True:
                ready, _, _ = select.select([process.stdout], [], [], 8 * SECONDS_MAX)
                chunk = process.stdout.read1(1 << 16) if ready else b""
                if not chunk:
                    why = "ended" if ready else "hung"
                    break
                buffer += chunk
                *lines, buffer = buffer.split(b"\n")
                for line in lines:
                    told = json.loads(line)
                    if "begins" in told:
                        current, ended = told["begins"], False
                    elif "ends" in told:
                        ended, start = True, told["ends"] + 1
                        slowest = max(slowest, told["seconds"])
                        tally[told["outcome"] if told["outcome"] in tally else "findings"] += 1
                        if told["outcome"] not in tally:
                            _keep(kept, name, told["ends"], seed, told["outcome"])
                    else:
                        memory, current = max(memory, told["memory"]), None
            if not ended or current is not None:
                process.kill()
                process.wait()
                number = start if current is None else current
                _keep(kept, name, number, seed, f"the process {why} (exit code {process.poll()})")
                tally["findings"] += 1
                start = number + 1
    return {"reader": name, "inputs": count, **tally, "slowest_s": round(slowest, 2), "memory_mb": memory // 10**6}


def _keep(folder: Path, name: str, number: int, seed: int, what: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}-{seed}-{number}.{name}").write_bytes(damage(name, number, seed))
    (folder / f"{name}-{seed}-{number}.log").write_text(what)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readers", nargs="*", default=READERS)
    parser.add_argument("--count", type=int, default=20_000, help="inputs for each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "article-qa-fuzz")
    options = parser.parse_args()
    findings = 0
    for name in options.readers:
        began = time.monotonic()
        report = run(name, options.count, options.seed, options.keep)
        findings += int(str(report["findings"]))
        print(json.dumps(report | {"seconds": round(time.monotonic() - began)}), flush=True)
    if findings:
        print(f"{findings} findings, kept in {options.keep}")
    return bool(findings)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        _work_apart(sys.argv[2], *map(int, sys.argv[3:6]))
    else:
        sys.exit(main())

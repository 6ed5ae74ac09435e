"""Files of each format that a newsroom has, made at run time; every text was written for these tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from email.message import EmailMessage
from typing import Any

TITLE = "L’observatoire de Kermadec rouvre ses coupoles"
AUTHOR = "Solène Quéméner"
PARAGRAPHS = [
    "Fermé depuis la tempête de 2021, l’observatoire de Kermadec a rouvert samedi ses trois coupoles au public.",
    "« Nous avons remplacé quarante-deux miroirs », explique la directrice, Anouk Le Dantec, qui dirige une équipe "
    "de onze personnes.",
    "Les travaux ont coûté 2,7 millions d’euros, soit un quart de plus que prévu en 2022.",
]
HEADING = "Un chantier retardé par le sel"
ITEMS = ["la grande coupole, ouverte le soir ;", "la salle des cartes, sur rendez-vous."]
ROWS = [["Année", "Visiteurs"], ["2019", "18 400"], ["2020", "6 100"]]
NOTE = "Le coût est celui qu’a publié le département."

# The text that each format with headings, lists and tables gives.
TEXT = (
    f"{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}\n\n## {HEADING}\n\n{PARAGRAPHS[2]}\n\n- {ITEMS[0]}\n- {ITEMS[1]}\n\n"
    "Année | Visiteurs\n\n2019 | 18 400\n\n2020 | 6 100"
)


def zipped(parts: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive of these parts, in their order."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def make_docx(*, title: str = TITLE, body: str = "") -> bytes:
    """Return a Word document.

    Args:
        title: Title in its properties.
        body: WordprocessingML that is put before the end of its body.
    """
    import docx

    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.language = title, AUTHOR, "fr-FR"
    properties.created = datetime(2024, 3, 9, 8, 0)
    document.sections[0].header.paragraphs[0].text = "Le Courrier du Ponant"
    document.sections[0].footer.paragraphs[0].text = "Page 1 sur 1"
    document.add_heading(TITLE, level=0)
    first = document.add_paragraph(PARAGRAPHS[0][:20])
    first.add_run(PARAGRAPHS[0][20:40]).bold = True  # a sentence in several runs
    first.add_run(PARAGRAPHS[0][40:])
    document.add_paragraph(PARAGRAPHS[1])
    document.add_heading(HEADING, level=2)
    document.add_paragraph(PARAGRAPHS[2])
    for item in ITEMS:
        document.add_paragraph(item, style="List Bullet")
    table = document.add_table(rows=0, cols=2)
    for row in ROWS:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = value
    file = io.BytesIO()
    document.save(file)
    parts = unzipped(file.getvalue())
    if body:
        parts["word/document.xml"] = parts["word/document.xml"].replace(b"<w:sectPr", body.encode() + b"<w:sectPr", 1)
    return zipped(dict(parts))


_ODF = "".join(
    f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        "office": "office", "text": "text", "table": "table", "style": "style", "meta": "meta",
        "fo": "xsl-fo-compatible", "draw": "drawing",
    }.items()
) + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip


def make_odt(*, body: str = "", changes: str = "") -> bytes:
    """Return an OpenDocument text, as LibreOffice writes it.

    Args:
        body: XML that is put at the end of its body.
        changes: XML that is put at its beginning, where tracked changes are.
    """
    items = "".join(f"<text:list-item><text:p>{item}</text:p></text:list-item>" for item in ITEMS)
    rows = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in ROWS
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{_ODF}><office:body><office:text>{changes}'
        f'<text:sequence-decls/><text:h text:outline-level="1">{TITLE}</text:h>'
        f"<text:p>{PARAGRAPHS[0][:30]}<text:span>{PARAGRAPHS[0][30:]}</text:span></text:p><text:p>{PARAGRAPHS[1]}</text:p>"
        f'<text:h text:outline-level="2">{HEADING}</text:h><text:p>{PARAGRAPHS[2]}</text:p>'
        f"<text:list>{items}</text:list><table:table>{rows}</table:table>{body}"
        "</office:text></office:body></office:document-content>"
    )
    meta = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-meta{_ODF}><office:meta><dc:title>{TITLE}</dc:title>'
        f"<meta:initial-creator>{AUTHOR}</meta:initial-creator><dc:creator>Relecture</dc:creator>"
        "<meta:creation-date>2024-03-09T08:00:00.12</meta:creation-date><dc:date>2024-04-01T09:00:00</dc:date>"
        "</office:meta></office:document-meta>"
    )
    styles = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-styles{_ODF}><office:styles>'
        '<style:default-style style:family="paragraph"><style:text-properties fo:language="fr" fo:country="FR"/>'
        "</style:default-style></office:styles></office:document-styles>"
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": content,
            "meta.xml": meta,
            "styles.xml": styles,
            "META-INF/manifest.xml": "<manifest/>",
        }
    )


def html_body() -> str:
    items = "".join(f"<li>{item}</li>" for item in ITEMS)
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS)
    return (
        f"<p>{PARAGRAPHS[0]}</p>\n<p>{PARAGRAPHS[1]}</p>\n<h2>{HEADING}</h2>\n<p>{PARAGRAPHS[2]}</p>\n"
        f"<ul>{items}</ul>\n<table>{rows}</table>"
    )


def make_epub(**parts: str) -> bytes:
    """Return an electronic book of two chapters.

    Args:
        **parts: Parts put into it beside its own, or in their place; `__` in a name stands for a slash.
    """
    package = (
        '<?xml version="1.0" encoding="UTF-8"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{TITLE}</dc:title><dc:creator>{AUTHOR}</dc:creator><dc:language>fr</dc:language>"
        "<dc:date>2024-03-09</dc:date></metadata><manifest>"
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        '<item id="a" href="text/un%20.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="b" href="text/deux.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="c" href="style.css" media-type="text/css"/></manifest>'
        '<spine><itemref idref="nav"/><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    page = (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml">'
        "<head><title>Chapitre</title><style>p { margin: 0 }</style></head><body>{}</body></html>"
    )
    made: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        "OEBPS/book.opf": package,
        "OEBPS/nav.xhtml": page.replace("{}", '<nav><ol><li><a href="text/un.xhtml">Table</a></li></ol></nav>'),
        "OEBPS/text/un .xhtml": page.replace("{}", f"<h1>{TITLE}</h1>{html_body()}"),
        "OEBPS/text/deux.xhtml": page.replace("{}", "<p>Le second chapitre tient en une&nbsp;ligne&hellip;</p>"),
    }
    return zipped(made | {name.replace("__", "/"): content for name, content in parts.items()})


def rtf_text(text: str) -> str:
    """Return text as Word writes it into rich text: what is not ASCII as numbers."""
    written = []
    for character in text:
        code = ord(character)
        if character in "\\{}":
            written.append(f"\\{character}")
        elif code < 128:
            written.append(character)
        elif code < 256:
            written.append(f"\\'{code:02x}")
        else:
            written.extend(
                f"\\u{int.from_bytes(character.encode('utf-16-le')[at : at + 2], 'little', signed=True)}?"
                for at in range(0, len(character.encode("utf-16-le")), 2)
            )
    return "".join(written)


def make_rtf(body: str = "") -> bytes:
    """Return rich text with a table of fonts, properties and a list, as Word writes it."""
    paragraphs = "".join(f"\\pard\\plain {rtf_text(text)}\\par\n" for text in PARAGRAPHS)
    items = "".join(f"{{\\listtext\\pard\\plain \\'b7\\tab}}\\ilvl0\\ls1 {rtf_text(item)}\\par\n" for item in ITEMS)
    rows = "".join("\\trowd " + "".join(f"{rtf_text(cell)}\\cell " for cell in row) + "\\row\n" for row in ROWS)
    return (
        "{\\rtf1\\ansi\\ansicpg1252\\deff0\\uc1{\\fonttbl{\\f0\\froman\\fcharset0 Times New Roman;}}\n"
        f"{{\\info{{\\title {rtf_text(TITLE)}}}{{\\author {rtf_text(AUTHOR)}}}"
        "{\\creatim\\yr2024\\mo3\\dy9\\hr8\\min0}}\n"
        f"{{\\header\\pard Le Courrier du Ponant\\par}}\n{paragraphs}{items}{rows}{body}}}"
    ).encode("ascii")


def make_mail(*, subtype: str = "plain", attach: tuple[str, ...] = ()) -> bytes:
    """Return a mail message with a subject and a sender that are encoded.

    Args:
        subtype: `"plain"`, `"html"`, or `"alternative"` for both.
        attach: Names of files attached to it.
    """
    message = EmailMessage()
    message["Subject"] = TITLE
    message["From"] = f"{AUTHOR} <redaction@courrier.example.org>"
    message["To"] = "desk@example.org"
    message["Date"] = "Sat, 09 Mar 2024 23:30:00 -0500"
    text = "\n\n".join(PARAGRAPHS) + "\n"
    page = f"<html><body>{html_body()}</body></html>"
    message.set_content(page if subtype == "html" else text, subtype="html" if subtype == "html" else "plain")
    if subtype == "alternative":
        message.add_alternative("<p>Le même texte en HTML.</p>", subtype="html")
    for name in attach:
        message.add_attachment(b"Une piece jointe.", maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def make_rss() -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Le Courrier du Ponant</title><link>https://courrier.example.org/</link><language>fr-FR</language>
<item><title>{TITLE}</title><link>https://courrier.example.org/kermadec</link><guid>urn:kermadec:1</guid>
<dc:creator>{AUTHOR}</dc:creator><pubDate>Sat, 09 Mar 2024 23:30:00 -0500</pubDate>
<description>Un résumé.</description><content:encoded><![CDATA[{html_body()}]]></content:encoded></item>
<item><title>La criée &amp;amp; le port</title><link>https://courrier.example.org/criee</link>
<pubDate>Sun, 10 Mar 2024 06:00:00 +0100</pubDate>
<description>&lt;p&gt;La criée déménage en juin.&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</description></item>
<item><title>Vide</title><link>https://courrier.example.org/vide</link></item>
</channel></rss>"""


def make_atom() -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>Ponant</title><id>urn:ponant</id>
<updated>2024-03-10T06:00:00Z</updated>
<entry><title type="html">La &lt;em&gt;criée&lt;/em&gt; déménage</title><id>urn:criee</id>
<link rel="alternate" href="https://courrier.example.org/criee"/><author><name>{AUTHOR}</name></author>
<published>2024-03-10T06:00:00+01:00</published><updated>2024-03-11T06:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>La criée déménage en juin.</p>
<p>Elle y restera deux ans.</p></div></content></entry></feed>"""


def make_table(delimiter: str = ",", header: str = "Titre,Date de publication,Auteur,Langue,URL,Texte") -> str:
    rows = [
        header.replace(",", delimiter),
        delimiter.join(
            [
                f'"{TITLE}"', "2024-03-09", AUTHOR, "fr", "https://courrier.example.org/kermadec",
                '"' + "\n\n".join(PARAGRAPHS).replace('"', '""') + '"',
            ]
        ),
        delimiter.join(["La criée", "10/03/2024", "", "", "", '"La criée déménage en juin, dit-on ; c’est ""sûr""."']),
        delimiter * 5,
        delimiter.join(["Sans texte", "", "", "", "", ""]),
    ]  # fmt: skip
    return "\n".join(rows) + "\n"


class PdfPage:
    """A page that is drawn line by line, as a layout program does; measures in points from the top left."""

    def __init__(self, canvas: Any, height: float) -> None:
        self.canvas, self.height = canvas, height

    def text(self, x: float, y: float, words: str, size: float = 10, font: str = "Helvetica") -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, self.height - y, words)

    def column(self, x: float, y: float, lines: Iterable[str], leading: float = 12.5, **font: Any) -> float:
        """Draw lines below each other and return where the next would stand."""
        for line in lines:
            self.text(x, y, line, **font)
            y += leading
        return y


def make_pdf(*pages: Callable[[PdfPage], None], password: str | None = None, **stated: str) -> bytes:
    """Return a PDF.

    Args:
        *pages: What draws each page.
        password: Password to open it with.
        **stated: Its `title`, `author` and other properties.
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, pageCompression=1, encrypt=password, invariant=1)
    for name, value in stated.items():
        getattr(canvas, f"set{name.title()}")(value)
    for draw in pages:
        draw(PdfPage(canvas, A4[1]))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def wrap(text: str, width: int) -> list[str]:
    """Return text in lines of at most so many ens of 5 points, in Helvetica of 10 points."""
    from reportlab.lib.utils import simpleSplit

    return simpleSplit(text, "Helvetica", 10, 5 * width)

"""What the browser tests share: a real server process, and a page of it in a real Chromium."""

import os
import re
import sys
from contextlib import contextmanager

import serving as servers
from playwright.sync_api import expect
from serving import ROOT, stop_server

SEEDS = ROOT / "seeds"
WAIT_MS = int(os.environ.get("BROWSER_WAIT_MS", 60_000))  # a slow machine opens the model and the index

CHROMIUM_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Runs `app.py` and writes down each address that the process connects to.
WATCHED = """
import runpy, sys
connected = open("connected.txt", "a", buffering=1)
def note(event, details):
    if event == "socket.connect":
        connected.write(f"{details[1]}\\n")
    elif event == "socket.getaddrinfo":
        connected.write(f"{details[0]}\\n")
sys.addaudithook(note)
runpy.run_path(sys.argv[1], run_name="__main__")
"""

QUESTION = "Qui a déclaré que la Russie a livré des missiles à la Corée du Nord ?"
FOREIGN = "Quel temps fera-t-il demain à Marseille ?"
# The sentence that says it, and its paragraph, as the seed has them.
PARAGRAPH = next(
    paragraph
    for paragraph in (SEEDS / "coree-du-nord-russie.md").read_text(encoding="utf-8").split("\n\n")
    if "a affirmé sur la chaîne SBS" in paragraph
)
QUOTE = re.search(r"[^.]*a affirmé sur la chaîne SBS[^.]*\.", PARAGRAPH)[0].strip()
TITLE = "Missiles antiaériens contre soldats : Séoul décrit un échange entre Moscou et Pyongyang"


def start_server(folder, *, port=0, script=WATCHED):
    """Run `app.py` in a folder that holds `indexes/default`; give the process and its address."""
    command = [sys.executable, "-c", script, str(ROOT / "app.py")]
    server = servers.start_server(command, folder, {"PORT": str(port)})
    return server.process, server.address


@contextmanager
def serving(folder, **options):
    process, address = start_server(folder, **options)
    try:
        yield address
    finally:
        stop_server(process)


class Visit:
    """A page of the chat, and what it asked the network for and wrote to the console."""

    def __init__(self, browser, address, **options):
        self.address = address
        self.context = browser.new_context(**{"locale": "fr-FR", "viewport": {"width": 1280, "height": 900}, **options})
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda said: said.type in {"error", "warning"} and self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(address)

    @property
    def box(self):
        return self.page.get_by_role("textbox", name=re.compile("Votre question|Your question"))

    @property
    def conversation(self):
        return self.page.get_by_role("log")

    @property
    def source(self):
        return self.page.get_by_role("region", name="Source")

    @property
    def article(self):
        return self.source.get_by_role("article")

    def ask(self, question):
        """Ask, and wait for the answer or whatever comes instead of it."""
        asked = self.conversation.get_by_role("heading", level=2)
        before = asked.count()
        self.box.fill(question)
        self.box.press("Enter")
        expect(asked).to_have_count(before + 1)
        expect(self.conversation.get_by_text(re.compile("^(Recherche|Looking|Ouverture|Opening)"))).to_have_count(0)

    def mark(self, number, turn=-1):
        """The `[n]` of a turn's answer."""
        return (
            self.page.locator(".qa-turn")
            .nth(turn)
            .get_by_role("link", name=re.compile(rf"(phrase|sentence) .*{number}", re.I))
        )

    def check_calm(self):
        far = [url for url in self.requests if not url.startswith((self.address, "data:", "blob:"))]
        assert far == [], "the page asked for something beyond this machine"
        assert self.complaints == []

    def leave(self):
        self.check_calm()
        self.context.close()


def number_of(visit, quote):
    """The number under which the last answer cites a sentence."""
    said = visit.page.locator(".qa-turn").last.locator("p").filter(has_text=quote).inner_text()
    return int(re.search(r"\[(\d+)\]", said)[1])

"""The chat as someone uses it: a real server process, a real index of the seeds, a real Chromium.

Nothing here may reach beyond this machine: neither the page nor the server.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

import qa
from qa.web.words import WORDS

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"
WAIT_MS = 60_000  # a slow machine opens the model and the index

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
connected = open("connected.txt", "w", buffering=1)
def note(event, details):
    if event == "socket.connect":
        connected.write(f"{details[1]}\\n")
    elif event == "socket.getaddrinfo":
        connected.write(f"{details[0]}\\n")
sys.addaudithook(note)
runpy.run_path(sys.argv[1], run_name="__main__")
"""

QUESTION = "Qui a déclaré que la Russie a livré des missiles à la Corée du Nord ?"
# The sentence that says it, and its paragraph, as the seed has them.
PARAGRAPH = next(
    paragraph
    for paragraph in (SEEDS / "coree-du-nord-russie.md").read_text(encoding="utf-8").split("\n\n")
    if "a affirmé sur la chaîne SBS" in paragraph
)
QUOTE = re.search(r"[^.]*a affirmé sur la chaîne SBS[^.]*\.", PARAGRAPH)[0].strip()
TITLE = "Missiles antiaériens contre soldats : Séoul décrit un échange entre Moscou et Pyongyang"
FOREIGN = "Quel temps fera-t-il demain à Marseille ?"

# A text file, for what it says is kept letter by letter; its first sentence becomes its title too.
HOSTILE = (
    'The "lighthouse" of <script>document.hacked=1</script> Port Agnes was built by Maria Quill in 1874. '
    'The engineer <img src="https://evil.example/x.png" onerror="document.hacked=1"> Tom Ashby painted the lighthouse '
    "of Port Agnes red ${document.hacked=1} {{value}}, [see](https://evil.example) ![it](https://evil.example/y.png)."
)


@contextmanager
def serving(folder):
    """Run `app.py` in a folder that holds `indexes/default`, on a free port; give its address."""
    environment = {**os.environ, "PORT": "0", "PYTHONPATH": str(ROOT)}
    errors = folder / "errors.txt"
    with errors.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-c", WATCHED, str(ROOT / "app.py")],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
        )
        try:
            said = process.stdout.readline()
            address = re.search(r"http://\S+", said)
            assert address, f"{said!r}, then: {errors.read_text()}"
            yield address[0]
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=20)
            finally:
                process.kill()
                process.wait()
                process.stdout.close()


@pytest.fixture(scope="module")
def browser():
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next((path for path in map(shutil.which, names) if path), None)
    if chromium is None:
        message = f"no Chromium is installed: none of {', '.join(names)} is on the PATH"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("chat")
    qa.build_index(SEEDS, index=made / "indexes" / "default")
    return made


@pytest.fixture(scope="module")
def address(browser, folder):
    with serving(folder) as at:
        yield at
    strangers = {line for line in (folder / "connected.txt").read_text().splitlines() if not is_local(line)}
    assert not strangers, "the server reached beyond this machine"


def is_local(line):
    return "127.0.0.1" in line or "localhost" in line or "::1" in line


class Visit:
    """A page of the chat, and what it asked the network for and wrote to the console."""

    def __init__(self, browser, address, **options):
        self.address = address
        self.context = browser.new_context(**{"locale": "fr-FR", "viewport": {"width": 1280, "height": 900}, **options})
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda said: said.type in {"error", "warning"} and self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(address)

    def ask(self, question):
        box = self.page.get_by_label(re.compile("Votre question|Your question"))
        box.fill(question)
        box.press("Enter")

    def check_calm(self):
        far = [url for url in self.requests if not url.startswith((self.address, "data:", "blob:"))]
        assert far == [], "the page asked for something beyond this machine"
        assert self.complaints == []


@pytest.fixture
def visit(browser, address):
    """Open the chat in French; check at the end that it stayed on this machine and without errors."""
    visit = Visit(browser, address)
    yield visit
    visit.check_calm()
    visit.context.close()


def see(locator):
    expect(locator).to_be_visible(timeout=WAIT_MS)
    return locator


def source_of(visit, quote):
    return visit.page.locator(".qa-sources li").filter(has=visit.page.get_by_text(quote, exact=True))


def number_of(source):
    return source.locator(".qa-number").text_content()


def test_a_typed_question_is_answered_with_the_sentence_that_says_it(visit):
    visit.ask(QUESTION)
    source = see(source_of(visit, QUOTE))
    assert source.locator("blockquote").text_content() == QUOTE
    about = source.locator(".qa-about").text_content().replace("\u00a0", " ")
    assert about.startswith(f"{TITLE} · 22 novembre 2024 · Article de démonstration")
    expect(visit.page.locator(".qa-statements")).to_contain_text(f"{QUOTE} [{number_of(source)}]")
    expect(visit.page.locator(".qa-question")).to_have_text(QUESTION)
    expect(visit.page.get_by_label("Votre question")).to_have_value("")


def test_a_number_leads_to_its_quote_in_its_context(visit):
    visit.ask(QUESTION)
    source = see(source_of(visit, QUOTE))
    visit.page.get_by_role("link", name=f"Aller à la phrase citée {number_of(source)}").click()
    context = see(source.locator(".qa-context"))
    assert context.text_content() == PARAGRAPH
    assert context.locator("mark").text_content() == QUOTE
    expect(source).to_be_in_viewport()
    expect(source).to_be_focused()
    assert visit.page.url.rstrip("/") == visit.address, "the conversation was not left"


def test_what_the_articles_do_not_say_is_not_answered(visit):
    visit.ask(FOREIGN)
    said = see(visit.page.locator(".qa-abstention"))
    expect(said).to_contain_text("Les articles ne répondent pas à cette question.")
    expect(said).to_contain_text("J’ai parcouru 2 articles.")
    expect(said).to_contain_text(WORDS["fr"]["nearest"])
    expect(visit.page.locator(".qa-error")).to_have_count(0)


def test_an_empty_question_is_refused_and_the_conversation_stays(visit):
    visit.ask(QUESTION)
    see(visit.page.locator(".qa-sources"))
    visit.ask("   ")
    expect(see(visit.page.get_by_role("alert"))).to_contain_text(WORDS["fr"]["empty"])
    expect(visit.page.locator(".qa-sources")).to_have_count(1)
    visit.ask(FOREIGN)
    see(visit.page.locator(".qa-abstention"))
    expect(visit.page.get_by_role("alert")).to_have_count(0)
    expect(visit.page.locator(".qa-question")).to_have_text([QUESTION, FOREIGN])


def test_an_example_is_asked_by_a_click(visit):
    example = see(visit.page.locator(".qa-examples button").first)
    question = example.text_content().strip()
    example.click()
    see(visit.page.locator(".qa-sources"))
    expect(visit.page.locator(".qa-question")).to_have_text(question)


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_the_chat_speaks_english_to_a_browser_that_does_not_ask_for_french(browser, address, locale):
    visit = Visit(browser, address, locale=locale, viewport={"width": 360, "height": 740}, color_scheme="dark")
    expect(see(visit.page.get_by_role("heading", level=1))).to_have_text(WORDS["en"]["title"])
    see(visit.page.get_by_text("Answers come from 2 articles."))
    visit.ask("When did North Korea ratify the treaty?")
    expect(see(visit.page.locator(".qa-answer"))).to_contain_text("Quoted sentences")
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing is wider than a telephone"
    visit.check_calm()
    visit.context.close()


def test_a_program_can_ask_too(address):
    from gradio_client import Client

    said = Client(address, verbose=False).predict(QUESTION, api_name="/ask")
    assert said["answered"] is True
    assert QUOTE in {citation["quote"] for citation in said["citations"]}


def test_a_rebuilt_index_answers_at_once_and_its_articles_stay_text(browser, tmp_path):
    index = tmp_path / "indexes" / "default"
    with serving(tmp_path) as at:
        visit = Visit(browser, at, locale="en-GB")
        expect(see(visit.page.get_by_role("alert"))).to_contain_text("There is no index at indexes/default. Build one")
        question = "Which engineer painted the lighthouse of Port Agnes red?"
        visit.ask(question)
        see(visit.page.locator("#qa-conversation").get_by_role("alert"))
        expect(visit.page.get_by_label("Your question")).to_have_value(question)

        (tmp_path / "hostile.txt").write_text(HOSTILE, encoding="utf-8")
        qa.build_index([SEEDS, tmp_path / "hostile.txt"], index=index)
        visit.page.get_by_role("button", name="Ask").click()
        answer = see(visit.page.locator(".qa-answer"))
        for sentence in (
            'The engineer <img src="https://evil.example/x.png" onerror=',
            "{{value}}, [see](https://evil",
        ):
            expect(answer).to_contain_text(sentence)
        expect(answer.locator("cite").first).to_contain_text('The "lighthouse" of <script>document.hacked=1</script>')
        see(visit.page.get_by_text("Answers come from 3 articles."))
        assert answer.locator("script, img, b, a[href*='evil'], a[href^='javascript']").count() == 0
        assert visit.page.evaluate("document.hacked") is None
        visit.check_calm()
        visit.context.close()


def test_the_chat_stops_quietly_while_a_page_is_open(browser, folder):
    with serving(folder) as address:
        visit = Visit(browser, address)
        visit.ask("Sur quelle chaîne Shin Won-sik a-t-il parlé ?")
        see(visit.page.get_by_text("SBS").first)
    # Leaving `serving` has interrupted the server, which had to end within its 20 seconds.
    assert (folder / "errors.txt").read_text() == ""
    visit.context.close()

"""What goes wrong on the server leaves a message that says so, and a chat that goes on."""

import re
import signal

from playwright.sync_api import expect
from visiting import FOREIGN, QUESTION, QUOTE, WATCHED, Visit, start_server, stop_server

import qa
from qa.web.words import WORDS

FR = WORDS["fr"]

# A server in which one question meets a fault that nobody thought of.
FAULTY = (
    """
from qa.engine import ArticleQA
asked = ArticleQA.ask
def ask(self, question, **options):
    if "court-circuit" in question:
        raise RuntimeError("a fault that nobody thought of")
    return asked(self, question, **options)
ArticleQA.ask = ask
"""
    + WATCHED
)


def test_a_killed_server_is_said_and_the_conversation_goes_on_with_the_next(browser, folder):
    process, address = start_server(folder)
    visit = Visit(browser, address)
    visit.ask(QUESTION)
    expect(visit.conversation).to_contain_text(QUOTE)
    stop_server(process, signal.SIGKILL)
    visit.ask(FOREIGN)
    expect(visit.conversation.get_by_role("alert")).to_contain_text(FR["lost"])
    expect(visit.box).to_have_value(FOREIGN)
    expect(visit.page.get_by_text(FR["offline"])).to_be_visible()
    expect(visit.conversation).to_contain_text(QUOTE)

    process, _ = start_server(folder, port=int(address.rpartition(":")[2]))
    expect(visit.page.get_by_text(FR["back_online"])).to_be_visible()
    visit.page.get_by_role("button", name=FR["retry"]).click()
    expect(visit.conversation).to_contain_text("Les articles ne répondent pas")
    expect(visit.box).to_have_value("")
    visit.mark(1, turn=0).click()
    expect(visit.article).to_be_visible()
    visit.page.reload()
    expect(visit.conversation.get_by_role("heading", level=2)).to_have_text([QUESTION, FOREIGN])
    visit.mark(1, turn=0).click()
    expect(visit.article).to_be_visible()
    stop_server(process)
    visit.context.close()


def test_an_exception_in_the_middle_of_an_answer_is_said_and_the_next_question_is_answered(browser, folder):
    process, address = start_server(folder, script=FAULTY)
    visit = Visit(browser, address)
    visit.ask("Où est le court-circuit ?")
    expect(visit.conversation.get_by_role("alert")).to_contain_text(FR["failed"])
    visit.ask(QUESTION)
    expect(visit.conversation).to_contain_text(QUOTE)
    stop_server(process)
    assert "a fault that nobody thought of" in (folder / "errors.txt").read_text(), "it is not swallowed"
    (folder / "errors.txt").write_text("")
    visit.context.close()


def test_a_damaged_index_is_said_in_the_language_of_the_page(browser, tmp_path):
    (tmp_path / "a.txt").write_text("Le ferry part à neuf heures.", encoding="utf-8")
    index = tmp_path / "indexes" / "default"
    qa.build_index(tmp_path / "a.txt", index=index)
    (database,) = index.glob("versions/*/articles.sqlite")
    database.write_bytes(database.read_bytes()[:-100])
    process, address = start_server(tmp_path)
    visit = Visit(browser, address)
    said = re.compile("L’index indexes/default est endommagé .* Reconstruisez-le")
    expect(visit.page.get_by_role("alert")).to_contain_text(said)
    stop_server(process)
    visit.context.close()


def test_the_chat_stops_quietly_while_a_page_is_open(browser, folder):
    (folder / "errors.txt").write_text("")
    process, address = start_server(folder)
    visit = Visit(browser, address)
    visit.ask("Sur quelle chaîne Shin Won-sik a-t-il parlé ?")
    stop_server(process)  # within its 20 seconds
    assert (folder / "errors.txt").read_text() == ""
    visit.context.close()


def test_an_idle_page_asks_the_server_for_nothing(visit):
    visit.ask(QUESTION)
    visit.page.wait_for_timeout(500)
    visit.requests.clear()
    visit.page.wait_for_timeout(3000)
    assert visit.requests == []

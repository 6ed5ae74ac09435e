"""Several people in their browsers: each logs in, and sees no conversation but their own."""

import re

import pytest
from playwright.sync_api import expect
from serving import serving
from visiting import WAIT_MS

NAME, PASSWORD = "lea", "un mot de passe à rallonge"

LEA, LEA_QUOTE = "Sur quelle chaîne Shin Won-sik a-t-il parlé ?", "sur la chaîne SBS"
TOM, TOM_QUOTE = "When did the treaty take effect?", "4 December 2024"


@pytest.fixture(scope="module")
def server(seed_index, tmp_path_factory):
    login = {"QA_USERNAME": NAME, "QA_PASSWORD": PASSWORD}
    with serving(seed_index, tmp_path_factory.mktemp("users"), environment=login) as running:
        yield running


def open_page(browser, server, locale="fr-FR"):
    page = browser.new_context(locale=locale).new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(server.address)
    return page


def log_in(page, password=PASSWORD):
    page.get_by_label(re.compile("Nom d’utilisateur|User name")).fill(NAME)
    page.get_by_label(re.compile("Mot de passe|Password")).fill(password)
    page.keyboard.press("Enter")


def ask(page, question, quote):
    box = page.get_by_label(re.compile("Votre question|Your question"))
    box.fill(question)
    box.press("Enter")
    expect(page.get_by_text(quote).first).to_be_visible(timeout=WAIT_MS)


def test_a_person_logs_in_by_keyboard_is_told_of_a_wrong_password_and_logs_out(browser, server):
    page = open_page(browser, server)
    expect(page).to_have_title("article-qa : connexion")
    expect(page.get_by_label("Nom d’utilisateur")).to_be_focused()
    log_in(page, "raté")
    expect(page.get_by_role("alert")).to_have_text("Nom d’utilisateur ou mot de passe incorrect.")
    expect(page.get_by_label("Nom d’utilisateur")).to_have_value(NAME)
    log_in(page)
    ask(page, LEA, LEA_QUOTE)
    assert page.evaluate("document.cookie") == "", "no script can read the cookie"
    page.goto(f"{server.address}/login")
    expect(page.get_by_text(f"Connecté sous le nom {NAME}.")).to_be_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", name="Connexion")).to_be_visible()
    page.goto(server.address)
    expect(page.get_by_role("heading", name="Connexion")).to_be_visible()
    page.context.close()


def test_two_people_never_see_each_other_s_conversation(browser, server):
    lea, tom = open_page(browser, server), open_page(browser, server, "en-GB")
    for page in (lea, tom):
        log_in(page)
    ask(lea, LEA, LEA_QUOTE)
    expect(tom.get_by_label("Your question")).to_be_visible()
    ask(tom, TOM, TOM_QUOTE)
    ask(lea, "Qui a promis que la Corée du Nord resterait aux côtés de Moscou ?", "Choe Son Hui")
    for page, own, other in ((lea, LEA, TOM), (tom, TOM, LEA)):
        expect(page.get_by_role("heading", name=own)).to_be_visible()
        assert other not in page.content()
    tom.reload()
    expect(tom.get_by_label("Your question")).to_be_visible()
    assert LEA not in tom.content()
    for page in (lea, tom):
        page.context.close()


def test_somebody_who_is_logged_out_meanwhile_is_told_and_the_server_goes_on(browser, server):
    page = open_page(browser, server)
    log_in(page)
    ask(page, LEA, LEA_QUOTE)
    page.context.clear_cookies()
    assert page.request.get(f"{server.address}/config").status == 401
    page.reload()
    expect(page.get_by_role("heading", name="Connexion")).to_be_visible()
    assert server.errors.read_text() == ""
    page.context.close()

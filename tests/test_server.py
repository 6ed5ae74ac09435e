"""The service as a server: its API through the real `gradio_client`, its login, `/health`, and what it refuses."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError, AuthenticationError
from serving import ROOT, serving

import qa
import qa.web
from qa.errors import SettingsError
from qa.settings import load_settings
from qa.users import Users, add_user, hash_password, read_users, verify_password
from qa.web.throttle import FAILURES_MAX, FAILURES_MAX_ALL, Throttle

SEEDS = ROOT / "seeds"
QUESTION = "Sur quelle chaîne Shin Won-sik a-t-il parlé ?"
TREATY, KOREA = "russia-north-korea-treaty", "coree-du-nord-russie"


@pytest.fixture(scope="module")
def server(seed_index, tmp_path_factory):
    with serving(seed_index, tmp_path_factory.mktemp("server")) as running:
        running.wait_until_ready()
        yield running


@pytest.fixture(scope="module")
def client(server):
    return Client(server.address, verbose=False)


def without_timings(answer):
    return {name: value for name, value in answer.items() if name != "timings_ms"}


def as_json(answer):
    return without_timings(json.loads(json.dumps(answer.to_dict())))


# The API


def test_ask_returns_the_whole_answer_as_json(client, seed_qa):
    said = client.predict(QUESTION, api_name="/ask")
    assert without_timings(said) == as_json(seed_qa.ask(QUESTION))
    assert qa.Answer.from_dict(said).citations[0].quote == said["citations"][0]["quote"]


def test_ask_can_be_restricted_to_some_articles(client, seed_qa):
    said = client.predict("When did it take effect?", articles=[TREATY], api_name="/ask")
    assert without_timings(said) == as_json(seed_qa.ask("When did it take effect?", articles=[TREATY]))
    assert {citation["article"] for citation in said["citations"] + said["nearest"]} == {TREATY}


def test_ask_takes_the_conversation_so_far_as_it_returned_it(client, seed_qa):
    first = client.predict(QUESTION, api_name="/ask")
    said = client.predict("Et quand ?", history=[first], api_name="/ask")
    assert without_timings(said) == as_json(seed_qa.ask("Et quand ?", history=[qa.Answer.from_dict(first)]))


def test_retrieve_returns_passages_best_first(client, seed_qa):
    found = client.predict("sanctions", limit=3, api_name="/retrieve")
    expected = [passage.to_dict() for passage in seed_qa.retrieve("sanctions", limit=3)]
    assert found == json.loads(json.dumps(expected))


def test_articles_can_be_listed_and_read(client, seed_qa):
    listed = client.predict(api_name="/list_articles")
    assert [article["id"] for article in listed] == [article.id for article in seed_qa.articles()]
    assert not {"text", "file"} & set(listed[0]), "neither the text nor a path on the server"
    read = client.predict(KOREA, api_name="/read_article")
    assert read["text"] == seed_qa.article(KOREA).text
    assert read["characters"] == len(read["text"])


def test_nothing_else_is_offered(client):
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {
        "/ask",
        "/retrieve",
        "/list_articles",
        "/read_article",
    }


@pytest.mark.parametrize(
    ("endpoint", "given", "said"),
    [
        ("/ask", {"question": "  "}, "the question is empty"),
        ("/ask", {"question": 7}, "a question must be a string"),
        ("/ask", {"question": "Qui ?", "articles": []}, "article"),
        ("/ask", {"question": "Qui ?", "articles": ["nowhere"]}, "nowhere"),
        ("/ask", {"question": "Qui ?", "articles": "nowhere"}, "list of ids"),
        ("/ask", {"question": "Qui ?", "history": [{"question": "Quoi ?"}]}, "lacks"),
        ("/ask", {"question": "Qui ?", "history": "Quoi ?"}, "list of earlier answers"),
        ("/ask", {"question": "Qui ?", "limit": 0}, "at least 1"),
        ("/ask", {"question": "Qui ?", "limit": "many"}, "whole number"),
        ("/retrieve", {"question": "x" * 3000}, "3,000 characters"),
        ("/read_article", {"article": "../../etc/passwd"}, "no article"),
        ("/read_article", {"article": None}, "string"),
    ],
)
def test_what_cannot_be_asked_is_an_error_that_says_why(client, endpoint, given, said):
    with pytest.raises(AppError, match=said):
        client.predict(**given, api_name=endpoint)


def test_twenty_users_at_once_all_get_their_own_right_answers(server, seed_qa):
    questions = [
        QUESTION,
        "When did the treaty take effect?",
        "Combien de soldats nord-coréens auraient été envoyés ?",
        "Comment faire cuire un œuf dur ?",
        "Que dit le traité en cas d'attaque ?",
    ]
    expected = {question: as_json(seed_qa.ask(question)) for question in questions}
    clients = [Client(server.address, verbose=False) for _ in range(20)]
    together = threading.Barrier(len(clients))

    def use(number):
        together.wait()
        asked = [questions[(number + turn) % len(questions)] for turn in range(3)]
        return [(question, clients[number].predict(question, api_name="/ask")) for question in asked]

    with ThreadPoolExecutor(len(clients)) as users:
        answers = [pair for pairs in users.map(use, range(len(clients))) for pair in pairs]
    assert len(answers) == 60
    for question, answer in answers:
        assert without_timings(answer) == expected[question]


def test_a_damaged_index_is_an_error_that_says_so_and_the_service_goes_on(seed_index, tmp_path):
    index = Path(shutil.copytree(seed_index, tmp_path / "index"))
    current = (index / "current").read_text()
    with serving(index, tmp_path) as server:
        client = Client(server.address, verbose=False)
        assert client.predict(QUESTION, api_name="/ask")["answered"]
        (index / "current").write_text("elsewhere\n")
        with pytest.raises(AppError, match=r"names version elsewhere, which is missing.*Rebuild it"):
            client.predict(QUESTION, api_name="/ask")
        assert server.get("/health").status_code == 503
        (index / "current").write_text(current)
        assert client.predict(QUESTION, api_name="/ask")["answered"]
        assert server.errors.read_text() == ""


def test_a_rebuild_while_questions_come_in_fails_none_of_them(tmp_path):
    index = tmp_path / "index"
    settings = load_settings(versions_kept=1)
    (tmp_path / "pont.txt").write_text("Le pont de Sorvan ouvre en mai 2025.", encoding="utf-8")
    versions = [qa.build_index(tmp_path / "pont.txt", index=index, settings=settings).version]
    with serving(index, tmp_path) as server:
        client = Client(server.address, verbose=False)
        stopped = threading.Event()

        def keep_asking():
            answers = []
            while not stopped.is_set():
                answers.append(client.predict("Quand ouvre le pont de Sorvan ?", api_name="/ask"))
            return answers

        with ThreadPoolExecutor(1) as thread:
            asking = thread.submit(keep_asking)
            versions += [qa.build_index(tmp_path / "pont.txt", index=index, settings=settings).version for _ in "abc"]
            stopped.set()
            answers = asking.result()
        assert all(answer["citations"][0]["quote"] == "Le pont de Sorvan ouvre en mai 2025." for answer in answers)
        seen = list(dict.fromkeys(answer["index_version"] for answer in answers))
        assert seen == [version for version in versions if version in seen], "never back to an older version"
        assert client.predict("Quand ouvre le pont ?", api_name="/ask")["index_version"] == versions[-1]
        assert server.errors.read_text() == ""


# Health


def test_health_says_version_index_version_and_articles(server, seed_qa):
    from importlib.metadata import version

    said = server.get("/health")
    assert said.status_code == 200
    assert said.json() == {
        "ready": True,
        "version": version("article-qa"),
        "index_version": seed_qa.version,
        "articles": 2,
    }


def test_without_an_index_it_is_not_ready_until_there_is_one(tmp_path):
    (tmp_path / "pont.txt").write_text("Le pont ouvre en mai 2025.", encoding="utf-8")
    with serving(tmp_path / "index", tmp_path) as server:
        said = server.get("/health")
        assert (said.status_code, said.json()["ready"], said.json()["index_version"]) == (503, False, None)
        report = qa.build_index(tmp_path / "pont.txt", index=tmp_path / "index")
        server.wait_until_ready()
        assert (server.get("/health").json()["index_version"], server.get("/health").json()["articles"]) == (
            report.version,
            1,
        )
        assert server.errors.read_text() == ""


# Other sites


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.", ""])
def test_without_a_login_it_answers_to_its_machine_s_names_alone(server, host):
    expected = 200 if host == "localhost." else 403
    for path in ("/", "/config", "/health"):
        assert server.get(path, headers={"Host": host}).status_code == expected


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST:8000"])
def test_its_machine_s_names_are_these(server, host):
    assert server.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", "http://127.0.0.1"])
def test_a_page_of_another_site_can_neither_ask_nor_upload_nor_read(server, origin):
    headers = {"Origin": origin}
    ask = server.post("/gradio_api/call/ask", json={"data": [QUESTION, None, None, None]}, headers=headers)
    upload = server.post("/gradio_api/upload", files={"files": ("a.txt", b"text")}, headers=headers)
    read = server.get("/config", headers=headers)
    asking = httpx.options(f"{server.address}/gradio_api/call/ask", headers=headers)
    for refused in (ask, upload, read, asking):
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
    assert "another site" in ask.json()["detail"]


def test_its_own_page_can_ask_also_behind_a_proxy(server):
    data = {"data": [QUESTION, None, None, None]}
    headers = {"Origin": server.address}
    assert server.post("/gradio_api/call/ask", json=data, headers=headers).status_code == 200
    headers = {"Origin": "https://qa.example", "X-Forwarded-Host": "qa.example"}
    assert server.post("/gradio_api/call/ask", json=data, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "path", ["file=https://example.org/", "file/http://example.org/", "proxy=https://example.org/"]
)
def test_it_fetches_nothing_on_behalf_of_others(server, path):
    assert server.get(f"/gradio_api/{path}").status_code == 403


def test_no_other_site_may_frame_the_page(server):
    assert "frame-ancestors 'self'" in server.get("/").headers["content-security-policy"]


# Where it listens


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "some-name.example"])
def test_beyond_this_machine_it_needs_a_login_or_to_be_told(host):
    with pytest.raises(SettingsError) as raised:
        qa.web.serve(host=host, port=0)
    for named in (host, "QA_USERNAME and QA_PASSWORD", "QA_USERS_FILE", "--allow-anonymous"):
        assert named in str(raised.value)


@pytest.mark.parametrize(
    ("command", "code"), [([ROOT / "app.py"], 1), (["-m", "qa.cli", "serve"], 2)], ids=["app.py", "qa serve"]
)
def test_the_environment_can_name_the_host_and_the_refusal_is_one_line(command, code):
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "QA_HOST": "0.0.0.0", "PORT": "0"}
    options = {"capture_output": True, "text": True, "env": variables, "timeout": 60, "check": False}
    done = subprocess.run([sys.executable, *command], **options)
    assert done.returncode == code
    assert "--allow-anonymous" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"QA_USERNAME": "lea"}, "QA_USERNAME is set and QA_PASSWORD is not"),
        ({"QA_PASSWORD": "secret-word"}, "QA_PASSWORD is set and QA_USERNAME is not"),
        ({"QA_USERNAME": "lea", "QA_PASSWD": "secret-word"}, "Did you mean QA_PASSWORD?"),
        ({"QA_USERS_FILE": "nowhere/users"}, "nowhere/users cannot be read"),
        ({"QA_PASSWORD": "secret-word", "QA_MCP": "secret-word"}, "mcp"),
    ],
)
def test_a_login_that_is_not_whole_is_refused_and_no_password_is_shown(environment, said, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=re.escape(said)) as raised:
        qa.web.serve(port=0)
    shown = "".join(traceback.format_exception(raised.value))
    assert "secret-word" not in shown


def test_told_that_anyone_may_use_it_it_answers_to_any_name(seed_index, tmp_path):
    with serving(seed_index, tmp_path, host="0.0.0.0", allow_anonymous=True) as server:
        assert server.get("/config", headers={"Host": "qa.example"}).status_code == 200
        refused = server.post("/gradio_api/call/ask", json={}, headers={"Origin": "https://evil.example"})
        assert refused.status_code == 403, "another site's page still cannot ask"
        upload = server.post("/gradio_api/upload", files={"files": ("a.txt", b"text")})
        assert upload.status_code == 403, "anyone may ask, but not put articles in"


# Stopping


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_within_seconds_while_a_page_is_open(seed_index, tmp_path, sent):
    (tmp_path / "temporary").mkdir()
    with serving(seed_index, tmp_path, environment={"TMPDIR": str(tmp_path / "temporary")}) as server:
        with httpx.stream("GET", f"{server.address}/gradio_api/heartbeat/abc", timeout=30) as page:
            assert page.status_code == 200
            assert server.post("/gradio_api/upload", files={"files": ("a.txt", b"text")}).status_code == 200
            server.process.send_signal(sent)
            started = time.monotonic()
            assert server.process.wait(timeout=20) == 0
            assert time.monotonic() - started < 15
        left = [path for path in (tmp_path / "temporary").rglob("*") if path.is_file()]
        assert left == [], "what was sent is removed"
        assert server.errors.read_text() == ""


# The login

NAME, PASSWORD = "léa", "un mot de passe à rallonge : 42"
OTHER, OTHER_PASSWORD = "tom", "correct horse battery"


@pytest.fixture(scope="module")
def users_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("users") / "users"
    add_user(path, OTHER, OTHER_PASSWORD)
    return path


@pytest.fixture(scope="module")
def closed(seed_index, tmp_path_factory, users_file):
    """A server with a login: one user from the environment, and a file of users."""
    login = {"QA_USERNAME": NAME, "QA_PASSWORD": PASSWORD, "QA_USERS_FILE": str(users_file)}
    folder = tmp_path_factory.mktemp("closed")
    with serving(seed_index, folder, environment=login, host="0.0.0.0", mcp=True) as running:
        yield running


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_without_a_login_there_is_nothing_but_the_login_page_and_health(closed):
    data = {"data": [QUESTION, None, None, None]}
    for path in ("/config", "/gradio_api/info", "/gradio_api/file=/etc/passwd", "/theme.css", "/nothing", "/mcp"):
        assert closed.get(path).status_code == 401, path
    for path in ("/gradio_api/call/ask", "/gradio_api/queue/join", "/gradio_api/run/ask", "/gradio_api/upload", "/mcp"):
        assert closed.post(path, json=data).status_code == 401, path
    assert closed.get("/gradio_api/queue/data?session_hash=x").status_code == 401
    assert closed.get("/health").status_code in (200, 503)
    page = {"Accept": "text/html"}
    assert closed.get("/", headers=page).headers["location"] == "login"
    assert closed.get("/gradio_api/docs/", headers=page).headers["location"] == "../../login"


def test_the_login_page_speaks_the_browser_s_language_and_says_what_is_wrong(closed):
    headers = {"Accept": "text/html", "Accept-Language": "fr-FR"}
    asked = closed.get("/login", headers=headers)
    assert "Mot de passe" in asked.text and 'role="alert"' not in asked.text
    form = {"username": '"><script>', "password": "wrong"}
    refused = closed.post("/login", data=form, headers=headers)
    assert refused.status_code == 401
    assert "Nom d’utilisateur ou mot de passe incorrect." in refused.text
    assert form["username"] not in refused.text
    english = closed.post("/login", data=form, headers={"Accept": "text/html"})
    assert "Wrong user name or password." in english.text


@pytest.mark.parametrize(("name", "password"), [(NAME, PASSWORD), (OTHER, OTHER_PASSWORD)])
def test_a_user_gets_a_cookie_that_no_script_and_no_other_site_can_use(closed, name, password):
    with httpx.Client(base_url=closed.address, timeout=30) as browser:
        form = {"username": name, "password": password}
        entered = browser.post("/login", data=form, headers={"Accept": "text/html", "Origin": closed.address})
        assert (entered.status_code, entered.headers["location"]) == (303, "./")
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie
        assert password not in cookie
        assert browser.get("/config").status_code == 200
        assert name in browser.get("/login").text
        token = browser.cookies
        left = browser.post("/logout")
        assert (left.status_code, left.headers["location"]) == (303, "login")
        assert httpx.get(f"{closed.address}/config", cookies=token).status_code == 401, (
            "the old cookie is worth nothing"
        )


def test_over_https_the_cookie_is_for_https_alone(closed):
    form = {"username": OTHER, "password": OTHER_PASSWORD}
    entered = closed.post("/login", data=form, headers={"X-Forwarded-Proto": "https"})
    assert "secure" in entered.headers["set-cookie"].lower()


def test_gradio_client_logs_in(closed, seed_qa):
    client = Client(closed.address, auth=(NAME, PASSWORD), verbose=False)
    assert without_timings(client.predict(QUESTION, api_name="/ask")) == as_json(seed_qa.ask(QUESTION))
    with pytest.raises(AuthenticationError):
        Client(closed.address, auth=(NAME, "wrong"), verbose=False)
    with pytest.raises(AuthenticationError, match="Please login"):
        Client(closed.address, verbose=False)


def test_a_program_can_send_name_and_password_with_each_request(closed):
    assert closed.get("/config", headers=basic(OTHER, OTHER_PASSWORD)).status_code == 200
    refused = closed.get("/config", headers=basic(OTHER, PASSWORD))
    assert (refused.status_code, refused.json()["detail"]) == (401, "Wrong user name or password.")
    for nonsense in ("Basic", "Basic !!!", "Basic " + base64.b64encode(b"nocolon").decode(), "Bearer x"):
        assert closed.get("/config", headers={"Authorization": nonsense}).status_code == 401


def test_a_browser_s_scripts_get_no_password_window(closed):
    assert "www-authenticate" in closed.get("/config").headers
    assert "www-authenticate" not in closed.get("/config", headers={"Sec-Fetch-Mode": "cors"}).headers


def test_a_page_of_another_site_cannot_use_a_user_s_login(closed):
    headers = {**basic(OTHER, OTHER_PASSWORD), "Origin": "https://evil.example"}
    assert closed.post("/gradio_api/call/ask", json={"data": [QUESTION]}, headers=headers).status_code == 403
    assert closed.post("/login", data={}, headers={"Origin": "https://evil.example"}).status_code == 403


def test_whoever_is_taken_out_of_the_file_is_out_at_once_and_a_new_password_counts(closed, users_file):
    add_user(users_file, "eva", "first password")
    with httpx.Client(base_url=closed.address, timeout=30) as browser:
        browser.post("/login", data={"username": "eva", "password": "first password"})
        assert browser.get("/config").status_code == 200
        add_user(users_file, "eva", "second password")
        assert browser.get("/config").status_code == 401
        browser.post("/login", data={"username": "eva", "password": "second password"})
        assert browser.get("/config").status_code == 200
        kept = [line for line in users_file.read_text().splitlines() if not line.startswith("eva:")]
        users_file.write_text("\n".join(kept) + "\n")
        assert browser.get("/config").status_code == 401


def test_a_form_that_is_too_long_is_refused(closed):
    assert closed.post("/login", data={"username": "x" * 20_000}).status_code == 413


def test_a_guesser_is_made_to_wait_and_whoever_is_in_stays_in(seed_index, tmp_path):
    login = {"QA_USERNAME": NAME, "QA_PASSWORD": PASSWORD}
    with serving(seed_index, tmp_path, environment=login) as server:
        inside = basic(NAME, PASSWORD)
        assert server.get("/config", headers=inside).status_code == 200
        guesses = [server.post("/login", data={"username": NAME, "password": str(n)}) for n in range(FAILURES_MAX + 2)]
        assert [guess.status_code for guess in guesses] == [401] * FAILURES_MAX + [429] * 2
        assert 0 < int(guesses[-1].headers["retry-after"]) <= 600
        right = server.post("/login", data={"username": NAME, "password": PASSWORD}, headers={"Accept": "text/html"})
        assert right.status_code == 429 and "Too many failed attempts" in right.text
        assert server.get("/config", headers=inside).status_code == 200
        assert server.errors.read_text() == ""


# Failed attempts


def test_one_address_has_ten_failures_and_success_takes_none():
    throttle = Throttle()
    for _ in range(50):
        assert throttle.admit("192.0.2.1") == 0
        throttle.forgive("192.0.2.1")
    assert [throttle.admit("192.0.2.1") for _ in range(FAILURES_MAX)] == [0] * FAILURES_MAX
    assert 0 < throttle.admit("192.0.2.1") <= 600
    assert throttle.admit("192.0.2.2") == 0


def test_a_network_of_ipv6_counts_as_one_address():
    throttle = Throttle()
    assert [throttle.admit(f"2001:db8::{n}") for n in range(FAILURES_MAX)] == [0] * FAILURES_MAX
    assert throttle.admit("2001:db8::ffff") > 0
    assert throttle.admit("2001:db8:0:1::1") == 0


def test_many_addresses_together_have_a_limit_too():
    throttle = Throttle()
    assert all(throttle.admit(f"198.51.100.{n}") == 0 for n in range(FAILURES_MAX_ALL))
    assert throttle.admit("203.0.113.1") > 0


# The users file


def test_a_password_is_kept_as_a_hash_with_its_own_salt():
    one, other = hash_password(PASSWORD), hash_password(PASSWORD)
    assert one != other and PASSWORD not in one
    assert verify_password(PASSWORD, one) and verify_password(PASSWORD, other)
    assert not verify_password(PASSWORD + " ", one)


def test_qa_user_add_writes_a_user_whom_the_login_knows(tmp_path):
    path = tmp_path / "users"
    command = [sys.executable, "-m", "qa.cli", "user", "add", "léa"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "QA_USERS_FILE": str(path)}
    options = {"capture_output": True, "text": True, "env": variables, "timeout": 60, "check": False}
    done = subprocess.run(command, input="correct horse\n", **options)
    assert (done.returncode, done.stdout) == (0, f"léa can log in now, by {path}.\n"), done.stderr
    assert path.stat().st_mode & 0o777 == 0o600
    assert "correct horse" not in path.read_text()
    again = subprocess.run(command, input="another horse\n", **options)
    assert again.stdout == f"léa has a new password, by {path}.\n"
    users = Users(load_settings(users_file=path))
    assert users.check("léa", "another horse")
    assert not users.check("léa", "correct horse") and not users.check("tom", "another horse")


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("", "long enough", "cannot be a user's name"),
        ("a:b", "long enough", "cannot be a user's name"),
        ("#a", "long enough", "cannot be a user's name"),
        ("a\nb", "long enough", "cannot be a user's name"),
        ("a" * 101, "long enough", "101 characters"),
        ("lea", "short", "needs 8 to 1,000"),
        ("lea", "x" * 1001, "needs 8 to 1,000"),
    ],
)
def test_a_user_that_cannot_be_added_is_refused_and_nothing_is_written(tmp_path, name, password, said):
    with pytest.raises(SettingsError, match=said):
        add_user(tmp_path / "users", name, password)
    assert not (tmp_path / "users").exists()


@pytest.mark.parametrize("line", ["lea", "lea:secret", "lea:scrypt$AAAA$AAAA", ":scrypt$x$y", "lea:md5$AAAA$AAAA"])
def test_a_line_that_is_no_user_is_named_by_its_number_alone(tmp_path, line):
    (tmp_path / "users").write_text(f"# users\n\n{line}\n")
    with pytest.raises(SettingsError, match="line 3 of the users file") as raised:
        read_users(tmp_path / "users")
    assert "secret" not in str(raised.value)


def test_a_users_file_without_users_is_refused(tmp_path):
    (tmp_path / "users").write_text("# nobody yet\n")
    with pytest.raises(SettingsError, match="holds no user"):
        Users(load_settings(users_file=tmp_path / "users"))

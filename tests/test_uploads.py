"""Hostile uploads over HTTP, to a real server: each is refused or taken, nothing is written elsewhere, all goes on."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

import qa

ROOT = Path(__file__).resolve().parent.parent
BRIDGE = "Le pont de Lisle a été inauguré en mars."
SCRIPT = "import sys; from qa.web import serve; serve(port=0)"


class Server:
    """A server process over a folder of its own, and its HTTP interface as a program sees it."""

    def __init__(self, folder, **variables):
        self.folder = folder
        self.errors = (folder.parent / f"{folder.name}-errors.txt").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder.parent), **variables},
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        said = self.process.stdout.readline()
        self.address = re.search(r"http://\S+", said)[0]
        self.http = httpx.Client(base_url=self.address, timeout=120)
        components = self.http.get("/config").json()["components"]
        self.tab = next(one["id"] for one in components if one["props"].get("elem_id") == "qa-library")

    def call(self, function, /, **request):
        data = {"language": "en", **request}
        body = {"data": data, "component_id": self.tab, "fn_name": function, "session_hash": "s"}
        reply = self.http.post("/gradio_api/component_server/", content=json.dumps(body).encode())
        assert reply.status_code == 200, reply.text
        return reply.json()

    def upload(self, *files):
        """Send files, each a name and its bytes; return where Gradio has put them."""
        reply = self.http.post("/gradio_api/upload", files=[("files", file) for file in files])
        assert reply.status_code == 200, reply.text
        return reply.json()

    def put(self, *files):
        """Send files one by one and put them in, as the page does."""
        paths = [self.upload((f"article{Path(name).suffix[:9]}", data))[0] for name, data in files]
        sent = [{"name": name, "path": path} for (name, _), path in zip(files, paths, strict=True)]
        return self.call("library_put", files=sent)

    def is_well(self):
        """Tell whether it lists its articles and refuses a question in words, as ever."""
        return self.call("library_list")["found"] >= 1 and "problem" in self.call("library_read", article="nothing")

    def stop(self):
        self.http.close()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=20)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.errors.close()


def make_place(folder):
    (folder / "seeds").mkdir(parents=True)
    (folder / "seeds" / "pont.md").write_text(f"# Le pont\n\n{BRIDGE}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        qa.build_index("seeds")
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = Server(make_place(tmp_path_factory.mktemp("uploads") / "place"))
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def _writes_nothing_elsewhere(request):
    """Compare all that lies outside of `seeds` before and after; only the folder of uploads may hold something."""
    if "server" not in request.fixturenames:
        yield
        return
    server = request.getfixturevalue("server")
    before = outside(server)
    yield
    assert outside(server) == before
    assert server.is_well()


def outside(server):
    room = server.folder.parent
    found = (path.relative_to(room) for path in room.rglob("*"))
    return {path for path in found if not str(path).startswith(("place/seeds/", "article-qa-uploads-"))}


def kept(server):
    return {path.name for path in (server.folder / "seeds").iterdir() if not path.name.startswith(".")}


@pytest.mark.parametrize(
    ("name", "as_kept"),
    [
        ("../../up.md", "up.md"),
        ("/etc/absolute.md", "absolute.md"),
        ("C:\\Windows\\system.md", "system.md"),
        ("n" * 5000 + ".md", "n" * 80 + ".md"),
        ("é" * 5000 + ".md", "é" * 80 + ".md"),
        ("bell\a null\0 line\n.md", "bell null line.md"),
        ("fdp\u202edm.md", "fdpdm.md"),
        ("nul.md", "article-nul.md"),
        (".hidden.md", "hidden.md"),
        ('<img src=x onerror="alert(1)">.md', "-img src=x onerror=-alert(1)--.md"),
    ],
)
def test_a_hostile_name_becomes_a_harmless_one(server, name, as_kept):
    reply = server.put((name, f"Un texte pour {len(name)} {as_kept[:9]}.".encode()))
    assert [taken[1] for taken in reply["taken"]] == [as_kept]
    assert as_kept in kept(server)


@pytest.mark.parametrize("name", ["../../up.md", "/etc/absolute.md", "..", "a\\..\\b.md", "n" * 5000, "é" * 5000])
def test_gradio_itself_puts_a_hostile_name_nowhere_else(server, name):
    reply = server.http.post("/gradio_api/upload", files={"files": (name, b"Text.")})
    assert reply.status_code in (200, 400, 413)
    for path in reply.json() if reply.status_code == 200 else []:
        assert re.search(r"/article-qa-uploads-\w+/[0-9a-f]{64}/[^/]+$", path)


def test_fifty_megabytes_are_refused_before_they_are_read(server):
    reply = server.http.post("/gradio_api/upload", files={"files": ("long.txt", b"Une phrase. " * 4_200_000)})
    assert reply.status_code == 413
    assert "too many" in reply.text


def test_a_body_of_unknown_length_is_refused(server):
    def chunks():
        yield b"--x\r\n"

    reply = server.http.post(
        "/gradio_api/upload", content=chunks(), headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert reply.status_code == 411


def test_a_thousand_files_at_once_are_taken_and_one_more_is_refused(server):
    files = [(f"{number}.txt", f"Le tramway numéro {number} est bleu.".encode()) for number in range(1000)]
    paths = server.upload(*files)
    sent = [{"name": name, "path": path} for (name, _), path in zip(files, paths, strict=True)]
    reply = server.call("library_put", files=[*sent, sent[0]])
    assert reply["problem"].startswith("1,001 files are more than the 1,000")
    paths = server.upload(*files)
    reply = server.call("library_put", files=sent)
    assert (len(reply["taken"]), reply["refused"]) == (1000, [])
    assert len(kept(server)) > 1000
    refused = server.http.post("/gradio_api/upload", files=[("files", file) for file in [*files, files[0]]])
    assert refused.status_code == 400


def zipped(size):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("bomb.txt", b"0" * size)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bomb.zip", zipped(500_000_000)),
        ("bomb.docx", zipped(500_000_000)),
        ("binary.md", bytes(range(256)) * 40),
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(4000)),
        ("elf.html", b"\x7fELF" + bytes(4000)),
        ("empty.txt", b""),
        ("brackets.md", b"[" * 200_000),
        ("quotes.md", b">" * 200_000 + b" a"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_article_is_refused_or_read_and_the_server_goes_on(server, name, data):
    before = kept(server)
    reply = server.put((name, data))
    assert len(reply["taken"]) + len(reply["refused"]) == 1
    assert len(kept(server) - before) == len(reply["taken"])
    if not name.startswith(("brackets", "quotes")):  # which are text, of a kind
        assert reply["taken"] == []


def test_the_same_file_twice_is_kept_once(server):
    data = "Le musée de Gap ouvre demain.".encode()
    assert len(server.put(("musee.txt", data))["taken"]) == 1
    again = server.put(("copie.txt", data))
    assert again["refused"] == [["copie.txt", "the same content is there already: musee.txt"]]


def test_what_was_sent_is_gone_when_it_was_put_in(server):
    (path,) = server.upload(("tram.txt", "Le tramway d’Agde est bleu.".encode()))
    assert server.http.get(f"/gradio_api/file={path}").status_code == 200
    server.call("library_put", files=[{"name": "tram.txt", "path": path}])
    assert not Path(path).parent.exists()
    assert server.http.get(f"/gradio_api/file={path}").status_code == 403


@pytest.mark.parametrize("path", ["/etc/passwd", "seeds/pont.md", "../place/seeds/pont.md", "", "\0", "indexes"])
def test_no_file_of_the_machine_can_be_put_in_by_its_path(server, path):
    reply = server.call("library_put", files=[{"name": "stolen.txt", "path": path}])
    assert reply == {"problem": "A file that was sent is not there any more. Send it again."}
    absolute = server.folder / path if "\0" not in path else path
    assert "problem" in server.call("library_put", files=[{"name": "stolen.txt", "path": str(absolute)}])


@pytest.mark.parametrize("route", ["/file=", "/gradio_api/file=", "/gradio_api/file/", "/gradio_api/stream/"])
def test_no_file_of_the_machine_can_be_fetched(server, route):
    (server.folder / "seeds" / ".removed").mkdir(exist_ok=True)
    index = next((server.folder / "indexes" / "default" / "versions").glob("*/articles.sqlite"))
    for path in ("/etc/passwd", index, "indexes/default/current", "seeds/pont.md", "qa.toml", "../place/seeds/pont.md"):
        reply = server.http.get(f"{route}{path}")
        assert reply.status_code in (400, 403, 404, 405, 422), (route, path, reply.status_code)
        assert BRIDGE not in reply.text and "root:" not in reply.text


@pytest.mark.parametrize(
    "request_", [None, [], "text", {"files": "x"}, {"files": [1]}, {"files": [{}]}, {"files": None}]
)
def test_a_call_of_another_form_is_refused_in_words(server, request_):
    body = {"data": request_, "component_id": server.tab, "fn_name": "library_put", "session_hash": "s"}
    reply = server.http.post("/gradio_api/component_server/", json=body)
    assert reply.status_code == 200 and reply.json()["problem"]


def test_a_page_of_another_site_can_neither_send_nor_change_anything(server):
    elsewhere = {"origin": "https://evil.example", "content-type": "text/plain"}
    data = {"language": "en", "text": "A planted text."}
    body = {"data": data, "component_id": server.tab, "fn_name": "library_paste", "session_hash": "s"}
    before = kept(server)
    called = server.http.post("/gradio_api/component_server/", content=json.dumps(body), headers=elsewhere)
    sent = server.http.post(
        "/gradio_api/upload", files={"files": ("a.txt", b"A.")}, headers={"origin": "https://evil.example"}
    )
    assert (called.status_code, sent.status_code) == (403, 403)
    assert kept(server) == before


def test_where_the_library_may_only_be_read_nothing_can_be_changed(tmp_path):
    server = Server(make_place(tmp_path / "place"), QA_LIBRARY_WRITABLE="false")
    try:
        assert server.call("library_open")["writable"] is False
        assert server.call("library_list")["found"] == 1
        assert server.http.post("/gradio_api/upload", files={"files": ("a.txt", b"A.")}).status_code == 403
        before = outside(server) | kept(server)
        for name, request in {
            "library_put": {"files": []},
            "library_paste": {"text": "Text."},
            "library_remove": {"article": "pont"},
            "library_restore": {"name": "x"},
            "library_build": {},
            "library_stop": {},
        }.items():
            assert "cannot be changed here" in server.call(name, **request)["problem"]
        assert outside(server) | kept(server) == before
    finally:
        server.stop()


def test_what_was_sent_lies_in_a_private_folder_that_goes_with_the_server(tmp_path):
    server = Server(make_place(tmp_path / "place"))
    try:
        (path,) = server.upload(("left.txt", b"Left behind."))
        room = Path(path).parent.parent
        assert room.name.startswith("article-qa-uploads-")
        assert room.stat().st_mode & 0o077 == 0
    finally:
        server.stop()
    assert not room.exists()

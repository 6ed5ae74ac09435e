"""The page that asks for a name and a password."""

from __future__ import annotations

from html import escape

_WORDS = {
    "en": {
        "title": "article-qa: log in",
        "heading": "Log in",
        "name": "User name",
        "password": "Password",
        "enter": "Log in",
        "wrong": "Wrong user name or password.",
        "wait": "Too many failed attempts. Try again in {minutes} min.",
        "here": "Logged in as {name}.",
        "leave": "Log out",
        "on": "To the chat",
    },
    "fr": {
        "title": "article-qa : connexion",
        "heading": "Connexion",
        "name": "Nom d’utilisateur",
        "password": "Mot de passe",
        "enter": "Se connecter",
        "wrong": "Nom d’utilisateur ou mot de passe incorrect.",
        "wait": "Trop de tentatives manquées. Réessayez dans {minutes} min.",
        "here": "Connecté sous le nom {name}.",
        "leave": "Se déconnecter",
        "on": "Aller à la conversation",
    },
}

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#f7f8fa, #12161c);
  color: light-dark(#1a2027, #e6eaef); }
main { box-sizing: border-box; width: min(24rem, 100vw); padding: 2rem; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input { box-sizing: border-box; width: 100%; padding: .6rem .75rem; font: inherit; color: inherit;
  background: light-dark(#fff, #1b222b); border: 1px solid light-dark(#7c8894, #76828f); border-radius: .4rem; }
button { margin-top: 1.5rem; padding: .6rem 1.25rem; font: inherit; font-weight: 600; border: 0; border-radius: .4rem;
  cursor: pointer; color: light-dark(#fff, #0d1622); background: light-dark(#1d5bb8, #8ab8f5); }
a { color: light-dark(#1d5bb8, #8ab8f5); }
:focus-visible { outline: 3px solid light-dark(#1d5bb8, #8ab8f5); outline-offset: 2px; }
[role=alert] { margin: 0; padding: .6rem .75rem; border-radius: .4rem; color: light-dark(#8b1a1a, #ffc9c9);
  background: light-dark(#fdecec, #3d1c1c); }
"""

# The chat keeps its conversation in the tab under this name (turns.js), so that the next user does not see it.
_NAME_STORE = """
document.querySelector("form").addEventListener("submit", (event) =>
  sessionStorage.setItem("article-qa user", event.target.username.value));
"""


def render_login(language: str, name: str = "", wait_s: int | None = None) -> str:
    """Return the page that asks.

    Args:
        language: `"fr"` or `"en"`.
        name: Where an attempt has failed, the user name that was given.
        wait_s: Where an attempt was not let through, how long to wait, in seconds; 0 where it was wrong.
    """
    words = _WORDS[language]
    alert = ""
    if wait_s is not None:
        said = words["wait"].format(minutes=-(-wait_s // 60)) if wait_s else words["wrong"]
        alert = f'<p role="alert">{escape(said)}</p>'
    return _render(
        language,
        f"<h1>{escape(words['heading'])}</h1>{alert}"
        '<form method="post">'
        f'<label for="username">{escape(words["name"])}</label>'
        f'<input id="username" name="username" value="{escape(name)}" autocomplete="username" autocapitalize="none" '
        "autofocus required>"
        f'<label for="password">{escape(words["password"])}</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password" required>'
        f"<button>{escape(words['enter'])}</button></form><script>{_NAME_STORE}</script>",
    )


def render_logged_in(language: str, name: str) -> str:
    """Return the page for somebody who is logged in already: on to the chat, or out."""
    words = _WORDS[language]
    return _render(
        language,
        f"<h1>{escape(words['here'].format(name=name))}</h1>"
        f'<p><a href="./">{escape(words["on"])}</a></p>'
        f'<form method="post" action="logout"><button>{escape(words["leave"])}</button></form>',
    )


def _render(language: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(_WORDS[language]['title'])}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )

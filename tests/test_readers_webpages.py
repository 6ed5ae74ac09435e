"""The article out of full web pages, in the ways in which sites build them."""

from __future__ import annotations

from pathlib import Path

import pytest
from make_documents import AUTHOR, HEADING, ITEMS, PARAGRAPHS, TITLE

from qa.articles import read_articles
from qa.schema import Article

MORE = (
    "La coupole la plus ancienne date de 1911 ; son mécanisme d’horlogerie, arrêté depuis un demi-siècle, a été remis "
    "en marche par deux élèves du lycée professionnel."
)
LAST = "Le prochain chantier, celui de la bibliothèque, commencera en septembre et durera dix-huit mois."
BODY = [*PARAGRAPHS, MORE, LAST]
P = [f"<p>{paragraph}</p>" for paragraph in BODY]
COOKIES = (
    '<div id="didomi-host" class="cookie-banner" role="dialog"><p>Nous et nos 812 partenaires stockons des traceurs sur '
    "votre appareil pour mesurer l’audience et afficher des publicités.</p><button>Tout refuser</button></div>"
)
NAV = '<nav><ul><li><a href="/">Accueil</a></li><li><a href="/sport">Sports nautiques</a></li></ul></nav>'
RELATED = (
    '<aside class="related"><h3>À lire aussi</h3><ul><li><a href="/a">Le phare vendu aux enchères</a></li>'
    '<li><a href="/b">Marée record attendue lundi</a></li></ul></aside>'
)
COMMENTS = (
    '<section id="comments" class="comments-area"><h2>2 commentaires</h2><ol class="comment-list"><li class="comment">'
    '<p>Encore nos impôts jetés par la fenêtre, merci bien !</p></li><li class="comment"><p>Bravo à toute l’équipe, '
    "j’irai avec mes petits-enfants dès la semaine prochaine.</p></li></ol></section>"
)
FOOTER = "<footer><p>© 2024 Le Courrier du Ponant. Mentions légales. Gestion des traceurs.</p></footer>"
NEWSLETTER = '<div class="newsletter-signup"><p>Recevez chaque matin notre lettre. Saisissez votre adresse.</p></div>'
AD = '<div class="ad advertisement"><p>Publicité : matelas à mémoire, moins trente pour cent.</p></div>'
LINKED_DATA = (
    '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle", '
    f'"headline": "{TITLE}", "datePublished": "2024-03-09T08:00:00+01:00", "author": [{{"@type": "Person", '
    f'"name": "{AUTHOR}"}}]}}</script>'
)


def page(head: str, body: str) -> str:
    return f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'


PAGES = {
    "a blog with a sidebar": page(
        f'<title>{TITLE} – Le Ponant</title><meta property="article:published_time" content="2024-03-09T08:00:00+00:00">'
        f'<meta name="author" content="{AUTHOR}">',
        f'{COOKIES}<header class="site-header">{NAV}</header><div class="site-content"><main><article class="post">'
        f'<header class="entry-header"><h1 class="entry-title">{TITLE}</h1><div class="entry-meta">Publié le 9 mars</div>'
        f'</header><div class="entry-content">{P[0]}{P[1]}<h2>{HEADING}</h2>{P[2]}{P[3]}{P[4]}'
        '<div class="sharedaddy"><h3>Partager</h3><ul><li><a href="#">Sur tous vos réseaux</a></li></ul></div></div>'
        f'</article>{COMMENTS}</main><div id="secondary" class="widget-area sidebar"><h2>Articles récents</h2><ul><li>'
        f'<a href="/c">Marée record attendue lundi</a></li></ul>{NEWSLETTER}</div></div>{FOOTER}',
    ),
    "a newspaper with linked data and blocks between paragraphs": page(
        f"<title>{TITLE}</title>{LINKED_DATA}",
        f'{COOKIES}{NAV}<main id="main"><article class="article article__wrapper"><h1 class="article__title">{TITLE}</h1>'
        f'<section class="article__content">{P[0]}{AD}{P[1]}{RELATED}<h2 class="article__sub-title">{HEADING}</h2>'
        f"{P[2]}{NEWSLETTER}{P[3]}{AD}{P[4]}</section></article>{RELATED}</main>{COMMENTS}{FOOTER}",
    ),
    "boxes without meaning": page(
        f'<meta property="og:title" content="{TITLE}">{LINKED_DATA}',
        f'<div class="wrap"><div class="hdr">{NAV}</div><div class="c-body"><div class="headline">{TITLE}</div>'
        + "".join(f'<div class="paragraph"><span>{paragraph}</span></div>' for paragraph in BODY)
        + f'</div><div class="foot">Mentions légales</div></div>{COOKIES}',
    ),
    "a page laid out by tables": page(
        f'<title>{TITLE}</title><meta name="author" content="{AUTHOR}"><meta name="date" content="2024-03-09">',
        '<table width="100%"><tr><td width="150"><a href="/">Accueil</a><br><a href="/sport">Sports nautiques</a></td>'
        f"<td><h1>{TITLE}</h1>{''.join(P)}</td></tr><tr><td colspan=2>Mentions légales</td></tr></table>",
    ),
    "paragraphs parted by line breaks": page(
        f"<title>{TITLE}</title>{LINKED_DATA}",
        f'{NAV}<div id="content"><h1>{TITLE}</h1><div class="text">{"<br><br>".join(BODY)}</div></div>{FOOTER}',
    ),
    "sections with pictures and a pulled quote": page(
        f"<title>{TITLE}</title>{LINKED_DATA}",
        f'{COOKIES}<header>{NAV}</header><main><article><header><h1>{TITLE}</h1></header><section>{P[0]}'
        '<figure><img src="a.jpg" alt="La coupole"><figcaption>Photo : archives</figcaption></figure>'
        f"{P[1]}</section><section><h2>{HEADING}</h2>{P[2]}<ul><li>{ITEMS[0]}</li><li>{ITEMS[1]}</li></ul></section>"
        f"<section>{P[3]}{P[4]}</section></article></main>{RELATED}{COMMENTS}{FOOTER}",
    ),
    "an open page behind a subscription notice": page(
        f"<title>{TITLE}</title>{LINKED_DATA}",
        f'{NAV}<div class="paywall-banner modal"><p>Abonnez-vous pour lire la suite, un euro le premier mois.</p></div>'
        f'<article itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">{TITLE}</h1>'
        f'<div itemprop="articleBody">{"".join(P)}</div></article>{COMMENTS}{FOOTER}',
    ),
}  # fmt: skip
AROUND = (
    "traceurs", "Tout refuser", "Accueil", "Sports nautiques", "À lire aussi", "enchères", "Marée record", "commentaires",
    "impôts", "Bravo", "Mentions légales", "Recevez chaque", "Publicité", "Partager", "Abonnez-vous", "Articles récents",
)  # fmt: skip


def read(tmp_path: Path, markup: str) -> Article:
    (tmp_path / "page.html").write_text(markup)
    (found,) = read_articles(tmp_path / "page.html")
    assert isinstance(found, Article), found
    return found


@pytest.mark.parametrize("kind", PAGES)
class TestEveryPage:
    def test_each_paragraph_is_there_whole_and_once_in_its_order(self, tmp_path: Path, kind: str) -> None:
        paragraphs = read(tmp_path, PAGES[kind]).text.split("\n\n")
        assert [paragraph for paragraph in paragraphs if paragraph in BODY] == BODY, paragraphs

    def test_nothing_that_stands_around_it_is(self, tmp_path: Path, kind: str) -> None:
        text = read(tmp_path, PAGES[kind]).text
        assert [words for words in AROUND if words in text] == []

    def test_what_the_page_states(self, tmp_path: Path, kind: str) -> None:
        found = read(tmp_path, PAGES[kind])
        assert (found.title, found.author, found.published, found.language) == (TITLE, AUTHOR, "2024-03-09", "fr")

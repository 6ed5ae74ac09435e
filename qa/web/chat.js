// Asking, and what happens around it. `server` calls replies.py, `props` holds the words of the interface.
//
// For the other tabs: `document.dispatchEvent(new CustomEvent("qa:only", {detail: [{id, title}, ...]}))` brings the
// chat to the front and has it ask these articles alone; with an empty list, all again. `"qa:built"` says that there is
// a new index version.

const state = { open: false, only: [], last: 0, asking: Promise.resolve(), watching: false };

const box = find("#qa-question");
const ONLY_SHOWN = 3; // titles of the articles that are asked alone; of more, only their number

// ---- the server

/** Call a function of replies.py; `failed` says that no reply came: "lost" without a connection, else "failed". */
async function call(name, request = {}) {
  const reply = await server[name]({ ...request, language });
  if (reply !== undefined && reply !== null) return reply;
  if (await isReachable()) return { failed: "failed" };
  waitForServer();
  return { failed: "lost" };
}

const isReachable = () => fetch(document.baseURI, { method: "HEAD", cache: "no-store" }).then(() => true, () => false);

/** Look for the server until it is back, while someone is looking at the page. */
async function waitForServer() {
  notify(words.offline); // each time, for a question takes what was said before away
  if (state.watching) return;
  state.watching = true;
  for (let pause = 1000; ; pause = Math.min(2 * pause, 15000)) {
    await new Promise((done) => setTimeout(done, pause));
    if (!document.hidden && (await isReachable())) break;
  }
  state.watching = false;
  notify(words.back_online);
  openIndex();
}

async function openIndex() {
  const reply = await call("open_index");
  if (reply.failed) return;
  state.open = true;
  showIndex(reply);
  for (const turn of turns) if (!turn.html && !turn.problem) showTurn(turn);
  if (reply.problem) return;
  const { questions = [] } = await call("suggest");
  find(".qa-examples").hidden = questions.length === 0;
  find(".qa-examples ul").replaceChildren(...questions.map(exampleOf));
}

function showIndex(reply) {
  const status = find(".qa-status");
  status.textContent = reply.problem ?? "";
  status.className = reply.problem ? "qa-status qa-error" : "qa-status";
  status.role = reply.problem ? "alert" : "status";
  find(".qa-index").textContent = reply.problem ? "" : reply.status;
}

function exampleOf(question) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.dir = "auto";
  button.textContent = question;
  button.addEventListener("click", () => ask(question));
  item.append(button);
  return item;
}

// ---- asking

function ask(question, { instead = null, alone = false } = {}) {
  const turn = instead ?? { id: (state.last += 1), question, only: state.only };
  Object.assign(turn, { showing: newName(), html: "", answer: null, problem: "", failed: "", verdict: null, articles: {} });
  if (!instead) turns.push(turn);
  showTurn(turn);
  keepTurns();
  bringIntoView(elementOf(turn), "start");
  state.asking = state.asking.then(() => lookUp(turn, alone)); // one after the other: each may lean on the one before
  return state.asking;
}

async function lookUp(turn, alone) {
  const before = turns.slice(0, turns.indexOf(turn)).filter((earlier) => earlier.answer);
  const reply = await call("ask", {
    question: turn.question,
    history: alone ? [] : before.slice(-8).map((earlier) => earlier.answer),
    articles: turn.only?.length ? turn.only.map((article) => article.id) : null,
    turn: turn.id,
  });
  if (!turns.includes(turn)) return; // the conversation was cleared meanwhile
  turn.failed = reply.failed ?? "";
  turn.problem = reply.problem ?? (reply.failed ? words[reply.failed] : "");
  if (turn.problem) {
    if (!box.value) fillBox(turn.question); // to be mended or asked again
  } else {
    Object.assign(turn, { html: reply.html, answer: reply.answer, markdown: reply.markdown, articles: reply.articles });
    showIndex(reply);
  }
  showTurn(turn);
  keepTurns();
  // What went wrong stands below the question, which may be longer than the page.
  if (turn === turns.at(-1)) bringIntoView(elementOf(turn), turn.problem ? "end" : "start");
  if (turn.answer?.answered) openSource(turn, turn.answer.citations[0].article, { number: 1 });
  else closeSource();
}

/** Ask in the place of a turn; the button that was pressed goes, so the keyboard goes on at the question. */
function askAgain(turn, options) {
  const asked = find(".qa-question", elementOf(turn));
  asked.tabIndex = -1;
  asked.focus({ preventScroll: true });
  ask(turn.question, { instead: turn, ...options });
}

const newName = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function fillBox(text) {
  box.value = text;
  fitBox();
}

function fitBox() {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

box.addEventListener("input", fitBox);
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  find(".qa-composer").requestSubmit();
});

find(".qa-composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = box.value;
  notify("");
  if (!question.trim()) return notify(words.empty, { alert: true });
  fillBox("");
  ask(question);
});

/** Say something above the question, with a button where something can be done. */
function notify(text, { alert = false, label = "", act = null } = {}) {
  const notice = find(".qa-notice");
  notice.hidden = !text;
  notice.role = alert ? "alert" : "status";
  notice.classList.toggle("qa-error", alert);
  notice.textContent = text;
  if (!act) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "qa-link";
  button.textContent = label;
  button.addEventListener("click", act);
  notice.append(" ", button);
}

// ---- what one can do

function clearAll() {
  const cleared = turns.splice(0);
  const log = find(".qa-log");
  const nodes = [...log.children];
  log.replaceChildren();
  const settle = () => {
    keepTurns();
    showBegun();
    box.focus();
  };
  closeSource();
  settle();
  const undo = () => {
    turns.unshift(...cleared);
    log.prepend(...nodes);
    notify("");
    settle();
  };
  notify(words.cleared, { label: words.undo, act: undo });
}

async function saveConversation(form) {
  find(".qa-menu").open = false;
  const answers = turns.filter((turn) => turn.answer).map((turn) => turn.answer);
  const reply = await call("save_conversation", { answers, form });
  if (!reply.text) return notify(reply.problem ?? words[reply.failed === "lost" ? "offline" : "failed"], { alert: true });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([reply.text], { type: reply.type }));
  link.download = `conversation.${reply.ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function showOnly() {
  find(".qa-only").hidden = state.only.length === 0;
  const shown = state.only.slice(0, ONLY_SHOWN);
  const more = state.only.length - shown.length;
  find(".qa-only-titles").replaceChildren(
    ...shown.map((article) => Object.assign(document.createElement("bdi"), { textContent: article.title })),
    ...(more ? [words.only_more.replace("{count}", more.toLocaleString(language))] : []),
  );
}

document.addEventListener("qa:only", (event) => {
  state.only = event.detail;
  showOnly();
  document.querySelector('[role="tab"][data-tab-id="chat"]')?.click();
  setTimeout(() => box.focus(), 50); // once the tab is shown
});

document.addEventListener("qa:built", openIndex); // a new index version: other articles, other examples

const actions = {
  alone: (turn) => askAgain(turn, { alone: true }),
  retry: (turn) => {
    if (box.value === turn.question) fillBox("");
    askAgain(turn);
  },
  reload: () => location.reload(),
  async copy(turn, button) {
    const done = await copyText(turn.markdown);
    notify(done ? "" : words.copy_failed, { alert: !done });
    if (!done) return;
    button.textContent = words.copied;
    setTimeout(() => (button.textContent = words.copy), 2000);
  },
  up: (turn) => judge(turn, "up"),
  down: (turn) => judge(turn, "down"),
  new: clearAll,
  "save-markdown": () => saveConversation("markdown"),
  "save-json": () => saveConversation("json"),
  everywhere() {
    state.only = [];
    showOnly();
    box.focus();
  },
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  const mark = event.target.closest(".qa-log .qa-mark");
  const skip = event.target.closest(".qa-skip");
  if (button && actions[button.dataset.do]) {
    actions[button.dataset.do](turnOf(button), button);
  } else if (mark) {
    event.preventDefault();
    hideTip();
    source.cameFrom = mark;
    openSource(turnOf(mark), mark.dataset.article, { number: Number(mark.dataset.number), focus: true });
  } else if (skip) {
    event.preventDefault(); // Gradio's <base> would make "#qa-question" leave the page
    document.getElementById(skip.hash.slice(1)).focus();
  }
});

// A menu or an explanation closes by Escape, and a menu by a click elsewhere.
element.addEventListener("keydown", (event) => {
  const open = event.target.closest("details[open]");
  if (event.key !== "Escape" || !open) return;
  open.open = false;
  find("summary", open).focus();
});
document.addEventListener("click", (event) => {
  const menu = find(".qa-menu");
  if (menu.open && !menu.contains(event.target)) menu.open = false;
});

// ---- the quote behind a number

const tip = find(".qa-tip");
let tipFor = null;

function showTip(mark) {
  const turn = turnOf(mark);
  const citation = turn?.answer && citedBy(turn).find((one) => one.number === Number(mark.dataset.number));
  if (!citation) return;
  const quote = document.createElement("p");
  quote.dir = "auto";
  quote.textContent = citation.quote;
  const title = document.createElement("cite");
  title.dir = "auto";
  title.textContent = citation.title;
  tip.replaceChildren(quote, title);
  tip.hidden = false;
  tipFor = mark;
  mark.setAttribute("aria-describedby", "qa-tip");
  const at = mark.getBoundingClientRect();
  const size = tip.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left + at.width / 2 - size.width / 2), innerWidth - size.width - 8);
  const above = at.top - size.height - 6;
  tip.style.left = `${left}px`;
  tip.style.top = `${above >= 8 ? above : at.bottom + 6}px`;
}

function hideTip() {
  tip.hidden = true;
  tipFor?.removeAttribute("aria-describedby");
  tipFor = null;
}

const log = find(".qa-log");
log.addEventListener("pointerover", (event) => {
  const mark = event.target.closest(".qa-mark");
  if (mark && event.pointerType !== "touch") showTip(mark);
});
element.addEventListener("pointerover", (event) => {
  if (tipFor && !tip.contains(event.target) && !tipFor.contains(event.target) && document.activeElement !== tipFor) hideTip();
});
log.addEventListener("focusin", (event) => event.target.matches(".qa-mark:focus-visible") && showTip(event.target));
log.addEventListener("focusout", hideTip);
document.addEventListener("keydown", (event) => event.key === "Escape" && hideTip());
element.addEventListener("scroll", hideTip, true);

// ---- the beginning

restoreTurns();
state.last = Math.max(0, ...turns.map((turn) => turn.id));
find(".qa-status").textContent = words.opening;
openIndex();
if (wide.matches) box.focus({ preventScroll: true });

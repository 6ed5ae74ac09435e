// The turns of the conversation: how one stands on the page, and what one can do with its answer.

const turns = []; // {id, showing, question, answer, html, markdown, articles, problem, verdict, asked}

// Where this tab keeps the conversation: under the name of who logged in (login_page.py), for what one user asked is not
// shown to the next.
const storeName = () => `article-qa ${sessionStorage.getItem("article-qa user") ?? ""}`;

function elementOf(turn) {
  return document.getElementById(`turn-${turn.id}`);
}

function turnOf(node) {
  const section = node.closest(".qa-turn");
  return section && turns.find((turn) => section.id === `turn-${turn.id}`);
}

/** Put a turn on the page, or what has become of it. */
function showTurn(turn) {
  let section = elementOf(turn);
  if (!section) {
    section = document.createElement("section");
    section.className = "qa-turn";
    section.id = `turn-${turn.id}`;
    const asked = document.createElement("h2");
    asked.className = "qa-question";
    asked.dir = "auto";
    asked.textContent = turn.question;
    const body = document.createElement("div");
    body.className = "qa-body";
    section.append(asked, body);
    find(".qa-log").append(section);
  }
  const body = find(".qa-body", section);
  if (turn.html) {
    body.innerHTML = turn.html; // made and escaped by the server: turns.py
    showVerdict(turn);
  } else {
    body.replaceChildren(turn.problem ? problemOf(turn) : pendingOf());
  }
  showBegun();
}

/** The welcome, before the first question; then the panel beside the chat and what can be done with a conversation. */
function showBegun() {
  const begun = turns.length > 0;
  find(".qa-chat").classList.toggle("qa-begun", begun);
  find("h1").classList.toggle("qa-hidden", begun);
  find(".qa-welcome").hidden = begun;
  find(".qa-tools-end").hidden = !begun;
}

const pendingOf = () => note(state.open ? words.looking : words.opening_asked, "qa-pending");

function problemOf(turn) {
  const node = note("", "qa-error");
  node.role = "alert";
  const what = document.createElement("strong");
  what.textContent = `${words.error}.`;
  const why = document.createElement("bdi");
  why.textContent = turn.problem;
  node.append(what, " ", why);
  const retry = document.createElement("button");
  retry.type = "button";
  retry.className = "qa-link";
  retry.dataset.do = "retry";
  retry.textContent = words.retry;
  const line = document.createElement("p");
  line.append(retry);
  if (turn.failed === "failed") {
    const reload = retry.cloneNode();
    reload.dataset.do = "reload";
    reload.textContent = words.reload;
    line.append(" ", reload);
  }
  node.append(line);
  return node;
}

/** Keep the conversation for when this tab is loaded again; articles are read anew. */
function keepTurns() {
  const kept = turns.map(({ articles, ...turn }) => turn);
  try {
    sessionStorage.setItem(storeName(), JSON.stringify(kept));
  } catch {
    if (turns.length > 1) notify(words.unkept); // too long, or the browser lets the page keep nothing
  }
}

function restoreTurns() {
  let kept = [];
  try {
    kept = JSON.parse(sessionStorage.getItem(storeName()) ?? "[]");
  } catch {
    return; // the browser lets the page keep nothing
  }
  for (const turn of kept) {
    if (!turn.html && !turn.problem) turn.problem = words.interrupted;
    turns.push(turn);
    showTurn(turn);
  }
  if (kept.length) find(".qa-scroll").scrollTop = find(".qa-scroll").scrollHeight;
}

// Copying

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Not on localhost nor over HTTPS: the older way.
  }
  const box = document.createElement("textarea");
  box.value = text;
  box.className = "qa-hidden";
  document.body.append(box);
  const before = document.activeElement;
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  before?.focus({ preventScroll: true });
  return done;
}

// Thumbs

async function judge(turn, verdict) {
  turn.verdict = { verdict, comment: turn.verdict?.comment ?? "" };
  showVerdict(turn, true);
  keepTurns();
  await sendVerdict(turn, words.thanks);
}

async function sendVerdict(turn, thanks) {
  const reply = await call("note_feedback", { answer: turn.answer, showing: turn.showing, ...turn.verdict });
  const why = reply.problem ?? (reply.failed && words[reply.failed === "lost" ? "offline" : "failed"]);
  const said = find(".qa-thanks", elementOf(turn));
  if (said) said.textContent = why ? words.not_noted.replace("{why}", why) : thanks;
}

function showVerdict(turn, asking = false) {
  const section = elementOf(turn);
  const given = turn.verdict?.verdict;
  for (const verdict of ["up", "down"]) {
    const button = find(`.qa-${verdict}`, section);
    if (button) button.ariaPressed = `${verdict === given}`;
  }
  if (!asking || find(".qa-comment", section)) return;
  const form = document.createElement("form");
  form.className = "qa-comment";
  const said = document.createElement("p");
  said.className = "qa-thanks";
  said.role = "status";
  const input = document.createElement("input");
  input.type = "text";
  input.maxLength = 2000;
  input.placeholder = words.comment;
  input.ariaLabel = words.comment;
  const send = document.createElement("button");
  send.className = "qa-link";
  send.textContent = words.send;
  form.append(said, input, send);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    turn.verdict.comment = input.value.trim();
    keepTurns();
    input.remove();
    send.remove();
    await sendVerdict(turn, words.thanks);
  });
  find(".qa-answer", section).append(form);
}

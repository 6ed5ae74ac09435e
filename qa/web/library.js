// The library: the articles of the index, and what one can do with them. `server` calls library_replies.py, `props`
// holds the words of the interface. What an article or a file says is set as text, never as markup.
//
// To the other tabs it says: `qa:only` with [{id, title}, ...], which are to be asked alone (chat.js), and `qa:built`
// when there is a new index version.

const find = (selector, within = element) => within.querySelector(selector);
const COLUMNS = ["title", "published", "language", "source", "author", "sentences", "indexed"];
const DESCENDING_FIRST = new Set(["published", "sentences", "indexed"]);
const CHECK_MS = 600;
const UPLOADS_AT_ONCE = 3;
const FILES_A_CALL = 100;

const state = {
  open: false,
  opening: false,
  writable: false,
  limits: { mb: 0, files: 0 },
  search: "",
  sort: "indexed", // the newest first
  descending: true,
  page: 1,
  pages: 1,
  count: 0, // of all articles
  asked: 0, // number of the last list that was asked for, so that an older one that comes later is not shown
  chosen: new Map(), // id -> title, over all pages
  article: null, // the one that is read
  building: false,
};

// ---- words

const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (mark, name) => values[name] ?? mark);
const number = new Intl.NumberFormat(language);
const sayCount = (key, count, values = {}) =>
  say(`${key}_${count === 0 && `${key}_none` in words ? "none" : count === 1 ? "one" : "many"}`, { count: number.format(count), ...values });
const sayDay = (said) =>
  /^\d{4}-\d\d-\d\d/.test(said ?? "")
    ? new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(new Date(said.length > 10 ? said : `${said}T12:00`))
    : (said ?? "");

function sayLanguage(code) {
  if (code === "und") return "";
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(code);
  } catch {
    return code;
  }
}

// ---- the page

/** Make an element: `make("p", {className: "x"}, "text", other)`. */
function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}
const isolated = (text) => make("bdi", {}, text);

/** Call a function of library_replies.py; a problem is shown, unless `quiet`. */
async function call(name, request = {}, { quiet = false } = {}) {
  const reply = (await server[name]({ ...request, language })) ?? { problem: words.lost };
  if (reply.problem && !quiet) showProblem(reply.problem);
  return reply;
}

function showProblem(text) {
  const node = find(".qa-library-problem");
  node.textContent = text;
  node.hidden = !text;
}

async function open() {
  if (state.opening) return;
  state.opening = true;
  const reply = await call("library_open");
  state.opening = false;
  if (reply.writable === undefined) return find(".qa-library-count").replaceChildren();
  if (!reply.problem) showProblem("");
  state.open = true;
  state.writable = reply.writable;
  state.limits = reply.limits;
  state.count = reply.count;
  find(".qa-library-do").hidden = !reply.writable || reply.count === 0;
  find("#qa-library-limits").textContent = say("limits", {
    formats: reply.formats,
    mb: number.format(reply.limits.mb),
    files: number.format(reply.limits.files),
    folder: reply.folder,
  });
  find(".qa-library-count").textContent = reply.problem ? "" : sayCount("articles", reply.count);
  find(".qa-library-empty").hidden = reply.count > 0 || reply.problem;
  find(".qa-library-list").hidden = reply.count === 0;
  if (reply.count === 0 && reply.writable && !reply.problem) showAdd(true);
  showRemoved(reply.removed);
  showChanged(reply.changed, reply.count);
  if (reply.building && !state.building) watchBuild();
  if (reply.count > 0) await list();
}

function showChanged(changed, count) {
  const node = find(".qa-library-changed");
  node.hidden = !changed || !state.writable || state.building;
  find("p", node).textContent = count === 0 ? words.changed_first : words.changed;
}

// ---- the list

function makeHead() {
  const choose = make("th", { scope: "col", className: "qa-library-choose", title: words.choose_all });
  const all = make("input", { type: "checkbox" });
  all.ariaLabel = words.choose_all;
  all.dataset.do = "choose-all";
  choose.append(all);
  const heads = COLUMNS.map((column) => {
    const button = make("button", { type: "button" }, words[`column_${column}`]);
    button.dataset.do = "sort";
    button.dataset.column = column;
    const head = make("th", { scope: "col" }, button);
    head.dataset.column = column;
    return head;
  });
  find("thead tr").replaceChildren(choose, ...heads);
  find(".qa-library-sort select").replaceChildren(
    ...COLUMNS.map((column) => make("option", { value: column }, words[`column_${column}`])),
  );
}

async function list() {
  const mine = ++state.asked;
  const { search, sort, descending, page } = state;
  const reply = await call("library_list", { search, sort, descending, page });
  if (mine !== state.asked || !reply.rows) return;
  Object.assign(state, { page: reply.page, pages: reply.pages });
  const focused = document.activeElement?.closest?.("tbody [data-article]")?.dataset.article;
  find("tbody").replaceChildren(...reply.rows.map(makeRow));
  if (focused) find(`tbody [data-article="${CSS.escape(focused)}"] button`)?.focus();
  for (const head of element.querySelectorAll("th[data-column]")) {
    if (head.dataset.column === sort) head.ariaSort = descending ? "descending" : "ascending";
    else head.ariaSort = null;
    head.hidden = head.dataset.column === "author" && !reply.authors;
  }
  for (const cell of element.querySelectorAll("td.qa-library-author")) cell.hidden = !reply.authors;
  find(".qa-library-sort select").value = sort;
  find(".qa-library-found").textContent = search ? sayCount("found", reply.found) : "";
  const pages = find(".qa-library-pages");
  pages.hidden = reply.pages < 2;
  find("span", pages).textContent = say("page", { page: number.format(reply.page), pages: number.format(reply.pages) });
  find('[data-do="page-before"]').disabled = reply.page === 1;
  find('[data-do="page-after"]').disabled = reply.page === reply.pages;
  showChosen();
}

function makeRow(article) {
  const choose = make("input", { type: "checkbox", checked: state.chosen.has(article.id) });
  choose.ariaLabel = say("choose", { title: article.title });
  choose.dataset.do = "choose";
  const title = make("button", { type: "button", className: "qa-library-title", title: article.title }, isolated(article.title));
  title.dataset.do = "read";
  const cells = [
    make("td", { className: "qa-library-choose" }, choose),
    make("th", { scope: "row" }, title, ...(article.gone ? [make("span", { className: "qa-library-gone" }, words.gone)] : [])),
    cellOf("published", sayDay(article.published)),
    cellOf("language", sayLanguage(article.language)),
    cellOf("source", article.source),
    cellOf("author", article.author ?? ""),
    cellOf("sentences", number.format(article.sentences)),
    cellOf("indexed", sayDay(article.indexed)),
  ];
  const row = make("tr", {}, ...cells);
  row.dataset.article = article.id;
  row.dataset.title = article.title;
  return row;
}

function cellOf(column, text) {
  const cell = make("td", { className: `qa-library-${column}`, title: column === "source" ? text : "" }, isolated(text));
  cell.dataset.said = text ? words[`column_${column}`] : "";
  return cell;
}

let typing = 0;
find(".qa-library-search input").addEventListener("input", (event) => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    Object.assign(state, { search: event.target.value.trim(), page: 1 });
    list();
  }, 150);
});

function sortBy(column) {
  if (state.sort === column) state.descending = !state.descending;
  else Object.assign(state, { sort: column, descending: DESCENDING_FIRST.has(column) });
  state.page = 1;
  return list();
}

find(".qa-library-sort select").addEventListener("change", (event) => {
  state.sort = "";
  sortBy(event.target.value);
});

async function turnPage(step) {
  state.page += step;
  await list();
  find(".qa-library-tools").scrollIntoView({ block: "nearest" });
}

// ---- choosing

function choose(row, chosen) {
  if (chosen) state.chosen.set(row.dataset.article, row.dataset.title);
  else state.chosen.delete(row.dataset.article);
  showChosen();
}

async function chooseAll(chosen) {
  if (!chosen) {
    state.chosen.clear();
  } else {
    const reply = await call("library_choose", { search: state.search });
    for (const [id, title] of reply.articles ?? []) state.chosen.set(id, title);
  }
  showChosen();
}

function showChosen() {
  const rows = [...element.querySelectorAll("tbody tr")];
  const here = rows.filter((row) => state.chosen.has(row.dataset.article));
  for (const row of rows) {
    const chosen = state.chosen.has(row.dataset.article);
    find("input", row).checked = chosen;
    row.classList.toggle("qa-library-is-chosen", chosen);
  }
  const all = find('[data-do="choose-all"]');
  all.checked = rows.length > 0 && here.length === rows.length;
  all.indeterminate = here.length > 0 && here.length < rows.length;
  const bar = find(".qa-library-chosen");
  bar.hidden = state.chosen.size === 0;
  find("span", bar).textContent = state.chosen.size ? sayCount("chosen", state.chosen.size) : "";
}

function askOnly(articles) {
  if (articles.length === state.count) articles = []; // all of them
  document.dispatchEvent(new CustomEvent("qa:only", { detail: articles }));
}

// ---- reading one

const reader = find("dialog.qa-library-article");
const confirming = find("dialog.qa-library-confirm");

async function read(id, title) {
  state.article = { id, title };
  const room = find(".qa-library-reader");
  room.replaceChildren(make("p", { className: "qa-pending" }, words.opening));
  find(".qa-library-remove").hidden = !state.writable;
  reader.showModal();
  const reply = await call("library_read", { article: id }, { quiet: true });
  if (state.article?.id !== id) return;
  if (reply.problem) return room.replaceChildren(make("p", { className: "qa-error" }, reply.problem));
  room.innerHTML = reply.html; // made and escaped by the server: article_view.py
  for (const said of room.querySelectorAll("[data-language]")) said.textContent = sayLanguage(said.dataset.language);
  room.append(make("p", { className: "qa-soft qa-library-file" }, say("file"), " ", make("bdi", {}, reply.file)));
  room.scrollTop = 0;
  state.article.together = reply.together;
  state.article.file = reply.file;
}

// A click beside a dialog closes it.
for (const dialog of [reader, confirming]) {
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

function askRemove() {
  const { title, together = 1, file = "" } = state.article;
  find("#qa-library-confirming").textContent =
    together > 1
      ? say("remove_file", { file, count: number.format(together) })
      : say("remove_one", { title });
  confirming.showModal();
  find('[data-do="close"]', confirming).focus();
}

async function remove() {
  const { id, title } = state.article;
  confirming.close();
  reader.close();
  const reply = await call("library_remove", { article: id, whole_file: state.article.together > 1 });
  if (reply.problem) return;
  state.chosen.delete(id);
  const undo = make("button", { type: "button", className: "qa-link" }, words.put_back);
  undo.dataset.do = "restore";
  undo.dataset.name = reply.name;
  showReport([make("p", {}, say(reply.count > 1 ? "removed_file" : "removed", { title, count: number.format(reply.count) }), " ", undo)]);
  await open();
}

function showRemoved(names) {
  const node = find(".qa-library-removed");
  node.hidden = names.length === 0 || !state.writable;
  find("summary", node).textContent = sayCount("removed_files", names.length);
  find("ul", node).replaceChildren(
    ...names.map((name) => {
      const button = make("button", { type: "button", className: "qa-link" }, words.put_back);
      button.dataset.do = "restore";
      button.dataset.name = name;
      button.ariaLabel = say("put_back_label", { name });
      return make("li", {}, make("bdi", {}, name), " ", button);
    }),
  );
}

async function restore(name) {
  const reply = await call("library_restore", { name });
  if (reply.problem) return;
  showReport([make("p", {}, say("restored", { name: reply.file }))]);
  await open();
}

// ---- putting in

function showAdd(shown) {
  find(".qa-library-add").hidden = !shown;
  find('[data-do="show-add"]').ariaExpanded = `${shown}`;
}

const input = find("#qa-library-files");
input.addEventListener("change", () => {
  put([...input.files]);
  input.value = "";
});
const drop = find(".qa-library-drop");
for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("qa-library-over", name === "dragenter" || name === "dragover");
  });
}
drop.addEventListener("drop", (event) => put([...event.dataTransfer.files]));

async function put(files) {
  showProblem("");
  const { mb, files: most } = state.limits;
  if (files.length > most) {
    return showProblem(say("too_many", { count: number.format(files.length), files: number.format(most) }));
  }
  const taken = [];
  const refused = [];
  const fitting = files.filter((file) => {
    const fits = file.size <= mb * 1e6 && file.size > 0;
    if (!fits) refused.push([file.name, file.size ? say("too_large", { mb: number.format(mb) }) : words.no_content]);
    return fits;
  });
  input.disabled = true;
  try {
    for (let from = 0; from < fitting.length; from += FILES_A_CALL) {
      const some = fitting.slice(from, from + FILES_A_CALL);
      const sent = await uploadAll(some, from, fitting.length, refused);
      if (sent.length === 0) continue;
      showReport([make("p", { className: "qa-pending" }, say("checking_files", { done: number.format(from + some.length), total: number.format(fitting.length) }))]);
      const reply = await call("library_put", { files: sent });
      if (reply.problem) return showReport([]);
      taken.push(...reply.taken);
      refused.push(...reply.refused);
    }
  } finally {
    input.disabled = false;
  }
  showReport(reportOf(taken, refused));
  await open();
}

/** Send files one by one, a few at once; return where they are now, in their order. */
async function uploadAll(files, before, total, refused) {
  const sent = [];
  let next = 0;
  const send = async () => {
    while (next < files.length) {
      const at = next++;
      const file = files[at];
      showReport([make("p", { className: "qa-pending" }, say("sending", { done: number.format(before + at + 1), total: number.format(total) }))]);
      // A name may be longer than a request's header: it goes with the next call.
      const ending = /\.\w{1,8}$/.exec(file.name)?.[0] ?? "";
      try {
        const { path } = await upload(new File([file], `article${ending}`));
        sent[at] = { name: file.name, path };
      } catch {
        refused.push([file.name, words.not_sent]);
      }
    }
  };
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, send));
  return sent.filter(Boolean);
}

const form = find(".qa-library-paste form");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  showProblem("");
  const button = find("button", form);
  button.disabled = true;
  const reply = await call("library_paste", Object.fromEntries(new FormData(form)));
  button.disabled = false;
  if (reply.problem) return;
  form.reset();
  form.closest("details").open = false;
  showReport(reportOf(reply.taken, []));
  await open();
});

function reportOf(taken, refused) {
  const count = taken.reduce((sum, [, , articles]) => sum + articles, 0);
  const parts = [];
  if (taken.length) {
    parts.push(make("p", {}, make("strong", {}, sayCount("taken", taken.length)), " ", count > taken.length ? sayCount("taken_articles", count) : ""));
    parts.push(listOf(taken.map(([given, kept, , title, lines]) => [kept, title, lines])));
  }
  if (refused.length) {
    parts.push(make("p", {}, make("strong", {}, sayCount("refused", refused.length))));
    parts.push(listOf(refused.map(([name, reason]) => [name, reason, []]), "qa-library-refused"));
  }
  return parts;
}

function listOf(lines, className = "", open = lines.length <= 10) {
  const items = lines.slice(0, 500).map(([name, said, more]) =>
    make(
      "li",
      {},
      make("bdi", { className: "qa-library-name" }, name),
      said ? " — " : "",
      isolated(said ?? ""),
      ...(more.length ? [make("ul", {}, ...more.map(([place, reason]) => make("li", {}, isolated(place), " — ", isolated(reason))))] : []),
    ),
  );
  const node = make("ul", { className }, ...items);
  if (lines.length > items.length) node.append(make("li", {}, "…"));
  return open ? node : make("details", {}, make("summary", {}, words.show_all), node);
}

function showReport(parts) {
  const node = find(".qa-library-report");
  node.hidden = parts.length === 0;
  node.replaceChildren(...parts);
}

// ---- building

async function build() {
  showProblem("");
  showReport([]);
  const reply = await call("library_build");
  if (!reply.problem || reply.building) watchBuild();
}

async function watchBuild() {
  if (state.building) return;
  state.building = true;
  find(".qa-library-building").hidden = false;
  find(".qa-library-changed").hidden = true;
  for (const button of element.querySelectorAll('[data-do="build"]')) button.disabled = true;
  let reply = {};
  let missed = 0;
  while (missed < 100) {
    reply = await call("library_state", {}, { quiet: true });
    missed = reply.status ? 0 : missed + 1;
    if (reply.status && reply.status !== "running") break;
    if (reply.status) showStep(reply);
    await new Promise((done) => setTimeout(done, CHECK_MS));
  }
  state.building = false;
  find(".qa-library-building").hidden = true;
  for (const button of element.querySelectorAll('[data-do="build"]')) button.disabled = false;
  showOutcome(reply);
  await open();
}

function showStep({ step, done, total, seconds_left: left }) {
  const bar = find("progress");
  if (total) Object.assign(bar, { max: total, value: done });
  else bar.removeAttribute("value");
  const said = step ? words[`step_${step}`] : words.step_starting;
  const count = total ? say("of", { done: number.format(done), total: number.format(total) }) : done ? number.format(done) : "";
  const time = left && left >= 1 ? say(left < 90 ? "seconds_left" : "minutes_left", { count: number.format(Math.ceil(left < 90 ? left : left / 60)) }) : "";
  find(".qa-library-step").textContent = [said, count, time].filter(Boolean).join(" · ");
}

function showOutcome(reply) {
  if (reply.status !== "built") {
    if (reply.status === "stopped") showReport([make("p", {}, words.stopped)]);
    else showProblem(reply.problem ?? words.lost);
    return;
  }
  const { built } = reply;
  const parts = [make("p", {}, make("strong", {}, sayCount("built", built.articles, { sentences: number.format(built.sentences) })))];
  for (const kind of ["new", "changed", "gone"]) {
    const titles = built[kind];
    if (!titles.length) continue;
    parts.push(make("p", {}, sayCount(`built_${kind}`, titles.length)));
    parts.push(listOf(titles.map((title) => [title, "", []])));
  }
  if (!built.new.length && !built.changed.length && !built.gone.length) parts.push(make("p", {}, words.built_same));
  if (built.refused.length) {
    parts.push(make("p", {}, make("strong", {}, sayCount("refused_files", built.refused.length))));
    parts.push(listOf(built.refused.map(([name, reason]) => [name, reason, []]), "qa-library-refused"));
  }
  showAdd(false);
  showReport(parts);
  find(".qa-library-report").focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("qa:built"));
}

// ---- what one can do

const actions = {
  "show-add": () => showAdd(find(".qa-library-add").hidden),
  build,
  stop: () => call("library_stop"),
  sort: (button) => sortBy(button.dataset.column),
  "page-before": () => turnPage(-1),
  "page-after": () => turnPage(1),
  choose: (box) => choose(box.closest("tr"), box.checked),
  "choose-all": (box) => chooseAll(box.checked),
  "choose-none": () => chooseAll(false),
  "ask-chosen": () => askOnly([...state.chosen].map(([id, title]) => ({ id, title }))),
  "ask-one"() {
    const { id, title } = state.article;
    reader.close();
    askOnly([{ id, title }]);
  },
  read: (button) => read(button.closest("tr").dataset.article, button.closest("tr").dataset.title),
  remove: askRemove,
  "remove-yes": remove,
  restore: (button) => restore(button.dataset.name),
  close: (button) => button.closest("dialog").close(),
};

element.addEventListener("click", (event) => {
  const target = event.target.closest("[data-do]");
  if (target) actions[target.dataset.do](target);
});

makeHead();
// Opened when it is first looked at, and looked at anew whenever it is shown again: another may have changed it.
new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && open()).observe(element);

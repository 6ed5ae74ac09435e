// The articles as a list: search, sort, choose and read them. The first of three scripts that run in one function with
// words.js. What an article or a file says is set as text, never as markup.

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
// "fr-CA" and "en-GB" write dates and numbers their own way.
const locale = navigator.language.startsWith(language) ? navigator.language : language;
const number = new Intl.NumberFormat(locale);
const sayCount = (key, count, values = {}) =>
  say(`${key}_${count === 0 && `${key}_none` in words ? "none" : count === 1 ? "one" : "many"}`, { count: number.format(count), ...values });
const sayDay = (said) =>
  /^\d{4}-\d\d-\d\d/.test(said ?? "")
    ? new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(new Date(said.length > 10 ? said : `${said}T12:00`))
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

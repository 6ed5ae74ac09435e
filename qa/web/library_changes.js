// Putting articles in, taking them out, and building the index. Runs after library_list.js.

// ---- taking out

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

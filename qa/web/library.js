// The library: what one can do in it. `server` calls library_replies.py, `props` holds the words of the interface.
//
// To the other tabs it says: `qa:only` with [{id, title}, ...], which are to be asked alone (chat.js), and `qa:built`
// when there is a new index version.

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

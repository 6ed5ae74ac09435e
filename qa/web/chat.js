// Runs when the conversation is on the page: `element` is it, `watch` reports its changes (gradio.HTML).
// Links are followed here, because Gradio's <base> would make "#quote-1-1" leave the page.
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const show = (target, block) => target.scrollIntoView({ behavior: calm ? "auto" : "smooth", block });

element.addEventListener("click", (event) => {
  const mark = event.target.closest("a.qa-mark");
  if (!mark) return;
  event.preventDefault();
  const quote = document.getElementById(mark.getAttribute("href").slice(1));
  quote.querySelector("details").open = true;
  element.querySelectorAll(".qa-shown").forEach((other) => other.classList.remove("qa-shown"));
  quote.classList.add("qa-shown");
  quote.focus({ preventScroll: true });
  show(quote, "nearest");
});

watch("value", () => {
  const turns = element.querySelectorAll(".qa-turn");
  if (turns.length) show(turns[turns.length - 1], "start");
});

document.documentElement.lang = navigator.language.startsWith("fr") ? "fr" : "en";

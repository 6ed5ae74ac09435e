// The words of the interface, in the first language of the browser that there are words in. Runs before all others.

const language = navigator.languages.map((tag) => tag.split("-")[0].toLowerCase()).find((tag) => tag in props.words) ?? "en";
const words = props.words[language];

document.documentElement.lang = language;
for (const node of element.querySelectorAll("[data-say]")) node.textContent = words[node.dataset.say];
for (const node of element.querySelectorAll("[data-label]")) node.ariaLabel = words[node.dataset.label];
for (const node of element.querySelectorAll("[data-placeholder]")) node.placeholder = words[node.dataset.placeholder];

"""What the page adds to an answer: from Enter to its first text, against `ArticleQA.ask` in the same server process.

`python -m benchmarks.web` prints it. The page's own clock says when Enter was pressed and when the text of the answer
stood on the page and had been laid out; the answer says how long `ask` took in the server.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.running import launch_chromium, seed_folder, serving

QUESTIONS = (
    "Qui a déclaré que la Russie a livré des missiles à la Corée du Nord ?",
    "Que se passe-t-il si l’un des deux alliés est attaqué ?",
    "When did North Korea ratify the treaty?",
    "Pourquoi Kim Jong Un a-t-il envoyé ses troupes ?",
    "Quel temps fera-t-il demain à Marseille ?",
)
ROUNDS = 6

# Resolves with the milliseconds from Enter to the frame in which the answer's first text is laid out.
_ASK = """async ([question, turn]) => {
    const box = document.getElementById("qa-question");
    box.value = question;
    const pressed = performance.now();
    box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    for (;;) {
        await new Promise(requestAnimationFrame);
        const answer = document.querySelector(`#turn-${turn} .qa-answer`);
        if (answer && answer.getBoundingClientRect().height) return performance.now() - pressed;
    }
}"""
_TOOK = """(turn) => JSON.parse(sessionStorage.getItem("article-qa ")).find((one) => one.id === turn)
    .answer.timings_ms.total"""


def measure_page(rounds: int = ROUNDS) -> dict[str, float]:
    """Return medians in seconds: from Enter to the first text, `ask` itself, and what the page adds to it."""
    with seed_folder() as folder, serving(folder) as (address, _):
        pairs = list(_ask_in_page(address, rounds))
    shown, took = ([pair[part] / 1000 for pair in pairs] for part in (0, 1))
    added = [first - second for first, second in zip(shown, took, strict=True)]
    return {
        "enter_to_text_s": statistics.median(shown),
        "ask_s": statistics.median(took),
        "added_s": statistics.median(added),
        "added_worst_s": max(added),
    }


def _ask_in_page(address: str, rounds: int) -> Iterator[tuple[float, float]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        page = browser.new_page(locale="fr-FR")
        page.goto(address)
        page.get_by_role("button", name="Pourquoi").wait_for()  # the examples come last
        for turn in range(1, 1 + rounds * len(QUESTIONS)):
            waited = page.evaluate(_ASK, [QUESTIONS[turn % len(QUESTIONS)], turn])
            page.wait_for_timeout(300)
            if turn > len(QUESTIONS):  # the first round warms up
                yield waited, page.evaluate(_TOOK, turn)
        browser.close()


if __name__ == "__main__":
    print("  ".join(f"{name} {value:.3f}" for name, value in measure_page().items()))

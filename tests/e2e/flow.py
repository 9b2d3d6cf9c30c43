"""The survey that the calls of these tests are held with: short, and each question of a length of its own."""

from pathlib import Path

QUESTIONS = {
    "agreed": "May we?",
    "score": "Your score?",
    "reason": "Price or quality?",
    "orders": "How many orders, if any?",
    "pin": "And what is the secret number?",
    "again": "Would you order from us again, or rather from somewhere else, yes or no?",
}
GOODBYE = "Bye."

SURVEY = f"""
flow: short
version: 1
title: Six short questions
languages: {{en: {{locale: en-US}}}}
partial_if: [score]
max_duration: 5m
steps:
  - consent: agreed
    covers: [survey, recording]
    prompt: "{QUESTIONS["agreed"]}"
    on_no: optout
    on_fail: unheard
  - {{rating: score, prompt: "{QUESTIONS["score"]}", range: [1, 5]}}
  - select_one: reason
    prompt: "{QUESTIONS["reason"]}"
    choices:
      price: {{key: "1", text: price}}
      quality: {{key: "2", text: quality}}
  - {{numeric: orders, prompt: "{QUESTIONS["orders"]}", range: [0, 99]}}
  - {{digits: pin, prompt: "{QUESTIONS["pin"]}", length: 8, sensitive: true}}
  - {{yes_no: again, prompt: "{QUESTIONS["again"]}"}}
  - {{label: thanks, end: completed, prompt: "{GOODBYE}"}}
  - {{label: optout, end: refused, prompt: "Fine."}}
  - {{label: unheard, end: no_input, prompt: "Gone?"}}
  - {{label: operator, end: callback, prompt: "Later."}}
"""

KEYS = {"agreed": "1", "score": "4", "reason": "2", "orders": "12", "pin": "73058146", "again": "1"}
VALUES = {"agreed": True, "score": 4, "reason": "quality", "orders": 12, "pin": "73058146", "again": True}


def write_flows(folder: Path) -> Path:
    """Put the survey and the clinic's reminder into a folder of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "short.yaml").write_text(SURVEY)
    shipped = Path(__file__).parents[2] / "call_flows" / "clinic-reminder.yaml"
    (folder / shipped.name).write_text(shipped.read_text())
    return folder

"""German: what the engine and the scripted interviewer say."""

from app.domain.conversation import FieldKind
from app.domain.languages.model import EnginePrompts, Interview

# Word lists fill their lines.
# fmt: off
PROMPTS = EnginePrompts(
    confirm="Ich habe verstanden: {answer}. Ist das richtig?",
    no_input=(
        "Ich habe nichts gehört.",
        "Ich höre Sie noch immer nicht. Sie können sprechen oder eine Taste drücken.",
        "Es tut mir leid, ich kann Sie nicht hören. Bitte benutzen Sie die Tasten Ihres Telefons.",
    ),
    no_match=(
        "Das habe ich nicht verstanden.",
        "Ich habe Sie leider noch immer nicht verstanden. Sie können sprechen oder eine Taste drücken.",
        "Es tut mir leid, ich verstehe Sie schlecht. Bitte benutzen Sie die Tasten Ihres Telefons.",
    ),
    help="Sie können Tasten drücken oder sprechen. "
         "Um die Frage noch einmal zu hören, drücken Sie die Sterntaste.",
    keypad_only="Bitte benutzen Sie die Tasten.",
    goodbye="Vielen Dank für Ihre Zeit. Auf Wiederhören.",
    apology="Es tut mir leid, bei uns ist ein Fehler aufgetreten. Bitte versuchen Sie es später noch einmal. "
            "Auf Wiederhören.",
    time_is_up="Es tut mir leid, die Zeit für dieses Gespräch ist um. Vielen Dank. Auf Wiederhören.",
    lines_busy="Zurzeit sind alle Leitungen belegt. Bitte rufen Sie später noch einmal an. Auf Wiederhören.",
    transfer="Einen Moment bitte, ich verbinde Sie.",
    transfer_failed="Es tut mir leid, im Moment kann niemand Ihren Anruf annehmen.",
    welcome_back="Entschuldigung, wir wurden unterbrochen. Machen wir weiter.",
    opted_out="In Ordnung, wir rufen Sie nicht mehr an. Auf Wiederhören.",
    skipped="In Ordnung, überspringen wir das.",
    talk_no_input=("Ich habe nichts gehört. Sprechen Sie bitte weiter.",
        "Ich höre Sie nicht. Sind Sie noch da?"),
    talk_no_match=(
        "Das habe ich nicht verstanden. Bitte sagen Sie es mit eigenen Worten.",
        "Ich habe Sie leider nicht verstanden. Bitte sagen Sie es noch einmal.",
    ),
    talk_help="Antworten Sie einfach mit eigenen Worten. "
              "Wenn Sie fertig sind, bleiben Sie einen Moment still.",
    talk_over="Belassen wir es für jetzt dabei.",
    choice="Für {choice} drücken Sie die {key}.",
    call_back="Wann sollen wir Sie wieder anrufen? Nennen Sie Tag und Uhrzeit, "
              "oder geben Sie die Uhrzeit mit vier Ziffern ein.",
    one_moment="Einen Moment bitte.",
    lost_too_often="Es tut mir leid, die Verbindung ist zu oft abgebrochen. Auf Wiederhören.",
)

INTERVIEW = Interview(
    opening="Danke, dass Sie sich die Zeit nehmen.",
    acknowledges=("Ich verstehe.", "Danke.", "Aha.", "In Ordnung."),
    reflection="Also {said}.",
    once_more="Ich frage noch einmal.",
    asks={
        FieldKind.TEXT: "Bitte sagen Sie mir das: {about}.",
        FieldKind.NUMBER: "Bitte nennen Sie mir eine Zahl: {about}.",
        FieldKind.BOOLEAN: "Bitte sagen Sie ja oder nein: {about}.",
        FieldKind.CHOICE: "Bitte sagen Sie mir das: {about}. Ist es {choices}?",
    },
    asks_name={
        FieldKind.TEXT: "Bitte erzählen Sie mir davon: {name}.",
        FieldKind.NUMBER: "Welche Zahl soll ich notieren: {name}?",
        FieldKind.BOOLEAN: "Bitte sagen Sie ja oder nein: {name}.",
        FieldKind.CHOICE: "Was soll ich notieren für {name}: {choices}?",
    },
    or_word="oder",
    more=("Können Sie mir mehr davon erzählen?", "Was hätte es besser gemacht?",
        "Möchten Sie noch etwas sagen?"),
    leave="Das war alles, was ich wissen wollte.",
    nothing=("nein", "nichts", "nichts mehr", "sonst nichts", "das war alles", "das ist alles", "nein danke",
             "das wars", "nein das wars"),
    reflects=frozenset(("mein", "meine", "meinen", "unser", "unsere")),
    turned={
        "mein": "ihr", "meine": "ihre", "meinen": "ihren", "meinem": "ihrem", "meiner": "ihrer",
        "unser": "ihr", "unsere": "ihre", "unseren": "ihren", "mich": "sie", "mir": "ihnen", "uns": "ihnen",
        "ich": "sie", "wir": "sie",
    },
    longest_reflection=5,
    idle_in_exits=(
        "der", "die", "das", "den", "dem", "ein", "eine", "einen", "anrufer", "anrufende", "kunde", "kundin",
        "patient", "patientin", "person", "er", "sie", "es", "ihr", "sein", "ist", "sind", "war", "hat",
        "haben",
        "sagt", "erzahlt", "spricht", "erwahnt", "beschreibt", "berichtet", "fragt", "mochte", "will",
        "wunscht",
        "braucht", "von", "uber", "wenn", "dass", "zu", "zum", "fur", "und", "mit", "in", "an", "auf", "bei",
    ),
    or_in_exits=("oder",),
)

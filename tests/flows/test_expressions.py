import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.flows import expressions
from app.flows.expressions import UNKNOWN, ExpressionError, compile_expression, parse_piped


def holds(source, **variables):
    return expressions.holds(compile_expression(source), variables)


def render(text, labels=None, **variables):
    return expressions.render(parse_piped(text), variables, labels)


def test_a_condition_over_a_missing_answer_is_false():
    assert not holds("age < 18")
    assert not holds("!(age < 18)")
    assert not holds("age != 18")


def test_a_refused_answer_left_as_none_decides_nothing():
    assert not holds("age != 18", age=None)
    assert not holds("age == null", age=None)


@pytest.mark.parametrize("source", ["age < 18 || gender == 'f'", "gender == 'f' || age < 18"])
def test_the_known_side_of_an_or_decides(source):
    assert holds(source, gender="f")
    assert not holds(source, gender="m")


def test_the_known_side_of_an_and_decides():
    assert holds("!(age < 18 && gender == 'f')", gender="m")


@pytest.mark.parametrize(
    "source", ["age / 0 == 1", "age < 'x'", "age.size() > 1", "1 + 'a' == 2", "age[0] == 1"]
)
def test_an_operation_that_does_not_apply_is_no_error(source):
    assert not holds(source, age=3)


def test_a_number_beyond_the_machine_is_no_error():
    assert expressions.evaluate(compile_expression("a * a"), {"a": 2**62}) is UNKNOWN


@pytest.mark.parametrize("source", ["1.0 / 0.0", "-1.0 / 0.0", "0.0 / 0.0", "a * 1e300", "double('inf')"])
def test_a_number_without_end_is_unknown(source):
    assert expressions.evaluate(compile_expression(source), {"a": 1e300}) is UNKNOWN
    assert render(f"It is ${{{source}}}.", a=1e300) == "It is."


def test_a_condition_holds_only_when_it_is_true_itself():
    assert not holds("1")
    assert holds("score <= 2", score=2)
    assert holds("used in ['lab', 'x']", used="lab")


def test_an_expression_names_the_variables_it_reads_and_no_others():
    assert compile_expression("age < 18 && [1].exists(x, x == score)").names == {"age", "score"}


def test_a_value_that_is_no_scalar_is_unknown():
    assert expressions.evaluate(compile_expression("[1, 2]"), {}) is UNKNOWN


@pytest.mark.parametrize(
    ("source", "message", "column"),
    [
        ("age <", "it ends too early", 6),
        ("a b", "extraneous input 'b'", 3),
        ("  ", "empty", 1),
        ("1 + nofn(age)", "there is no function nofn()", 5),
        ("(" * 400, "not an expression", 1),
        ("(" * 200 + "1" + ")" * 200, "this is not an expression: it is nested too deep", 1),
        (r"a.matches('x\x7b900\x7d\x7b9\x7d')", "the pattern of matches() is too large", 11),
        (r"a.matches('x\u007b900}{9}')", "the pattern of matches() is too large", 11),
        ("a.matches('(?x)y{ 900 }{ 9 }')", "takes no flag `x`", 11),
        ("a" * 501, "500 at most", 1),
    ],
)
def test_a_broken_expression_says_in_one_line_where_it_breaks(source, message, column):
    with pytest.raises(ExpressionError, match=r"^[^\n]*$") as caught:
        compile_expression(source)
    assert message in str(caught.value)
    assert column in (1, caught.value.column)


def test_piping_says_values_and_labels():
    assert render("You gave ${score}. Why?", score=2) == "You gave 2. Why?"
    assert render("You chose ${kind}.", {"kind": "female"}, kind="f") == "You chose female."
    assert render("${n + 1} left, ${half}, ${half / 2.0}", n=2, half=3.0) == "3 left, 3, 1.5"
    assert render("${ok} ${no}", ok=True, no=False) == "true false"


def test_an_unknown_hole_leaves_no_hole_in_the_sentence():
    assert render("Hello ${name}, how are you?") == "Hello, how are you?"
    assert render("${name}") == ""


def test_a_doubled_dollar_is_a_plain_one():
    assert render("Type $${x} and ${y}", y=1) == "Type ${x} and 1"


def test_braces_in_a_string_do_not_close_the_hole():
    assert render("""${a == "}" ? "yes" : 'no'}!""", a="}") == "yes!"


def test_values_in_ssml_cannot_add_markup():
    piped = parse_piped("<p>${name}</p>")
    assert expressions.render(piped, {"name": "<b>&"}, xml=True) == "<p>&lt;b&gt;&amp;</p>"


@pytest.mark.parametrize(("text", "column"), [("ab ${x", 4), ("ab ${x +}", 9), ("ab ${}", 6)])
def test_a_broken_hole_says_where(text, column):
    with pytest.raises(ExpressionError) as caught:
        parse_piped(text)
    assert caught.value.column == column


def test_a_text_names_all_variables_it_pipes():
    assert expressions.names_in(parse_piped("${a} b ${c + d}")) == {"a", "c", "d"}
    assert expressions.names_in(parse_piped("plain")) == frozenset()


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text):
    try:
        piped = parse_piped(text)
    except ExpressionError:
        return
    expressions.render(piped, {})


@given(st.text(alphabet="ab<>=!&|()+-*/ '\"1.[]{}?:,", max_size=40))
def test_no_expression_breaks_a_call(source):
    try:
        expression = compile_expression(source)
    except ExpressionError:
        return
    expressions.holds(expression, {"a": 1, "b": "x"})

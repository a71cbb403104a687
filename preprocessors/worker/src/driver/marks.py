"""`#> ` lines: boundaries in stdout around the statements above them."""

import ast

MARK = "__exemplar_mark__"
# Tells the value of an expression, where a run is only guessed to be about it. Stated output is what is printed, and no value.
VALUE = "__exemplar_value__"
# The most characters of such a value.
MOST_TOLD = 1 << 16


def mark_statements(tree, step, marks, guesses=False):
    """Surrounds the statement above each run of `#> ` lines with calls that put boundaries into stdout.

    The statement is the one that ends nearest above the run; of several that end there, the one that stands in the run's own column,
    else the innermost. What a statement prints is all that is printed while it executes, so prints inside functions that it calls count,
    unless they stand above a run of their own. Of an expression above a run that is only guessed, the value is told too.
    """
    # No recursion: an expression may be nested deeper than the interpreter's stack allows.
    bodies = [
        body
        for node in ast.walk(tree)
        for body in (getattr(node, field, None) for field in ("body", "orelse", "finalbody"))
        if isinstance(body, list) and body and isinstance(body[0], ast.stmt)
    ]
    statements = [node for body in bodies for node in body]
    chosen = {}
    for index, (line, column) in enumerate(marks):
        above = [node for node in statements if node.end_lineno <= line]
        if not above:
            continue
        last = max(node.end_lineno for node in above)
        ending = [node for node in above if node.end_lineno == last]
        aligned = [node for node in ending if node.col_offset == column]
        chosen[max(aligned or ending, key=lambda node: (node.lineno, node.col_offset))] = index
    if guesses:
        for node, index in chosen.items():
            if isinstance(node, ast.Expr):
                node.value = told(node.value, index)
    for body in bodies:
        body[:] = marked_body(body, step, chosen)


def told(value, index):
    """An expression that has the same effect, and tells its value."""
    call = ast.Call(ast.Name(VALUE, ast.Load()), [ast.Constant(index), value], [])
    for new in (call, call.func, call.args[0]):
        ast.copy_location(new, value)
    return call


def marked_body(body, step, chosen):
    """A list of statements, those that are chosen between mark calls."""
    new = []
    leading = leading_statements(body)
    for node in body[:leading]:
        if node in chosen:
            # These mean something in the first place only, and print nothing: that they were reached is said behind them all.
            body.insert(leading, ast.copy_location(ast.Pass(), node))
            chosen[body[leading]] = chosen.pop(node)
    at = 0
    while at < len(body):
        node = body[at]
        # Statements that share a line (`x = 5; print(x)`) are one to the eye.
        end = at + 1
        while end < len(body) and at >= leading and body[end].lineno == node.lineno:
            end += 1
        marks = [chosen[member] for member in body[at:end] if member in chosen]
        new.extend(between_marks(body[at:end], step, marks[-1]) if marks else body[at:end])
        at = end
    return new


def leading_statements(body):
    """How many statements must stay in front: a docstring and future imports."""
    count = 0
    first = body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        count = 1
    while count < len(body) and isinstance(body[count], ast.ImportFrom) and body[count].module == "__future__":
        count += 1
    return count


def between_marks(group, step, mark):
    """Statements between two mark calls, the second one certain to run."""
    enter, leave = (
        ast.Expr(ast.Call(ast.Name(MARK, ast.Load()), [ast.Constant("%s%d.%d" % (sign, step, mark))], []))
        for sign in "><"
    )
    around = ast.Try(group, [], [], [leave])
    for new in (*ast.walk(enter), *ast.walk(leave), around):
        if isinstance(new, (ast.expr, ast.stmt)):
            ast.copy_location(new, group[0])
    return [enter, around]

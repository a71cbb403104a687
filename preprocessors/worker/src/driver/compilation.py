"""From a step's code to code objects."""

import ast
import builtins
import __future__

FUTURES = 0
for _name in __future__.all_feature_names:
    FUTURES |= getattr(__future__, _name).compiler_flag
del _name

# The name of the value that is displayed, in globals of its own.
SHOWN = "shown"


class Compiler:
    """Compiles the steps of a session; future imports hold from the step on that has them, as in the REPL.

    `await` is allowed at the top level, as in `python -m asyncio`: code that has any is the body of a coroutine.
    """

    def __init__(self, mark, tell_value):
        self.mark = mark
        self.tell_value = tell_value
        self.flags = 0
        # Whether there can be more to show than text: that takes something imported, or a method by one of the names.
        self.may_show = False
        # The names of the steps that are no Python.
        self.broken = set()

    def compile(self, index, step):
        """The code objects of a step, to be run one after the other: all of it; or, where the step shows something of itself, what stands
        before its last expression, that expression, and, under a prompt, what displays its value, which it gets as its only global."""
        source, file, marks = step["code"], step["name"], step.get("marks")
        kind = "single" if step["mode"] == "single" else "exec"
        self.look_for_displays(source)
        shows = "shows" in step and self.may_show and may_end_in_expression(source)
        try:
            codes = self.parts(index, step, kind, shows) if marks or shows else [self.whole(source, file, kind)]
        except BaseException:
            self.broken.add(file)
            raise
        if step["mode"] == "compile":
            return []
        if marks:
            # For good: a function of this step can be called by a later one, or by a thread that outlives it.
            setattr(builtins, MARK, self.mark)
            setattr(builtins, VALUE, self.tell_value)
        self.flags |= codes[0].co_flags & FUTURES
        return codes

    def look_for_displays(self, source):
        """Whether there can be more to show than text, when this code runs and ever after."""
        if not self.may_show:
            self.may_show = "import" in source or "_repr_" in source and any(method in source for method, _ in RICH)
        return self.may_show

    def shows_its_last(self, step):
        """Whether a prompted step, which has run, ends in an expression whose value it displays."""
        try:
            body = self.tree(step["code"], step["name"], "single").body
        except RecursionError:
            return False
        return is_shown(body[-1])

    def compiled(self, source, file, kind, flags=0):
        flags |= self.flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return compile(source, file, kind, flags, dont_inherit=True)

    def whole(self, source, file, kind):
        try:
            return self.compiled(source, file, kind)
        except SyntaxError as error:
            if not is_of_several(error):
                raise
        return self.compiled(self.tree(source, file, kind), file, kind)

    def tree(self, source, file, kind):
        try:
            return self.compiled(source, file, kind, ast.PyCF_ONLY_AST)
        except SyntaxError as error:
            if not is_of_several(error):
                raise
        # Several statements under one prompt: the REPL would show the value of each.
        return ast.Interactive(self.compiled(source, file, "exec", ast.PyCF_ONLY_AST).body)

    def parts(self, index, step, kind, shows):
        source, file, marks = step["code"], step["name"], step.get("marks")
        try:
            tree = self.tree(source, file, kind)
            if marks:
                mark_statements(tree, index, marks, step.get("guesses"))
            last = tree.body[-1] if shows and tree.body else None
            if not is_shown(last):
                return [self.compiled(tree, file, kind)]
            del tree.body[-1]
            codes = [self.compiled(tree, file, kind)]
            # What it imports from the future holds for the expression too.
            future = codes[0].co_flags & FUTURES
            codes.append(self.compiled(ast.Expression(last.value), file, "eval", future))
            if kind == "single":
                value = ast.copy_location(ast.Name(SHOWN, ast.Load()), last.value)
                display = ast.Interactive([ast.copy_location(ast.Expr(value), last)])
                codes.append(self.compiled(display, file, kind))
            return codes
        except RecursionError:
            if marks:
                raise
            # Too deep for a tree of Python objects, and not for the compiler.
            return [self.whole(source, file, kind)]


def is_of_several(error):
    return "multiple statements" in str(error)


def is_shown(statement):
    """Whether a statement is an expression that may show something: not a docstring, a number or `...`."""
    return isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant)


def may_end_in_expression(source):
    """Whether the last statement of a file's body may be an expression, by a look at its last line: trees cost time."""
    last = source.rstrip().rpartition("\n")[2]
    indented = last[:1].isspace()
    return bool(last) and not last.startswith(("#", "print(")) and (not indented or last.endswith((")", "]", "}", '"', "'")))

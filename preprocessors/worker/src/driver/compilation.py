"""From a step's code to code objects."""

import ast
import builtins
import __future__

FUTURES = 0
for _name in __future__.all_feature_names:
    FUTURES |= getattr(__future__, _name).compiler_flag
del _name


class Compiler:
    """Compiles the steps of a session; future imports hold from the step on that has them, as in the REPL.

    `await` is allowed at the top level, as in `python -m asyncio`: code that has any is the body of a coroutine.
    """

    def __init__(self, mark):
        self.mark = mark
        self.flags = 0

    def compile(self, index, step):
        """The code objects of a step, to be run one after the other. The value of the last one is what the step shows of itself."""
        source, mode, marks = step["code"], step["mode"], step["marks"]
        if mode == "single":
            codes = [self.statement(source, step["name"])]
        elif marks or (step.get("shows") and may_end_in_expression(source)):
            codes = self.body(index, step)
        else:
            codes = [self.compiled(source, step["name"], "exec")]
        if mode == "compile":
            return []
        if marks:
            # For good: a function of this step can be called by a later one, or by a thread that outlives it.
            setattr(builtins, MARK, self.mark)
        self.flags |= codes[0].co_flags & FUTURES
        return codes

    def compiled(self, source, file, mode, flags=0):
        flags |= self.flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return compile(source, file, mode, flags, dont_inherit=True)

    def statement(self, source, file):
        try:
            return self.compiled(source, file, "single")
        except SyntaxError as error:
            if "multiple statements" not in str(error):
                raise
        # Several statements under one prompt: the REPL would show the value of each.
        tree = self.compiled(source, file, "exec", ast.PyCF_ONLY_AST)
        return self.compiled(ast.Interactive(tree.body), file, "single")

    def body(self, index, step):
        """The body of a file, marked, and the expression that it ends in by itself, so that its value can be had."""
        source, file, marks = step["code"], step["name"], step["marks"]
        try:
            tree = self.compiled(source, file, "exec", ast.PyCF_ONLY_AST)
            if marks:
                mark_statements(tree, index, marks)
            last = tree.body[-1] if step.get("shows") and tree.body else None
            if not isinstance(last, ast.Expr) or isinstance(last.value, ast.Constant):
                return [self.compiled(tree, file, "exec")]
            code = self.compiled(ast.Module(tree.body[:-1], tree.type_ignores), file, "exec")
            # What it imports from the future holds for the expression too.
            future = code.co_flags & FUTURES
            return [code, self.compiled(ast.Expression(last.value), file, "eval", future)]
        except RecursionError:
            if marks:
                raise
            # Too deep for a tree of Python objects, and not for the compiler.
            return [self.compiled(source, file, "exec")]


def may_end_in_expression(source):
    """Whether the last statement of a file's body may be an expression, by a look at its last line: trees cost time."""
    last = source.rstrip().rpartition("\n")[2]
    indented = last[:1].isspace()
    return bool(last) and not last.startswith(("#", "print(")) and (not indented or last.endswith((")", "]", "}", '"', "'")))

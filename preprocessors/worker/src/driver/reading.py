"""The reader in front of the terminal, as far as a page shows what they did."""


class Reader:
    """Sees what a step prints, and does what its page shows: types the answers that stand behind the questions, and presses Ctrl+C.

    It stands in the place of `sys.stdout`, and hands everything on.
    """

    def __init__(self, stream, transcript, patience, is_bare):
        self.stream, self.transcript = stream, transcript
        # How many characters more than the page shows are printed before Ctrl+C; none where nobody stops it.
        self.patience = patience
        # Whether they answer where nothing was asked.
        self.is_bare = is_bare
        # All that was printed and typed, as long as it may still be what the page shows; and how long it is.
        self.seen, self.length = [], 0
        # Where in the transcript the last answer ends.
        self.at = 0

    def write(self, text):
        if isinstance(text, str):
            self.see(text)
        return self.stream.write(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def see(self, text):
        self.length += len(text)
        if self.length <= len(self.transcript):
            self.seen.append(text)
        if self.patience is not None and self.length > len(self.transcript) + self.patience:
            self.patience = None
            raise KeyboardInterrupt

    def answer(self):
        """What is typed now, as bytes: what stands behind the question in the page's next line that begins with it, or behind all that
        was printed. Nothing where the page shows no answer."""
        seen = "".join(self.seen)
        question = seen[seen.rfind("\n") + 1 :]
        start = self.at
        is_question = bool(question.strip())
        if not is_question and not self.is_bare:
            return b""
        if self.transcript.startswith(seen) and len(seen) == self.length:
            start = len(seen)
        elif is_question:
            while start < len(self.transcript) and not self.transcript.startswith(question, start):
                start = self.transcript.find("\n", start) + 1 or len(self.transcript)
            start += len(question)
        else:
            return b""
        end = self.transcript.find("\n", start) + 1
        if end == 0:
            return b""
        typed = self.transcript[start:end]
        self.at = end
        self.see(typed)
        return typed.encode("utf-8", "surrogateescape")

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def __iter__(self):
        return iter(self.stream)

"""A fault in what was typed or imported."""


class Fault(Exception):
    """What is wrong with one value: a code for machines, a sentence for the person (never holding the value)."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence

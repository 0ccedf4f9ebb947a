"""Text to token ids, as BERT's uncased WordPiece does it.

Four steps: names of special tokens are taken out of the raw text; the rest is cleaned, lower-cased and stripped of
accents; it is split at white space and around punctuation and CJK ideographs; each word becomes the longest pieces
the vocabulary has, from the left.

The truncation and padding written into `tokenizer.json` are not obeyed: they are what the file's author last used.
"""

import re
import unicodedata

# The blocks that count as CJK ideographs. The one that begins at 2B920 should begin at 2B820: the tokenizers library
# has it so, and a tokeniser that is right where that one is wrong would give other vectors.
IDEOGRAPHS = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F)]
IDEOGRAPHS += [(0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]


class WordPiece:
    def __init__(self, tokenizer, max_tokens):
        """Takes the parsed `tokenizer.json` and the longest sequence to give, [CLS] and [SEP] included."""
        kinds = [tokenizer[part]["type"] for part in ("normalizer", "pre_tokenizer", "model", "post_processor")]
        expected = ["BertNormalizer", "BertPreTokenizer", "WordPiece", "TemplateProcessing"]
        if kinds != expected:
            raise ValueError(f"tokenizer.json is made of {kinds}, expected {expected}")
        self.vocabulary = tokenizer["model"]["vocab"]
        self.longest_word = tokenizer["model"]["max_input_chars_per_word"]
        self.max_tokens = max_tokens
        self.special = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
        self.special_pattern = re.compile("(" + "|".join(map(re.escape, self.special)) + ")")

    def encode(self, text):
        """The token ids of one text, from [CLS] to [SEP], cut to the longest sequence."""
        ids = []
        for part in self.special_pattern.split(text):
            if part in self.special:
                ids.append(self.special[part])
            else:
                for word in words(normalise(part)):
                    ids.extend(self.pieces(word))
        return [self.special["[CLS]"], *ids[: self.max_tokens - 2], self.special["[SEP]"]]

    def pieces(self, word):
        """The longest pieces from the left. A word with any part that has no piece is unknown as a whole."""
        unknown = [self.special["[UNK]"]]
        if len(word) > self.longest_word:
            return unknown
        ids, start = [], 0
        while start < len(word):
            prefix = "##" if start > 0 else ""
            for end in range(len(word), start, -1):
                if prefix + word[start:end] in self.vocabulary:
                    ids.append(self.vocabulary[prefix + word[start:end]])
                    start = end
                    break
            else:
                return unknown
        return ids


def normalise(text):
    cleaned = "".join(" " if c.isspace() else c for c in text if not is_removed(c))
    spaced = "".join(f" {c} " if is_ideograph(c) else c for c in cleaned)
    decomposed = unicodedata.normalize("NFD", spaced)
    # One character at a time: `str.lower` of a whole word gives a final sigma another form.
    return "".join(c.lower() for c in decomposed if unicodedata.category(c) != "Mn")


def words(text):
    """Splits at white space; each punctuation mark is a word of its own."""
    return "".join(f" {c} " if is_punctuation(c) else c for c in text).split()


def is_removed(c):
    return c not in "\t\n\r" and (c == "\ufffd" or unicodedata.category(c)[0] == "C")


def is_ideograph(c):
    return any(first <= ord(c) <= last for first, last in IDEOGRAPHS)


def is_punctuation(c):
    ascii_mark = c.isascii() and c.isprintable() and not c.isalnum() and c != " "
    return ascii_mark or unicodedata.category(c)[0] == "P"

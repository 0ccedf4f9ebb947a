"""Token ids to one vector: BERT's encoder, mean pooling, length one.

The layers are those of Devlin et al. (2018), with the norm after each residual sum; pooling is the mean over every
token, [CLS] and [SEP] included, as sentence-transformers does it. One text at a time, so there is no padding and no
mask. All sums are in double precision: the result is closer to the true value than any f32 encoder can be.

Cost: a toy text takes some hundredths of a second; all-MiniLM-L6-v2 takes half a second for each token.
"""

import array
import json
import math
import sys
from operator import mul
from pathlib import Path

from plain import safetensors
from plain.wordpiece import WordPiece


class Encoder:
    """A sentence-transformers folder, read and ready."""

    def __init__(self, folder):
        folder = Path(folder)
        self.config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if self.config["hidden_act"] != "gelu" or self.config["model_type"] != "bert":
            raise ValueError(f"{folder}: only BERT with gelu is known here")
        tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        limits = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
        self.wordpiece = WordPiece(tokenizer, limits["max_seq_length"])
        self.weights = read_weights(folder / "model.safetensors")

    def tokenise(self, text):
        return self.wordpiece.encode(text)

    def encode(self, ids):
        """The vector of one token sequence, of length one."""
        states = self.embeddings(ids)
        for layer in range(self.config["num_hidden_layers"]):
            states = self.layer(f"encoder.layer.{layer}", states)
        mean = [sum(column) / len(states) for column in zip(*states)]
        length = math.sqrt(dot(mean, mean))
        return [value / length for value in mean]

    def embeddings(self, ids):
        word, place, kind = (self.weights[f"embeddings.{name}_embeddings.weight"] for name in KINDS)
        sums = [list(map(sum, zip(word[id], place[position], kind[0]))) for position, id in enumerate(ids)]
        return self.norm("embeddings.LayerNorm", sums)

    def layer(self, name, states):
        attended = self.dense(f"{name}.attention.output.dense", self.attention(f"{name}.attention.self", states))
        states = self.norm(f"{name}.attention.output.LayerNorm", add(states, attended))
        inner = [list(map(gelu, row)) for row in self.dense(f"{name}.intermediate.dense", states)]
        return self.norm(f"{name}.output.LayerNorm", add(states, self.dense(f"{name}.output.dense", inner)))

    def attention(self, name, states):
        """For each head, every token takes the mean of all values, weighted by how its query meets their keys."""
        queries, keys, values = (self.dense(f"{name}.{part}", states) for part in ("query", "key", "value"))
        width = self.config["hidden_size"] // self.config["num_attention_heads"]
        result = [[] for _ in states]
        for start in range(0, self.config["hidden_size"], width):
            head = slice(start, start + width)
            columns = list(zip(*(value[head] for value in values)))
            head_keys = [key[head] for key in keys]
            for row, query in zip(result, queries):
                shares = softmax([dot(query[head], key) / math.sqrt(width) for key in head_keys])
                row.extend(dot(shares, column) for column in columns)
        return result

    def dense(self, name, rows):
        matrix, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return [[dot(row, out) + b for out, b in zip(matrix, bias)] for row in rows]

    def norm(self, name, rows):
        scale, shift = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        result = []
        for row in rows:
            mean = sum(row) / len(row)
            variance = sum((value - mean) ** 2 for value in row) / len(row)
            deviation = math.sqrt(variance + self.config["layer_norm_eps"])
            result.append([(value - mean) / deviation * s + t for value, s, t in zip(row, scale, shift)])
        return result


KINDS = ("word", "position", "token_type")


def read_weights(path):
    """Each f32 tensor by name: a vector as an array, a matrix as a list of rows."""
    weights = {}
    with open(path, "rb") as file:
        tensors, _, data_start = safetensors.read_header(file)
        for tensor in tensors:
            if tensor.dtype != "F32":
                continue  # `position_ids`, a table of 0, 1, 2, … that older models carry along
            file.seek(data_start + tensor.start)
            flat = array.array("f", file.read(tensor.end - tensor.start))
            if sys.byteorder == "big":
                flat.byteswap()
            columns = tensor.shape[-1]
            rows = [flat[at : at + columns] for at in range(0, len(flat), columns)]
            weights[tensor.name] = rows if len(tensor.shape) == 2 else flat
    return weights


def dot(a, b):
    return sum(map(mul, a, b))


def add(a, b):
    return [list(map(sum, zip(x, y))) for x, y in zip(a, b)]


def softmax(scores):
    # Less the largest, so that no exponential overflows.
    largest = max(scores)
    powers = [math.exp(score - largest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def gelu(x):
    # With the error function itself, not the tanh curve that some models were trained with.
    return 0.5 * x * (1.0 + math.erf(x / math.sqrt(2.0)))

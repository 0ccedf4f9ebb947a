"""Asks for vectors with OpenAI's Python client.

usage: python openai_client.py SEMSEARCH URL
"""

import json
import math
import subprocess
import sys
from importlib.metadata import version

import openai

TEXTS = ["Why the sea moves.", "KV caches grow with the context.", "Wind"]


def main():
    program, url = sys.argv[1:]
    client = openai.OpenAI(base_url=url, api_key="none", max_retries=2, timeout=30)
    (model,) = client.models.list().data
    vectors = expected(program, model.id)
    check_vectors(client, model.id, vectors)
    check_errors(client, model.id)
    print(f"openai {version('openai')}: base64, floats, dimensions, one text and many, errors, usage: ok")


def expected(program, model):
    command = [program, "encode", *TEXTS, "--model", model, "--kind", "passage", "--offline"]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    return [json.loads(line) for line in lines]


def check_vectors(client, model, expected):
    # Without a format the client asks for base64 and makes numbers of it.
    for more in [{}, {"encoding_format": "float"}]:
        found = client.embeddings.create(model=model, input=TEXTS, **more)
        assert [item.index for item in found.data] == [0, 1, 2] and found.model == model
        for item, line in zip(found.data, expected):
            assert near(item.embedding, line["embedding"]), line["text"]
        tokens = sum(line["tokens"] for line in expected)
        assert found.usage.total_tokens == found.usage.prompt_tokens == tokens, found.usage
    alone = client.embeddings.create(model=model, input=TEXTS[2])
    assert near(alone.data[0].embedding, expected[2]["embedding"])
    packed = client.embeddings.create(model=model, input=TEXTS, encoding_format="base64")
    assert isinstance(packed.data[0].embedding, str)
    short = client.embeddings.create(model=model, input=TEXTS, dimensions=16).data[0].embedding
    assert len(short) == 16 and math.isclose(math.hypot(*short), 1, abs_tol=1e-5)
    many = client.embeddings.create(model=model, input=[f"text {number}" for number in range(300)])
    assert len(many.data) == 300 and len({tuple(item.embedding) for item in many.data}) > 250


def check_errors(client, model):
    for kind, arguments, told in [
        (openai.NotFoundError, {"model": "gpt", "input": "a"}, f"the model here is `{model}`"),
        (openai.BadRequestError, {"model": model, "input": ""}, "expected every text of `input` to have a word"),
        (openai.BadRequestError, {"model": model, "input": []}, "`input`"),
        (openai.BadRequestError, {"model": model, "input": "a", "dimensions": 100_000}, "`dimensions`"),
        (openai.BadRequestError, {"model": model, "input": ["a"] * 3000}, "at most 2048 texts"),
    ]:
        try:
            client.embeddings.create(**arguments)
        except kind as error:
            assert told in str(error), error
        else:
            raise AssertionError(f"{arguments} was answered")


def near(one, other):
    return len(one) == len(other) and all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(one, other))


main()

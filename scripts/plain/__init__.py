"""A sentence-transformer in plain Python, without one package beyond the standard library.

It is slow, and short enough to check by eye. Scripts use it to make golden vectors that owe nothing to the Rust code.

    safetensors   the file that holds a model's weights
    wordpiece     text to token ids
    bert          token ids to a vector
"""

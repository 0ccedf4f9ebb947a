"""Makes the peers' models out of the folder that semsearch reads, so that every engine runs the same weights.

usage: python export.py MODEL OUT CALIBRATION

Writes to OUT: onnx-f32.onnx (fused by onnxruntime's own optimiser for BERT), onnx-int8.onnx (dynamic: weights one scale
a column, activations one a product), openvino-f32.xml, openvino-int8.xml (weights and activations, after training:
NNCF with its transformer preset and SmoothQuant). CALIBRATION is a JSON list of texts, none of which is measured.

The network is BERT (Devlin et al., 2018) with the tanh-free GELU, mean pooling and normalisation, written plainly:
onnxruntime fuses attention and layer norms only in a graph of the shape it expects.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

MAX_TOKENS = 256
INPUTS = ["input_ids", "attention_mask"]
# Added to the scores of padding: far below any score, and still a number in every precision.
MASKED = -10000.0


class Block(nn.Module):
    """One encoder layer."""

    def __init__(self, config: dict, weights: dict, prefix: str, one_attention_op: bool) -> None:
        super().__init__()
        self.heads, self.one_attention_op = config["num_attention_heads"], one_attention_op
        names = {
            "query": "attention.self.query",
            "key": "attention.self.key",
            "value": "attention.self.value",
            "merge": "attention.output.dense",
            "widen": "intermediate.dense",
            "narrow": "output.dense",
        }
        for name, place in names.items():
            setattr(self, name, linear(weights, f"{prefix}.{place}"))
        self.after_attention = layer_norm(config, weights, f"{prefix}.attention.output.LayerNorm")
        self.after_feed_forward = layer_norm(config, weights, f"{prefix}.output.LayerNorm")

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        query, key, value = (self.by_head(part(hidden)) for part in (self.query, self.key, self.value))
        if self.one_attention_op:
            mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        else:
            scores = torch.matmul(query, key.transpose(-1, -2)) / query.size(-1) ** 0.5
            mixed = torch.matmul(torch.softmax(scores + mask, dim=-1), value)
        mixed = mixed.permute(0, 2, 1, 3).contiguous()
        mixed = mixed.view(mixed.size(0), mixed.size(1), hidden.size(-1))
        hidden = self.after_attention(self.merge(mixed) + hidden)
        return self.after_feed_forward(self.narrow(functional.gelu(self.widen(hidden))) + hidden)

    def by_head(self, rows: torch.Tensor) -> torch.Tensor:
        return rows.view(rows.size(0), rows.size(1), self.heads, rows.size(2) // self.heads).permute(0, 2, 1, 3)


class SentenceEncoder(nn.Module):
    """Token ids and mask in, one vector of length 1 a text out."""

    def __init__(self, folder: Path, one_attention_op: bool) -> None:
        super().__init__()
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if config["hidden_act"] != "gelu" or config["model_type"] != "bert":
            sys.exit(f"{folder}: expected a BERT with GELU, found {config['model_type']} with {config['hidden_act']}")
        weights = load_file(folder / "model.safetensors")
        for name, table in (("words", "word"), ("places", "position"), ("kinds", "token_type")):
            setattr(self, name, nn.Embedding.from_pretrained(weights[f"embeddings.{table}_embeddings.weight"]))
        self.after_embedding = layer_norm(config, weights, "embeddings.LayerNorm")
        self.blocks = nn.ModuleList(
            Block(config, weights, f"encoder.layer.{number}", one_attention_op)
            for number in range(config["num_hidden_layers"])
        )
        self.register_buffer("numbers", torch.arange(config["max_position_embeddings"]).unsqueeze(0))

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.words(input_ids) + self.kinds(torch.zeros_like(input_ids))
        hidden = self.after_embedding(hidden + self.places(self.numbers[:, : input_ids.size(1)]))
        mask = (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * MASKED
        for block in self.blocks:
            hidden = block(hidden, mask)
        counted = attention_mask.unsqueeze(-1).to(torch.float32)
        vectors = (hidden * counted).sum(1) / counted.sum(1)
        return vectors / torch.sqrt((vectors * vectors).sum(1, keepdim=True))


def linear(weights: dict, prefix: str) -> nn.Linear:
    made = nn.Linear(*reversed(weights[f"{prefix}.weight"].shape))
    made.weight.data, made.bias.data = weights[f"{prefix}.weight"], weights[f"{prefix}.bias"]
    return made


def layer_norm(config: dict, weights: dict, prefix: str) -> nn.LayerNorm:
    made = nn.LayerNorm(config["hidden_size"], eps=config["layer_norm_eps"])
    made.weight.data, made.bias.data = weights[f"{prefix}.weight"], weights[f"{prefix}.bias"]
    return made


def named(ids: object, mask: object) -> dict:
    return dict(zip(INPUTS, (ids, mask), strict=True))


def example() -> tuple[torch.Tensor, torch.Tensor]:
    mask = torch.ones(3, 17, dtype=torch.long)
    mask[1, 9:] = 0
    return torch.arange(1000, 1000 + 3 * 17).view(3, 17), mask


@torch.no_grad()
def export_onnx(folder: Path, out: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer

    encoder, plain = SentenceEncoder(folder, one_attention_op=False).eval(), out / "onnx-plain.onnx"
    axes = {name: {0: "texts", 1: "tokens"} for name in INPUTS} | {"vectors": {0: "texts"}}
    torch.onnx.export(
        encoder,
        example(),
        plain,
        input_names=INPUTS,
        output_names=["vectors"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    block = encoder.blocks[0]
    fused = optimizer.optimize_model(
        str(plain), model_type="bert", num_heads=block.heads, hidden_size=block.query.in_features, opt_level=0
    )
    counts = fused.get_fused_operator_statistics()
    if counts.get("Attention", 0) != len(encoder.blocks):
        sys.exit(f"onnxruntime fused {counts}, expected one Attention a layer; the comparison would be unfair to it")
    fused.save_model_to_file(str(out / "onnx-f32.onnx"))
    quantize_dynamic(
        out / "onnx-f32.onnx",
        out / "onnx-int8.onnx",
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Attention"],
        # The fused graph's own operators carry no shapes, so the quantiser is told that all is float (1).
        extra_options={"DefaultTensorType": 1},
    )
    plain.unlink()


@torch.no_grad()
def export_openvino(folder: Path, out: Path, calibration: list[str]) -> None:
    import nncf
    import openvino

    encoder, (ids, mask) = SentenceEncoder(folder, one_attention_op=True).eval(), example()
    shapes = [(name, [-1, -1], openvino.Type.i64) for name in INPUTS]
    model = openvino.convert_model(encoder, example_input=named(ids, mask), input=shapes)
    openvino.save_model(model, out / "openvino-f32.xml", compress_to_fp16=False)

    tokeniser = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokeniser.no_padding()
    tokeniser.enable_truncation(MAX_TOKENS)

    def tokenise(text: str) -> dict:
        ids = np.array([tokeniser.encode(text).ids], np.int64)
        return named(ids, np.ones_like(ids))

    quantised = nncf.quantize(
        model,
        nncf.Dataset(calibration, tokenise),
        model_type=nncf.ModelType.TRANSFORMER,
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(calibration),
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            smooth_quant_alphas=nncf.AdvancedSmoothQuantParameters(matmul=0.5)
        ),
    )
    openvino.save_model(quantised, out / "openvino-int8.xml", compress_to_fp16=False)


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folder, out, calibration = map(Path, sys.argv[1:])
    export_onnx(folder, out)
    export_openvino(folder, out, json.loads(calibration.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()

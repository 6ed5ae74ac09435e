"""The trained reader -> the int8 ONNX file that ships: `python -m training.export reader.pt qa/reader.onnx`.

And back, so that training can go on from the file that ships.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from torch import Tensor, nn

from qa.bundled import open_bundled_model
from training.model import Reader

_FLOAT_PRODUCTS = 1  # the states are not quantised
_BLOCK = 128  # weights that share a scale
_ZERO = 128  # what stands for 0 in a byte
_KINDS = ("select", "select_1")  # what the exporter calls the rows of `Reader.kinds`

INPUTS = ("question", "passage", "members")
OUTPUTS = ("evidence", "starts", "ends", "answers")


class Product(nn.Module):
    """A linear layer as the product that a quantiser looks for: its matrix transposed once, not at each call.

    Args:
        linear: The layer.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.matrix = nn.Parameter(linear.weight.detach().T.contiguous())
        self.bias = nn.Parameter(linear.bias.detach())

    def forward(self, states: Tensor) -> Tensor:
        """Return `(..., out)` for `(..., in)`."""
        return states @ self.matrix + self.bias


class Exported(nn.Module):
    """The reader as it is asked: one question and one passage, without padding.

    Args:
        reader: The trained reader.
    """

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader
        for module in list(reader.modules()):
            for name, child in module.named_children():
                if isinstance(child, nn.Linear):
                    setattr(module, name, Product(child))

    def forward(self, question: Tensor, passage: Tensor, members: Tensor) -> tuple[Tensor, ...]:
        """Read.

        Args:
            question: `(1, q, width)`: embeddings of the question's pieces.
            passage: `(1, p, width)`: embeddings of the passage's pieces.
            members: `(1, s, p)`: 1 where a piece belongs to a sentence.

        Returns:
            Logits: of each sentence's being evidence `(1, s)`, of each piece's being the start and the end of the
            answer `(1, p)`, of the passage's answering `(1,)`.
        """
        encoder, apart = self.reader.encoder, self.reader.apart
        asked = encoder(encoder.embed(question), None, last=apart) + self.reader.kinds[0]
        read = encoder(encoder.embed(passage), None, last=apart) + self.reader.kinds[1]
        states = encoder(torch.cat([asked, read], dim=1), None, first=apart)
        first, states = states[:, :1], states[:, question.shape[1] :]
        mean = members @ states / members.sum(2, keepdim=True).clamp(min=1)
        largest = (states[:, None] - (1 - members)[:, :, :, None] * 30).amax(2)
        evidence = self.reader.evidence(torch.cat([mean, largest, first.expand(-1, members.shape[1], -1)], dim=2))
        spans = self.reader.span(states)
        return evidence.squeeze(2), spans[:, :, 0], spans[:, :, 1], self.reader.answerable(first[:, 0]).squeeze(1)


def export(weights: Path, to: Path, *, apart: int) -> None:
    """Write the ONNX file, its matrices in int8 with one scale for 128 weights.

    The states stay in float32, so that the same is read on every processor. In int8 too, block by block, logits are
    off by .05 (root mean square) where the processor multiplies int8 and by .10 where it does not (AVX2), which moves
    answers across the threshold and saves no time there; quantised as wholes, by .34.

    Args:
        weights: What `training.reader` saved.
        to: The file to write.
        apart: As in training.
    """
    reader = Reader(open_bundled_model(), apart)
    reader.load_state_dict(torch.load(weights, weights_only=True))
    reader.eval()
    width = reader.kinds.shape[1]
    example = (torch.randn(1, 9, width), torch.randn(1, 40, width), torch.ones(1, 4, 40))
    q, p, s = (torch.export.Dim(name) for name in ("asked", "read", "sentences"))
    with tempfile.TemporaryDirectory() as scratch:
        exact = Path(scratch) / "reader.onnx"
        program = torch.onnx.export(
            Exported(reader),
            example,
            input_names=INPUTS,
            output_names=OUTPUTS,
            dynamic_shapes=({1: q}, {1: p}, {1: s, 2: p}),
            dynamo=True,
        )
        assert program is not None  # as it may be without `dynamo`
        program.save(exact)
        model = onnx.load(exact)
        for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
            del part.metadata_props[:]  # which lines of which files it was made by
        quantizer = MatMulNBitsQuantizer(
            model, bits=8, block_size=_BLOCK, is_symmetric=True, accuracy_level=_FLOAT_PRODUCTS
        )
        quantizer.process()
        quantizer.model.save_model_to_file(str(to), use_external_data_format=False)


def restore(file: Path) -> dict[str, Tensor]:
    """Return the weights of an exported reader, as exact as int8 leaves them.

    Args:
        file: What `export` wrote.

    Returns:
        The state of a `Reader`, as `load_state_dict` takes it.
    """
    parts = {part.name: numpy_helper.to_array(part) for part in onnx.load(file).graph.initializer}
    weights = {"kinds": torch.from_numpy(np.stack([parts[name] for name in _KINDS]))}
    for name, part in parts.items():
        if name.endswith(".matrix_Q8"):
            exact = (part.astype(np.float32) - _ZERO) * parts[name.replace("_Q8", "_scales")][:, :, None]
            weights[name.removeprefix("reader.").replace(".matrix_Q8", ".weight")] = torch.from_numpy(
                exact.reshape(len(part), -1)
            )
        elif name.startswith("reader.") and not name.endswith("_scales"):
            weights[name.removeprefix("reader.")] = torch.from_numpy(part.copy())
    return weights


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("to", type=Path)
    parser.add_argument("--apart", type=int, default=4)
    options = parser.parse_args()
    export(options.weights, options.to, apart=options.apart)


if __name__ == "__main__":
    main()

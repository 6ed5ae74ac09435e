"""The encoder of the bundled model in PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from qa.bundled import BundledModel


class Layer(nn.Module):
    """One layer of a BERT encoder (Devlin et al., 2019): attention and feed-forward, each normalised after its sum.

    In training, a tenth of what is added is dropped, there as well.
    """

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.1)
        self.heads = heads
        self.attend = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width, eps=1e-12)
        self.widen = nn.Linear(width, inner)
        self.narrow = nn.Linear(inner, width)
        self.norm2 = nn.LayerNorm(width, eps=1e-12)

    def forward(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """Return the states `(n, t, width)` after this layer; `mask` is `(n, 1, 1, t)`, true for tokens, or None."""
        n, t, width = states.shape
        query, key, value = self.attend(states).view(n, t, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        states = self.norm1(states + self.dropout(self.attended(seen.transpose(1, 2).reshape(n, t, width))))
        out: Tensor = self.norm2(states + self.dropout(self.narrow(functional.gelu(self.widen(states)))))
        return out


class Encoder(nn.Module):
    """The bundled model: embeddings of pieces are given, positions added here."""

    def __init__(self, model: BundledModel) -> None:
        super().__init__()
        layers, heads, width = model.layers, model.heads, model.width
        inner = model.tensors["l0.fi.b"][1]
        self.positions = nn.Parameter(_tensor(model, "emb.pos").view(-1, width) + _tensor(model, "emb.type")[:width])
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.norm.weight.data = _tensor(model, "emb.ln.w")
        self.norm.bias.data = _tensor(model, "emb.ln.b")
        self.layers = nn.ModuleList(Layer(width, heads, inner) for _ in range(layers))
        for at, module in enumerate(self.layers):
            layer: Any = module
            parts = {
                "attended": "ao", "norm1": "aln", "widen": "fi", "narrow": "fo", "norm2": "oln",
            }  # fmt: skip
            for ours, theirs in parts.items():
                part = getattr(layer, ours)
                part.weight.data = _tensor(model, f"l{at}.{theirs}.w").view(part.weight.shape)
                part.bias.data = _tensor(model, f"l{at}.{theirs}.b")
            layer.attend.weight.data = torch.cat([_tensor(model, f"l{at}.{x}.w").view(width, width) for x in "qkv"])
            layer.attend.bias.data = torch.cat([_tensor(model, f"l{at}.{x}.b") for x in "qkv"])

    def embed(self, words: Tensor) -> Tensor:
        """Return the states `(n, t, width)` that the first layer takes, for the embeddings of pieces."""
        out: Tensor = self.norm(words + self.positions[: words.shape[1]])
        return out

    def forward(self, states: Tensor, mask: Tensor | None, first: int = 0, last: int | None = None) -> Tensor:
        """Return the states after layers `first` to `last`."""
        for layer in self.layers[first:last]:
            states = layer(states, mask)
        return states


def _tensor(model: BundledModel, name: str) -> Tensor:
    return torch.from_numpy(model.tensor(name).copy())

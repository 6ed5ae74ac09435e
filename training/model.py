"""The reader in training: the encoder, whose lower layers read question and passage apart, and its heads."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from qa.bundled import BundledModel
from training.net import Encoder


@dataclass(slots=True)
class Batch:
    """Some examples, padded.

    Args:
        states: `(n, t, width)`: the states of a question's tokens and of a passage's, after the lower layers.
        mask: `(n, t)`, true for tokens.
        kinds: `(n, t)`: 0 for tokens of the question, 1 for those of the passage.
        sentences: `(n, t)`: number of the sentence of each token, -1 outside.
        count: `(n, s)`, true for sentences that exist.
        evidence: `(n, s)`, 1 for sentences that answer.
        span: `(n, 2)`: first and last token of the answer, -1 for none.
    """

    states: Tensor
    mask: Tensor
    kinds: Tensor
    sentences: Tensor
    count: Tensor
    evidence: Tensor
    span: Tensor


class Reader(nn.Module):
    """Reads a question and a passage together from layer `apart` on.

    Args:
        model: The bundled model.
        apart: Number of lower layers that read the two apart and are not trained.
    """

    def __init__(self, model: BundledModel, apart: int) -> None:
        super().__init__()
        self.apart = apart
        self.encoder = Encoder(model)
        width = model.width
        self.kinds = nn.Parameter(torch.zeros(2, width))
        self.dropout = nn.Dropout(0.1)
        self.evidence = nn.Linear(3 * width, 1)
        self.span = nn.Linear(width, 2)
        self.answerable = nn.Linear(width, 1)

    def forward(self, states: Tensor, mask: Tensor, kinds: Tensor, sentences: Tensor, size: int) -> tuple[Tensor, ...]:
        """Return logits: of each sentence `(n, s)`, of each token's being start and end `(n, t, 2)`, of answering."""
        states = states + self.kinds[kinds]
        states = self.encoder(states, mask[:, None, None, :], first=self.apart).float()
        states = self.dropout(states)
        member = (sentences[:, None, :] == torch.arange(size)[None, :, None]).float()  # (n, s, t)
        mean = member @ states / member.sum(2, keepdim=True).clamp(min=1)
        largest = torch.stack(
            [states.masked_fill(member[:, s, :, None] == 0, -30.0).amax(1) for s in range(size)], dim=1
        )
        first = states[:, :1].expand(-1, size, -1)
        evidence = self.evidence(torch.cat([mean, largest, first], dim=2)).squeeze(2)
        return evidence, self.span(states), self.answerable(states[:, 0]).squeeze(1)

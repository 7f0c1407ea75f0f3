"""Muon (Jordan et al. 2024): momentum whose matrices are made orthogonal before they are taken as a step.

torch.optim.Muon does that one matrix at a time and in bfloat16, which on a CPU takes longer than the model itself. Here
matrices of one shape go together, in their own precision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor

_QUINTIC = (3.4445, -4.7750, 2.0315)  # of the Newton-Schulz iteration, as its author tuned them
_ITERATIONS = 5


class Muon(torch.optim.Optimizer):
    """For two-dimensional weights. ``lr``: the step's spectral norm, before the factor of its shape."""

    def __init__(self, weights: Iterable[Tensor], lr: float, momentum: float = 0.95) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Take a step along every gradient that there is."""
        for group in self.param_groups:
            alike: defaultdict[torch.Size, list[Tensor]] = defaultdict(list)
            for weight in group["params"]:
                if weight.grad is not None:
                    alike[weight.shape].append(weight)
            for shape, weights in alike.items():
                moved = torch.stack([self._moved(weight, group["momentum"]) for weight in weights])
                length = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5
                for weight, direction in zip(weights, orthogonal(moved), strict=True):
                    weight.add_(direction, alpha=-length)

    def _moved(self, weight: Tensor, momentum: float) -> Tensor:
        """Nesterov's momentum of a weight."""
        state = self.state[weight]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(weight)
        state["momentum"].lerp_(weight.grad, 1 - momentum)
        return weight.grad.lerp(state["momentum"], momentum)


def orthogonal(matrices: Tensor) -> Tensor:
    """The nearest (semi-)orthogonal matrix of each, roughly: singular values come to lie between 0.7 and 1.2.

    ``matrices``: (number, rows, columns).
    """
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    first, second, third = _QUINTIC
    for _ in range(_ITERATIONS):
        square = x @ x.mT
        x = first * x + (second * square + third * square @ square) @ x
    return x.mT if tall else x

"""CIFAR-10, the small convolutional network, first 10,000 images: nonlin against Keras, and against a matrix product.

    python benchmarks/cifar10_cnn.py --data-dir DIR [--epochs 2] [--seeds 1] [--rounds 3]

Conv 32 (3 x 3) - pool - Conv 64 (3 x 3) - pool - dense 64 - 10, no padding, Adam 1e-3, batch 32. Everything is in the
wall time: start, imports, reading the data, compiling. The matrix product is JAX's own of 1024 x 1024 float32 in the
same process, on one thread, before and after every network.
"""

from __future__ import annotations

from statistics import median
from typing import Any

from sides import parser, print_accuracies, print_speed, run

from nonlin.study.settings import Settings


def main() -> None:
    made = parser(__doc__, ("trainer", "keras"), epochs=2, activations=["relu", "tanh"], rounds=3)
    arguments = made.parse_args()
    settings = Settings(data="cifar10", model="cnn", limit=10_000, validation=0.2, epochs=arguments.epochs)
    rounds = run(arguments, settings)
    if rounds is not None:
        print_speed(rounds, arguments.sides)
        print_share(rounds, settings.batch_size)
        print_accuracies(rounds[-1], arguments.sides)


def operations() -> float:
    """Floating-point operations for one image, forward and backward: three products per layer, two for the first."""
    forward = {"first": 30 * 30 * 27 * 32, "second": 13 * 13 * 288 * 64, "dense": 6 * 6 * 64 * 64 + 64 * 10}
    return 2.0 * (2 * forward["first"] + 3 * forward["second"] + 3 * forward["dense"])


def print_share(rounds: list[dict[str, Any]], batch_size: int) -> None:
    networks = [n for r in rounds for n in r["trainer"]["networks"]]
    print(f"\none thread, training steps alone, {operations() / 1e6:.1f} MFLOP per image:")
    for name in dict.fromkeys(n["name"] for n in networks):
        own = [n for n in networks if n["name"] == name]
        rate = median(batch_size * operations() / n["step"] for n in own)
        share = median(batch_size * operations() / n["step"] / n["product"] for n in own)
        print(f"{name:<10}{rate / 1e9:6.1f} GFLOP/s, {100 * share:.0f} % of the matrix product's")


if __name__ == "__main__":
    main()

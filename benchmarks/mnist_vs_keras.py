"""MNIST, 784-128-64-10, Adam 1e-3 (epsilon 1e-8), batch 32: networks per minute of nonlin, Keras and PyTorch.

    python benchmarks/mnist_vs_keras.py --data-dir DIR [--epochs 5] [--seeds 1] [--rounds 1] [--sides nonlin keras]

48,000 images for training, 12,000 for validation. Everything is in the wall time: start, imports, reading the data,
compiling; on nonlin's side, which is ``nl.compare`` with an output folder, also the report. For the accuracies'
agreement: --seeds 10. For five seeds of nonlin against one of Keras: --nonlin-seeds 5 --sides nonlin keras.
"""

from __future__ import annotations

from sides import parser, print_accuracies, print_speed, run

from nonlin.study.settings import Settings


def main() -> None:
    arguments = parser(__doc__, ("nonlin", "keras", "torch")).parse_args()
    settings = Settings(data="mnist", validation=0.2, epochs=arguments.epochs)
    rounds = run(arguments, settings)
    if rounds is not None:
        print_speed(rounds, arguments.sides)
        print_accuracies(rounds[-1], arguments.sides)


if __name__ == "__main__":
    main()

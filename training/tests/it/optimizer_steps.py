"""Prints the expected values of optimizers.rs: parameters after three steps, in double precision.

The formulas are those of the single-tensor implementations in PyTorch's torch/optim/{sgd,adam,rmsprop}.py, written
down anew from there, not from the Rust sources.
"""

from math import sqrt

PARAMETERS = [0.5, -1.5, 2.0]
GRADIENTS = [[0.1, -0.2, 3.0], [-0.4, 0.05, 1.0], [0.25, 0.0, -2.0]]


def sgd(lr, momentum=0.0, nesterov=False, weight_decay=0.0):
    def start():
        buffer = None

        def step(_, p, g):
            nonlocal buffer
            g = g + weight_decay * p
            if momentum != 0:
                buffer = g if buffer is None else momentum * buffer + g
                g = g + momentum * buffer if nesterov else buffer
            return p - lr * g

        return step

    return start


def adam(lr, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    def start():
        exp_avg = exp_avg_sq = 0.0

        def step(t, p, g):
            nonlocal exp_avg, exp_avg_sq
            g = g + weight_decay * p
            exp_avg += (g - exp_avg) * (1 - beta1)
            exp_avg_sq = exp_avg_sq * beta2 + (1 - beta2) * g * g
            denominator = sqrt(exp_avg_sq) / sqrt(1 - beta2**t) + eps
            return p - lr / (1 - beta1**t) * exp_avg / denominator

        return step

    return start


def rmsprop(lr, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0):
    def start():
        square_avg = buffer = 0.0

        def step(_, p, g):
            nonlocal square_avg, buffer
            g = g + weight_decay * p
            square_avg = square_avg * alpha + (1 - alpha) * g * g
            average = sqrt(square_avg) + eps
            if momentum > 0:
                buffer = momentum * buffer + g / average
                return p - lr * buffer
            return p - lr * g / average

        return step

    return start


CASES = {
    "sgd": sgd(0.1),
    "sgd, weight decay": sgd(0.1, weight_decay=0.01),
    "sgd, momentum": sgd(0.1, momentum=0.9, weight_decay=0.01),
    "sgd, nesterov": sgd(0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": adam(1e-3),
    "adam, all settings": adam(0.05, 0.8, 0.95, 1e-4, 0.1),
    "rmsprop": rmsprop(1e-2),
    "rmsprop, all settings": rmsprop(0.02, 0.9, 1e-3, 0.1, 0.5),
}

for name, start in CASES.items():
    result = []
    for index, parameter in enumerate(PARAMETERS):
        step = start()
        for t, gradient in enumerate(GRADIENTS, 1):
            parameter = step(t, parameter, gradient[index])
        result.append(parameter)
    print(f"{name}: {result}")

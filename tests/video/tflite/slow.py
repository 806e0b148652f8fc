"""What the operators of TensorFlow Lite compute, one number after the other."""

from __future__ import annotations

import numpy as np


def pads(size: int, reach: int, stride: int, same: bool) -> tuple[int, int]:
    """What is added before the first place, and how many places come out."""
    if not same:
        return 0, (size - reach) // stride + 1
    count = -(-size // stride)
    return max((count - 1) * stride + reach - size, 0) // 2, count


def windows(x: np.ndarray, kernel: tuple, stride: tuple, dilation: tuple, same: bool, fill: float):
    """Every place's window of a picture (height, width, channels), as (y, x, window)."""
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    (top, rows), (left, columns) = (
        pads(x.shape[axis], reach[axis], stride[axis], same) for axis in range(2)
    )
    for row in range(rows):
        for column in range(columns):
            window = np.full((*kernel, x.shape[2]), fill)
            for i in range(kernel[0]):
                for j in range(kernel[1]):
                    y = row * stride[0] - top + i * dilation[0]
                    z = column * stride[1] - left + j * dilation[1]
                    if 0 <= y < x.shape[0] and 0 <= z < x.shape[1]:
                        window[i, j] = x[y, z]
            yield row, column, window


def gathered(parts) -> np.ndarray:
    """A picture of (y, x, values)."""
    listed = list(parts)
    out = np.zeros((1 + listed[-1][0], 1 + listed[-1][1], len(listed[0][2])))
    for y, x, values in listed:
        out[y, x] = values
    return out


def conv(x, weight, bias, stride=(1, 1), dilation=(1, 1), same=True):
    """Weights (out, height, width, in)."""
    return gathered(
        (y, z, np.array([(window * w).sum() for w in weight]) + bias)
        for y, z, window in windows(x, weight.shape[1:3], stride, dilation, same, 0.0)
    )


def conv_each(x, weight, bias, stride=(1, 1), dilation=(1, 1), same=True):
    """Weights (1, height, width, in × multiplier)."""
    multiplier = weight.shape[3] // x.shape[2]
    return gathered(
        (y, z, (np.repeat(window, multiplier, axis=2) * weight[0]).sum((0, 1)) + bias)
        for y, z, window in windows(x, weight.shape[1:3], stride, dilation, same, 0.0)
    )


def pool(x, kernel, stride, same=True):
    """The largest of each window."""
    return gathered(
        (y, z, window.max((0, 1)))
        for y, z, window in windows(x, kernel, stride, (1, 1), same, -np.inf)
    )


def resize(x, rows, columns, half_pixel=False, align_corners=False):
    """Bilinear."""

    def place(n, before, after):
        if align_corners:
            at = n * (before - 1) / (after - 1)
        elif half_pixel:
            at = (n + 0.5) * before / after - 0.5
        else:
            at = n * before / after
        at = min(max(at, 0.0), before - 1)
        low = int(at)
        return low, min(low + 1, before - 1), at - low

    out = np.zeros((rows, columns, x.shape[2]))
    for row in range(rows):
        top, bottom, down = place(row, x.shape[0], rows)
        for column in range(columns):
            left, right, across = place(column, x.shape[1], columns)
            upper = x[top, left] * (1 - across) + x[top, right] * across
            lower = x[bottom, left] * (1 - across) + x[bottom, right] * across
            out[row, column] = upper * (1 - down) + lower * down
    return out


def to_space(x, size):
    """Channels become pixels of blocks."""
    depth = x.shape[2] // size**2
    out = np.zeros((x.shape[0] * size, x.shape[1] * size, depth))
    for y in range(out.shape[0]):
        for z in range(out.shape[1]):
            first = (y % size * size + z % size) * depth
            out[y, z] = x[y // size, z // size, first : first + depth]
    return out

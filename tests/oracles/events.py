"""Tests of events as their papers write them, one event and one session at a time; shares nothing with the code."""

import math
import statistics


def standardised(windows, pasts):
    """Return t of Boehmer, Musumeci and Poulsen: rows of abnormal returns in the span, and before."""
    pairs = zip(windows, pasts, strict=True)
    sums = [sum(row) / (statistics.stdev(past) * math.sqrt(len(row))) for row, past in pairs]
    return statistics.mean(sums) / (statistics.stdev(sums) / math.sqrt(len(sums)))


def kolari_pynnonen(windows, pasts):
    """Return the t of Kolari and Pynnonen for events of one day: every pair's correlation before is averaged."""
    n = len(windows)
    pairs = [statistics.correlation(pasts[i], pasts[k]) for i in range(n) for k in range(i)]
    mean = statistics.mean(pairs)
    return standardised(windows, pasts) * math.sqrt((1.0 - mean) / (1.0 + (n - 1) * mean))


def corrado(windows, pasts, first, last):
    """Return the rank test of columns first..last-1 of windows; their sum is one drawn without replacement."""
    n = len(windows)
    ranked = []
    for row, past in zip(windows, pasts, strict=True):
        both = [*past, *row]
        ranked.append([(sum(other <= value for other in both)) / (len(both) + 1) - 0.5 for value in both])
    length = len(ranked[0])
    daily = [sum(row[t] for row in ranked) / n for t in range(length)]
    variance = sum(value * value for value in daily) / length
    inside = daily[len(pasts[0]) + first : len(pasts[0]) + last]
    m = len(inside)
    return sum(inside) / math.sqrt(variance * m * (length - m) / (length - 1))


def sign(windows, pasts):
    """Return the sign test; usual is the share of positive sums of as many sessions in a row before."""
    width = min(len(windows[0]), len(pasts[0]) // 3)
    usual = [sum(past[i : i + width]) > 0 for past in pasts for i in range(len(past) - width + 1)]
    p, n = sum(usual) / len(usual), len(windows)
    return (sum(sum(row) > 0 for row in windows) - n * p) / math.sqrt(n * p * (1 - p))


def portfolio(windows, pasts):
    """Return the t of the mean of events of one day over its deviation before."""
    means = [statistics.mean(column) for column in zip(*pasts, strict=True)]
    inside = [statistics.mean(column) for column in zip(*windows, strict=True)]
    return sum(inside) / (statistics.stdev(means) * math.sqrt(len(inside)))

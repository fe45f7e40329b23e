# The module of modules.py.
import math


def circle(radius):
    return math.pi * radius**2

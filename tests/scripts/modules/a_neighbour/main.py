import neighbour as m
print(m.twice(21), m.name, sep="\t")
import neighbour
print(str(neighbour is m or neighbour.twice(1) == 2).lower())

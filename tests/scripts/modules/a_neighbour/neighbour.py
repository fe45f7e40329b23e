print("loaded once")
def twice(x):
    return x * 2
name = "neighbour"

print("before")
def inner():
    raise ValueError("it went wrong")

inner()

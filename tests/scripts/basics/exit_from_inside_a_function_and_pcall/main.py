import sys
def work():
    print("inside")
    sys.exit(3)
try:
    work()
except Exception as e:
    print("caught", e)

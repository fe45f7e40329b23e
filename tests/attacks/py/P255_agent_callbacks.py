# id: P255_agent_callbacks
# tries: callbacks that raise what they like, never return, and ask again
# class: bridge-abuse
# expect: killed
# limit: 5
try:
    print(Agent.create(model="echo").execute("began").text)
except Exception as problem:
    print(problem)
agent = Agent.create(name="m", model="echo")
class Odd(Exception):
    def __str__(self):
        raise ValueError("again")
for thrown in (ValueError("x"), Odd(), KeyboardInterrupt(), SystemExit(3)):
    def throw(event):
        raise thrown
    try:
        print(agent.stream("go", throw))
    except BaseException as problem:
        print(type(problem))
def again(event):
    agent.stream("deeper", again)
try:
    again(None)
except BaseException as problem:
    print(type(problem))
def forever(event):
    while True:
        pass
agent.stream("go", forever)

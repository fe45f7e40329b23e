# Orders that are carried out whole or not at all: what was done is undone when a later step fails: `… orders.py < orders`
import sys

stock, prices = {"lamp": 5, "chair": 2}, {"lamp": 40, "chair": 45}
till = [0]


def known(ctx):
    if ctx.input.item not in prices:
        raise LLMSpellError(f"there is no {ctx.input.item}")


def reserve(ctx):
    left = stock[ctx.input.item] - ctx.input.n
    if left < 0:
        raise LLMSpellError(f"only {stock[ctx.input.item]} of {ctx.input.item} left")
    stock[ctx.input.item] = left


def put_back(ctx):
    stock[ctx.input.item] += ctx.input.n


def charge(ctx):
    price = prices[ctx.input.item] * ctx.input.n
    if price > ctx.input.money:
        raise LLMSpellError(f"{price} is asked, {ctx.input.money} is there")
    till[0] += price
    return price


def pay_back(ctx):
    till[0] -= ctx.output("charge")


order = Workflow.sequential(
    name="order",
    output="{{input.n}} of {{input.item}} for {{steps.charge}}",
    steps=[
        {"name": "known", "fn": known, "condition": "input.n > 0"},
        {"name": "reserve", "fn": reserve, "compensate": put_back},
        {"name": "charge", "fn": charge, "compensate": pay_back},
    ],
)
for line in sys.stdin:
    asked = JSON.parse(line)
    r = order.execute(asked)
    undone = [step.name.partition(".")[0] for step in r.steps if step.status == "compensated"]
    print(asked["id"], r.output if r.success else r.error, f"undone: {', '.join(undone)}" if undone else "", sep="\t")
print(f"left: {stock['lamp']} lamps, {stock['chair']} chairs; in the till: {till[0]}")

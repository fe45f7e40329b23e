print(Prompt.render("Hello {{ name }}!", {"name": "Ada <3"}))
print(Prompt.render("{% for x in list %}{{ loop.index }}={{ x }}{% if not loop.last %}, {% endif %}{% endfor %}", {"list": ["a", "b"]}))
print(Prompt.render("{{ a.b.c }} {{ n + 1 }} {{ s | upper }}", a={"b": {"c": "deep"}}, n=1, s="x"))
print(Prompt.render("no variables"))

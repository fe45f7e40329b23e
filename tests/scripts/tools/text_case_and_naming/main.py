def t(op, input, options=None):
    return Tool.execute("text-manipulator", {"operation": op, "input": input, "options": options or {}}).text
for op in ["uppercase", "lowercase", "title_case", "reverse", "snake_case", "camel_case", "pascal_case", "kebab_case"]:
    print(op, t(op, "HTTPServer error-Code straße"), sep="\t")

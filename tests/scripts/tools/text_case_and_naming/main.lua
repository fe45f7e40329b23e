local function t(op, input, options) return Tool.execute("text-manipulator", { operation = op, input = input, options = options }).text end
for _, op in ipairs({ "uppercase", "lowercase", "title_case", "reverse", "snake_case", "camel_case", "pascal_case", "kebab_case" }) do
  print(op, t(op, "HTTPServer error-Code straße"))
end

local function make(text) Tool.create({ name = "again", description = text, parameters = {}, execute = function() return text end }) end
make("first")
make("second")
print(Tool.execute("again", {}).result, Tool.get("again").description)

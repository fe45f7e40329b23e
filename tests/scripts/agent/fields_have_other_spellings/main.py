import sys

for line in sys.stdin:
    if line != "\n":
        fields = JSON.parse(line)
        names = fields.pop("show")
        config, shown = Agent.create(fields).get_config(), []
        for name in names:
            value = config
            for key in name.split("."):
                value = value[key]
            if name == "timeout_s":
                value = f"{value:g}"
            shown.append(name + " " + JSON.stringify(value))
        print(", ".join(shown))

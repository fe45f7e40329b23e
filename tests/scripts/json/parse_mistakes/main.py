for text in ["", "{", "[1,]", '{"a" 1}', "nul", "01", "1.", "'x'", '"open', "[1] 2", '{"a":1,}', '"\\x"', "+1", ".5", "NaN", "Infinity", "[1 2]", '"\x01"']:
    try:
        JSON.parse(text)
        print("true", "", sep="\t")
    except LLMSpellError as e:
        print("false", e.code, sep="\t")

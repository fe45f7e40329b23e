print(JSON.parse(r'"\u00e4\n\t\"\\\/\ud83d\ude42"'))
print(len(JSON.parse(r'"\u0000"')))

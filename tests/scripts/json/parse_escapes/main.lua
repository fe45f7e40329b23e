print(JSON.parse([["\u00e4\n\t\"\\\/\ud83d\ude42"]]))
print(#JSON.parse([["\u0000"]]))

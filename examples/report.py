# Sum a CSV by its first column, as JSON for the next program: `llmspell run report.py < data/sales.csv`
import csv
import sys

totals, n_rows = {}, 0
for row in csv.reader(sys.stdin):
    if len(row) >= 3 and row[-1].replace(".", "", 1).isdigit():
        n_rows += 1
        number = float(row[-1]) if "." in row[-1] else int(row[-1])
        totals[row[0]] = totals.get(row[0], 0) + number
print(JSON.stringify({"rows": n_rows, "totals": totals}, pretty=True))

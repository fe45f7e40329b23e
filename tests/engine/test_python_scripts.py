"""What users write today runs as in CPython: each sample's output is compared with CPython's own."""
# ruff: noqa: E501 - scripts are kept on one line each

import contextlib
import io
import sys

import pytest
from fake_host import run_script

from llmspell.engine.python_engine import make_engine

SAMPLES = {
    "f-strings": "x = 3.14159\nname = 'Ann'\nprint(f'{name!r:>8} {x:.2f} {x=:.1f} {{}} {len(name):03d}')",
    "walrus": "if (n := len('abc')) > 2:\n    print(n)\nprint([y for x in range(4) if (y := x * x) > 1])",
    "star unpacking": "a, *b, c = range(5)\nprint(a, b, c)\n[d, (e, f)] = [1, (2, 3)]\nprint(d, e, f, [*b, *b], {**{'a': 1}})",
    "augmented attribute": "class A:\n    def __init__(self):\n        self.n = 1\na = A()\na.n += 2\na.n **= 2\nprint(a.n)",
    "augmented item once": "n = []\ndef key():\n    n.append(1)\n    return 'k'\nd = {'k': 1}\nd[key()] += 1\nprint(d, n)",
    "slices": "l = list(range(10))\nl[2:5] = [0]\ndel l[0], l[-1]\nl[::2] = [9] * len(l[::2])\nprint(l, l[::-1], 'abc'[1:])",
    "nested functions": "def outer():\n    n = 0\n    def inner():\n        nonlocal n\n        n += 1\n        return n\n    return inner\nf = outer()\nprint(f(), f())",
    "globals": "n = 0\ndef f():\n    global n\n    n += 1\nf(); f()\nprint(n)",
    "annotations": "def f(a: int, *, b: 'list[str]' = None) -> dict[str, 'X']:\n    c: int = a\n    return {'c': c}\nx: 'Undefined' = 1\nprint(f(1), x)",
    "positional-only": "def f(a, /, b, *, c=3):\n    return a, b, c\nprint(f(1, b=2), f(1, 2, c=4), (lambda a, /, *r, **k: (a, r, k))(1, 2, z=3))",
    "class": """
class Vector:
    count = 0
    def __init__(self, x, y):
        self.x, self.y = x, y
        Vector.count += 1
    def __add__(self, other): return Vector(self.x + other.x, self.y + other.y)
    def __eq__(self, other): return (self.x, self.y) == (other.x, other.y)
    def __repr__(self): return f"Vector({self.x}, {self.y})"
    def __len__(self): return 2
    def __getitem__(self, i): return (self.x, self.y)[i]
    def __iter__(self): yield from (self.x, self.y)
    def __bool__(self): return True
    def __call__(self, k): return Vector(self.x * k, self.y * k)
    def __contains__(self, v): return v in (self.x, self.y)
    def __hash__(self): return hash((self.x, self.y))
    @property
    def norm(self): return (self.x ** 2 + self.y ** 2) ** 0.5
    @norm.setter
    def norm(self, value): self.x = value
    @classmethod
    def zero(cls): return cls(0, 0)
    @staticmethod
    def name(): return "vector"
v = Vector(3, 4)
v.norm += 0
print(v + Vector(1, 1), v == Vector(3, 4), len(v), v[0], list(v), bool(v), v(2), 4 in v, {v: 1}, v.norm, Vector.zero(), Vector.name(), Vector.count)
""",
    "inheritance": """
class A:
    def __init__(self, x): self.x = x
    def hello(self): return f"A{self.x}"
class B(A):
    def __init__(self, x, y):
        super().__init__(x)
        self.y = y
    def hello(self): return super().hello() + f"B{self.y}"
    def __str__(self): return "B!"
b = B(1, 2)
print(b.hello(), b, isinstance(b, A), issubclass(B, A), type(b) is B, type(b).__name__, b.__class__.__name__)
""",
    "special method aliases": "class N:\n    def __init__(self, n): self.n = n\n    def __add__(self, o): return N(self.n + o)\n    __radd__ = __add__\n    __slots__ = ('n',)\n    __hash__ = None\nprint((1 + N(2)).n)",
    "dataclass": """
from dataclasses import dataclass, field, asdict, replace, fields
@dataclass(order=True)
class Point:
    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list, compare=False)
    def __post_init__(self): self.x *= 1
@dataclass(frozen=True)
class Named(Point):
    name: str = "n"
""".replace("@dataclass(frozen=True)", "@dataclass")
    + """
p = Point(1)
p.tags.append("a")
print(p, asdict(p), replace(p, x=5), p < Point(2), [f.name for f in fields(p)], Named(1, 2).name)
""",
    "frozen dataclass": "from dataclasses import dataclass\n@dataclass(frozen=True, slots=True)\nclass P:\n    x: int\ntry:\n    P(1).x = 2\nexcept AttributeError as e:\n    print(type(e).__name__, hash(P(1)) == hash(P(1)))",
    "enum": "from enum import Enum, IntEnum, Flag, auto\nclass C(Enum):\n    RED = 'r'\n    BLUE = auto() if False else 'b'\nclass F(Flag):\n    A = auto()\n    B = auto()\nprint(C.RED, C('b'), C['RED'].value, [c.name for c in C], F.A | F.B, IntEnum('I', 'X Y').Y + 1)",
    "named tuples": "from collections import namedtuple\nfrom typing import NamedTuple\nP = namedtuple('P', 'x y', defaults=[0])\nclass Q(NamedTuple):\n    a: int\n    b: str = 'b'\nprint(P(1), P(1)._replace(x=2), P(1)._asdict(), Q(1), Q(1).b, *Q(1))",
    "match": """
from dataclasses import dataclass
@dataclass
class P:
    x: int
    y: int
def f(v):
    match v:
        case 0 | 1: return "small"
        case int(n) if n > 100: return f"big {n}"
        case str() as s: return s.upper()
        case [a, *rest]: return (a, rest)
        case {"k": v, **rest}: return (v, rest)
        case P(x=0, y=y): return y
        case P(x, y): return x + y
        case None: return "none"
        case _: return "other"
print([f(v) for v in (0, 500, "a", [1, 2], {"k": 1, "z": 2}, P(0, 7), P(1, 2), None, 3.5)])
""",
    "match value": "from enum import Enum\nclass C(Enum):\n    A = 1\nmatch C.A:\n    case C.A: print('a')",
    "comprehensions": "print([x * y for x in range(3) for y in range(3) if x != y], {x: x**2 for x in range(3)}, {c for c in 'aab'} == {'a', 'b'}, sum(x for x in range(10)))",
    "generators": "def g(n):\n    while n:\n        got = yield n\n        n -= got or 1\n    return 'end'\ndef h():\n    r = yield from g(3)\n    print(r)\nit = g(5)\nprint(next(it), it.send(2), list(it), list(h()))",
    "try": "def f(x):\n    try:\n        return 10 / x\n    except ZeroDivisionError as e:\n        print('err', e)\n        return None\n    else:\n        print('else')\n    finally:\n        print('finally')\nprint(f(0), f(2))\ntry:\n    raise ValueError('a') from KeyError('b')\nexcept (ValueError, TypeError) as e:\n    print(e.args)\ntry:\n    int('x')\nexcept:\n    print('bare')",
    "own exceptions": "class MyError(Exception):\n    def __init__(self, code):\n        super().__init__(f'code {code}')\n        self.code = code\ntry:\n    raise MyError(3)\nexcept MyError as e:\n    print(e, e.code, type(e).__name__, repr(e))",
    "with": "class C:\n    def __enter__(self):\n        print('in')\n        return self, 1\n    def __exit__(self, *a):\n        print('out', a[0] is ValueError)\n        return True\nwith C() as (c, n), C():\n    print(n)\n    raise ValueError\nprint('after')",
    "contextlib": "from contextlib import contextmanager, suppress, ExitStack, nullcontext\n@contextmanager\ndef cm(x):\n    print('a')\n    try:\n        yield x\n    finally:\n        print('b')\nwith cm(1) as v:\n    print(v)\nwith suppress(KeyError):\n    {}['x']\nwith ExitStack() as s:\n    s.callback(print, 'cb')",
    "decorators": "import functools\ndef twice(f):\n    @functools.wraps(f)\n    def g(*a, **k):\n        return f(*a, **k) * 2\n    return g\n@twice\ndef f(x):\n    'doc'\n    return x\nprint(f(2), f.__name__, f.__doc__)",
    "functools": "from functools import lru_cache, reduce, partial, cached_property, cmp_to_key, total_ordering, singledispatch\n@lru_cache(maxsize=None)\ndef fib(n): return n if n < 2 else fib(n-1) + fib(n-2)\nclass A:\n    @cached_property\n    def p(self):\n        print('once')\n        return 1\na = A()\n@singledispatch\ndef s(x): return 'any'\n@s.register(int)\ndef on_int(x): return 'int'\nprint(fib(50), reduce(lambda a, b: a * b, range(1, 6)), partial(pow, 2)(5), a.p + a.p, sorted([3, 1], key=cmp_to_key(lambda a, b: a - b)), s(1), s(''))",
    "itertools": "from itertools import chain, islice, count, groupby, product, accumulate, zip_longest\nprint(list(islice(count(3, 2), 3)), [(k, list(g)) for k, g in groupby('aab')], list(chain([1], [2])), list(product('ab', repeat=2))[:2], list(accumulate([1, 2, 3])), list(zip_longest([1], [2, 3])))",
    "collections": "from collections import Counter, defaultdict, deque, OrderedDict, ChainMap\nfrom collections.abc import Mapping, Iterable\nd = defaultdict(list)\nd['a'].append(1)\nprint(Counter('abca').most_common(1), dict(d), deque([1, 2], maxlen=2), isinstance({}, Mapping), ChainMap({'a': 1})['a'])",
    "format": "print('{} {:>5} {0.real}'.format if False else '{:>5}|{name:<4}|{0[0]}|{1.real}'.format([1], 2, name='x') if False else '{0}|{name:<4}|{0[0]}|{1.real}'.format([1], 2, name='x'), '%s %05.1f %(a)s' % () if False else '%s %05.1f' % ('a', 2.5), '%(a)s' % {'a': 1}, '{a}'.format_map({'a': 3}), str.format('{}', 1))",
    "strings": "s = 'Hello, Wörld'\nprint(s.upper(), s.split(', '), s.replace('l', 'L'), s[::-1], s.encode(), 'a,b'.partition(','), ' x '.strip(), s.find('W'), s.title(), 'x'.join('abc'), s.casefold(), '\\n' in s, 'é'.isalpha())",
    "numbers": "import math\nfrom decimal import Decimal\nfrom fractions import Fraction\nprint(7 // 2, -7 % 3, 2 ** 100, round(2.675, 2), divmod(7, 2), math.gcd(12, 18), math.isclose(.1 + .2, .3), Decimal('0.1') + Decimal('0.2'), Fraction(1, 3) + 1, int('ff', 16), complex(1, 2), 0b11, hex(255), float('inf'))",
    "datetime": "from datetime import datetime, timedelta, date, timezone\nd = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)\nprint(d.isoformat(), d + timedelta(days=1), d.strftime('%Y/%m/%d'), datetime.strptime('2026-02-01', '%Y-%m-%d').date(), date(2026, 3, 1) - date(2026, 2, 1), d.weekday())",
    "json": "import json\nprint(json.dumps({'b': [1, None, True], 'a': 'é'}, sort_keys=True, indent=1), json.loads('[1.5, {\"x\": null}]'))\ntry:\n    json.loads('{')\nexcept json.JSONDecodeError as e:\n    print(e.lineno, e.pos)",
    "re": "import re\nm = re.search(r'(?P<k>\\w+)=(\\d+)', 'x a=12')\nprint(m['k'], m.group(2), m.groupdict(), re.sub(r'\\d', lambda m: str(int(m[0]) + 1), 'a1b2'), re.split(r'[,;]', 'a,b;c'), re.findall('a.', 'abac'), [x.span() for x in re.finditer('b', 'abcb')])",
    "heapq and bisect": "import heapq, bisect\nh = [3, 1, 2]\nheapq.heapify(h)\nprint(heapq.heappop(h), heapq.nlargest(2, [1, 5, 3]), bisect.bisect([1, 3, 5], 3))",
    "statistics": "import statistics as st\nprint(st.mean([1, 2, 3]), st.median([1, 2]), round(st.stdev([1, 2, 3]), 3), st.mode('aab'))",
    "text tools": "import textwrap, string, difflib\nprint(textwrap.dedent('  a\\n  b'), textwrap.shorten('hello big world', 10), string.ascii_lowercase[:3], string.Template('$a-$b').substitute(a=1, b=2), difflib.get_close_matches('aple', ['apple', 'pear']), list(difflib.unified_diff(['a'], ['b'], lineterm=''))[2:])",
    "csv and io": "import csv, io\nf = io.StringIO('a,b\\n1,\"x,y\"\\n')\nrows = list(csv.DictReader(f))\nprint(rows)\nout = io.StringIO()\nw = csv.writer(out)\nw.writerow([1, 'a b', None])\nprint(repr(out.getvalue()), io.BytesIO(b'ab').read(1))",
    "hashes and codecs": "import hashlib, base64, binascii, zlib, struct, hmac\nprint(hashlib.sha256(b'abc').hexdigest()[:8], base64.b64encode(b'hi'), binascii.hexlify(b'a'), zlib.decompress(zlib.compress(b'x' * 10)), struct.pack('>H', 1), hmac.new(b'k', b'm', 'sha256').hexdigest()[:6])",
    "url and html": "from urllib.parse import urlparse, urlencode, quote, parse_qs\nimport html\nimport urllib.parse\nprint(urlparse('https://a.b/c?d=e').netloc, urlencode({'a': 1}), quote('a b'), parse_qs('a=1'), html.escape('<a>'), urllib.parse.unquote('%20'))",
    "copy": "import copy\nclass A:\n    def __init__(self): self.l = [1]\na = A()\nb = copy.deepcopy(a)\nb.l.append(2)\nc = copy.copy(a)\nprint(a.l, b.l, c.l is a.l, copy.deepcopy({'a': [1]}))",
    "operator": "from operator import itemgetter, attrgetter, methodcaller, add, mul\nclass A:\n    x = 1\nprint(itemgetter(1)([1, 2]), attrgetter('x')(A), attrgetter('real', 'imag')(3), methodcaller('upper')('a'), add(1, 2), sorted([(2, 'a'), (1, 'b')], key=itemgetter(0)))",
    "typing": "from typing import Generic, TypeVar, Optional, Protocol, TypedDict, Any, Union, cast\nT = TypeVar('T')\nclass Stack(Generic[T]):\n    def __init__(self) -> None:\n        self.items: list[T] = []\n    def push(self, x: T) -> None:\n        self.items.append(x)\nclass Named(Protocol):\n    name: str\nclass D(TypedDict, total=False):\n    a: int\ns = Stack[int]()\ns.push(1)\nprint(s.items, cast(int, 1), D(a=1), Optional[int] is not None)",
    "abc": "from abc import ABC, abstractmethod\nclass A(ABC):\n    @abstractmethod\n    def f(self): ...\nclass B(A):\n    def f(self): return 1\ntry:\n    A()\nexcept TypeError:\n    print('abstract', B().f())",
    "sorting": "data = [{'n': 'b', 'v': 2}, {'n': 'a', 'v': 2}]\nprint(sorted(data, key=lambda r: (-r['v'], r['n'])), min(data, key=lambda r: r['n']), list(reversed([1, 2])), any(x > 1 for x in [1, 2]), all([]), list(enumerate('ab', 1)), list(zip('ab', [1, 2])), list(map(str, [1])), list(filter(None, [0, 1])))",
    "main idiom": "def main():\n    print('main')\nif __name__ == '__main__':\n    main()",
    "print options": "import sys\nprint(1, 2, sep='-', end='!\\n')\nprint('e', file=sys.stdout)\nsys.stdout.write('w\\n')\nprint()\nprint(*[1, 2], sep='')",
    "getattr and friends": "class A:\n    x = 1\na = A()\nsetattr(a, 'y', 2)\nprint(getattr(a, 'x'), getattr(a, 'zz', 'd'), hasattr(a, 'y'), hasattr(a, 'q'), callable(A), isinstance(A, type), type(3) is int, type('') == str)\ndelattr(a, 'y')\nprint(hasattr(a, 'y'))",
    "bytes": "b = bytearray(b'abc')\nb[0] = 65\nb += b'd'\nprint(b, bytes(b).hex(), b'a' in b, int.from_bytes(b'\\x01\\x00', 'big'), (5).to_bytes(2, 'little'), 'é'.encode().decode())",
    "sets and dicts": "a, b = {1, 2}, {2, 3}\nprint(a & b, a | b, a - b, a ^ b, a <= {1, 2, 3})\nd = {'a': 1} | {'b': 2}\nd.setdefault('c', []).append(1)\nprint(d, d.pop('a'), list(d.items()), d.get('zz'), dict.fromkeys('ab', 0), {**d})",
    "loops": "for i in range(3):\n    if i == 1: continue\n    for j in 'ab':\n        if j == 'b': break\n        print(i, j)\nelse:\n    print('done')\nn = 3\nwhile n := n - 1:\n    print(n)",
    "lambda and ternary": "f = lambda x, *a, y=2, **k: (x, a, y, k)\nprint(f(1, 5, y=3, z=4), 'a' if f else 'b', 1 < 2 < 3, not [], None or 'd')",
    "assert and del": "x = [1, 2]\ndel x[0]\nassert x == [2], 'no'\ntry:\n    assert False, 'msg'\nexcept AssertionError as e:\n    print(e)\ny = 1\ndel y\ntry:\n    y\nexcept NameError as e:\n    print('gone')",
    "os.path": "import os.path\nfrom os import path\nprint(os.path.join('a', 'b.txt'), path.splitext('x.tar.gz'), os.path.basename('/a/b'), os.sep)",
    "recursion": "def depth(n):\n    return depth(n + 1)\ntry:\n    depth(0)\nexcept RecursionError:\n    print('deep')",
    "async": """
import asyncio
class Res:
    async def __aenter__(self):
        print("open")
        return self
    async def __aexit__(self, *a):
        print("close")
async def agen(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i
async def work(x):
    await asyncio.sleep(0.01 * (3 - x))
    return x
async def main():
    async with Res() as r:
        print([i async for i in agen(3)])
    print(await asyncio.gather(*(work(i) for i in range(3))))
    t = asyncio.create_task(work(1))
    print(await t)
    try:
        await asyncio.wait_for(asyncio.sleep(5), timeout=0.01)
    except asyncio.TimeoutError:
        print("timeout")
    q = asyncio.Queue()
    async def producer():
        for i in range(2):
            await q.put(i)
    asyncio.create_task(producer())
    print(await q.get(), await q.get())
    sem = asyncio.Semaphore(1)
    async with sem:
        print("sem")
    return "end"
print(asyncio.run(main()))
""",
    "pprint, types, uuid5": "from pprint import pprint, pformat\nfrom types import SimpleNamespace\nimport uuid, calendar, colorsys, graphlib, fnmatch, shlex, keyword, zoneinfo\npprint({'a': [1]})\nn = SimpleNamespace(a=1)\nn.b = 2\nprint(n, uuid.uuid5(uuid.NAMESPACE_DNS, 'x'), calendar.isleap(2024), list(graphlib.TopologicalSorter({'b': ['a']}).static_order()), fnmatch.fnmatch('a.py', '*.py'), shlex.split('a \"b c\"'), keyword.iskeyword('if'), zoneinfo.ZoneInfo('Europe/Berlin'))",
    "attribute named obj or format": "class A:\n    def __init__(self, obj):\n        self.obj = obj\n        self.format = lambda: 'f'\na = A(1)\nprint(a.obj, a.format())",
    "future import": "from __future__ import annotations\nimport dataclasses\n@dataclasses.dataclass\nclass A:\n    a: int | None = None\nprint(A())",
    "docstring only": "'''doc'''\ndef f():\n    '''d'''\nclass A:\n    '''c'''\nprint(f(), A.__doc__)",
}


def expected(source: str) -> str:
    """What CPython prints."""
    out = io.StringIO()
    saved = sys.modules["__main__"]
    module = type(sys)("__main__")
    sys.modules["__main__"] = module
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(source, "script.py", "exec", dont_inherit=True), module.__dict__)
    finally:
        sys.modules["__main__"] = saved
    return out.getvalue()


@pytest.mark.parametrize("name", SAMPLES)
def test_what_users_write_prints_what_cpython_prints(name: str) -> None:
    outcome = run_script(make_engine, SAMPLES[name], python="safe", name="script.py")
    assert outcome.kind == "done", outcome
    assert outcome.out == expected(SAMPLES[name])

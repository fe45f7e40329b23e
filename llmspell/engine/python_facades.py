"""The standard library as scripts see it: module by module, the names that are handed over.

Chosen by reading each one: nothing here opens a file or a socket, evaluates text, reads attributes by a name that the
caller gives, or hands out a module. `*` stands for every public name of modules in C that hold only functions,
constants and immutable classes. Names that this Python lacks are left out."""

PLAIN: dict[str, str] = {
    "array": "array typecodes ArrayType",
    "base64": """b16decode b16encode b32decode b32encode b32hexdecode b32hexencode b64decode b64encode b85decode
        b85encode a85decode a85encode standard_b64decode standard_b64encode urlsafe_b64decode urlsafe_b64encode
        decodebytes encodebytes""",
    "binascii": "*",
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "calendar": """Calendar TextCalendar HTMLCalendar IllegalMonthError IllegalWeekdayError calendar month monthcalendar
        monthrange isleap leapdays weekday timegm weekheader firstweekday setfirstweekday day_name day_abbr month_name
        month_abbr MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY""",
    "cmath": "*",
    "collections.abc": """Awaitable AsyncIterable AsyncIterator ByteString Callable Collection Container Generator
        Hashable ItemsView Iterable Iterator KeysView Mapping MappingView MutableMapping MutableSequence MutableSet
        Reversible Sequence Set Sized ValuesView Coroutine""",
    "colorsys": "rgb_to_yiq yiq_to_rgb rgb_to_hls hls_to_rgb rgb_to_hsv hsv_to_rgb",
    "csv": """reader writer DictReader DictWriter Dialect Error Sniffer excel excel_tab unix_dialect field_size_limit
        get_dialect list_dialects register_dialect unregister_dialect QUOTE_ALL QUOTE_MINIMAL QUOTE_NONE
        QUOTE_NONNUMERIC QUOTE_NOTNULL QUOTE_STRINGS""",
    "decimal": """BasicContext Clamped Context ConversionSyntax Decimal DecimalException DecimalTuple DefaultContext
        DivisionByZero DivisionImpossible DivisionUndefined ExtendedContext FloatOperation Inexact InvalidContext
        InvalidOperation MAX_EMAX MAX_PREC MIN_EMIN MIN_ETINY Overflow ROUND_05UP ROUND_CEILING ROUND_DOWN ROUND_FLOOR
        ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP Rounded Subnormal Underflow getcontext localcontext
        setcontext""",
    "difflib": """Differ HtmlDiff SequenceMatcher IS_CHARACTER_JUNK IS_LINE_JUNK context_diff diff_bytes
        get_close_matches ndiff restore unified_diff""",
    "fnmatch": "filter fnmatch fnmatchcase translate",
    "fractions": "Fraction",
    "graphlib": "CycleError TopologicalSorter",
    "gzip": "compress decompress",
    "hashlib": """algorithms_available algorithms_guaranteed blake2b blake2s md5 new pbkdf2_hmac scrypt sha1 sha224
        sha256 sha384 sha3_224 sha3_256 sha3_384 sha3_512 sha512 shake_128 shake_256""",
    "heapq": "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest",
    "hmac": "HMAC compare_digest digest new",
    "html": "escape unescape",
    "io": "BytesIO StringIO SEEK_CUR SEEK_END SEEK_SET",
    "ipaddress": """AddressValueError IPv4Address IPv4Interface IPv4Network IPv6Address IPv6Interface IPv6Network
        NetmaskValueError collapse_addresses get_mixed_type_key ip_address ip_interface ip_network
        summarize_address_range""",
    "itertools": "*",
    "json": "JSONDecodeError JSONDecoder JSONEncoder dump dumps load loads",
    "keyword": "iskeyword issoftkeyword kwlist softkwlist",
    "math": "*",
    "numbers": "Complex Integral Number Rational Real",
    "re": """A ASCII DEBUG DOTALL I IGNORECASE L LOCALE M MULTILINE Match NOFLAG Pattern RegexFlag S U UNICODE VERBOSE X
        compile error PatternError escape findall finditer fullmatch match purge search split sub subn""",
    "shlex": "join quote split",
    "statistics": """NormalDist StatisticsError correlation covariance fmean geometric_mean harmonic_mean kde
        kde_random linear_regression mean median median_grouped median_high median_low mode multimode pstdev pvariance
        quantiles stdev variance""",
    "string": """Template ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits printable
        punctuation whitespace""",
    "struct": "Struct calcsize error iter_unpack pack pack_into unpack unpack_from",
    "textwrap": "TextWrapper dedent fill indent shorten wrap",
    "tomllib": "TOMLDecodeError loads",
    "types": "MappingProxyType NoneType SimpleNamespace EllipsisType NotImplementedType",
    "unicodedata": """bidirectional category combining decimal decomposition digit east_asian_width is_normalized lookup
        mirrored name normalize numeric unidata_version""",
    "urllib.parse": """ParseResult SplitResult parse_qs parse_qsl quote quote_from_bytes quote_plus unquote
        unquote_plus unquote_to_bytes urldefrag urlencode urljoin urlparse urlsplit urlunparse urlunsplit""",
    "zlib": """Z_BEST_COMPRESSION Z_BEST_SPEED Z_DEFAULT_COMPRESSION adler32 compress compressobj crc32 decompress
        decompressobj error""",
}

# For profile high: what computing on data needs, and little else that is written in C.
_MINIMAL = """
    json math cmath re datetime itertools functools collections collections.abc statistics string textwrap
    decimal fractions random time operator dataclasses enum typing heapq bisect copy base64 hashlib uuid
    unicodedata html urllib urllib.parse csv io difflib numbers abc contextlib calendar colorsys keyword sys os
    os.path asyncio types pprint graphlib fnmatch
"""
MINIMAL = frozenset(_MINIMAL.split())

# What their functions import when they are called first, which must be there before files are not.
LAZY: dict[str, str] = {
    "collections": "heapq copy",
    "enum": "warnings",
    "fractions": "decimal",
    "gzip": "errno",
    "ipaddress": "re",
    "re": "warnings",
    "statistics": "heapq",
    "urllib.parse": "unicodedata",
    "uuid": "hashlib",
}

# Only for profile low: more compiled code, and randomness that a recorded run cannot repeat.
WIDE: dict[str, str] = {
    "bz2": "compress decompress",
    "lzma": "LZMAError compress decompress",
    "plistlib": "FMT_BINARY FMT_XML InvalidFileException dumps loads",
    "quopri": "decodestring encodestring",
    "secrets": "choice compare_digest randbelow randbits token_bytes token_hex token_urlsafe",
}

TYPING_NAMES = """Annotated Any AnyStr AsyncGenerator AsyncIterable AsyncIterator Awaitable BinaryIO Callable ClassVar
    Collection Concatenate Container Coroutine Counter DefaultDict Deque Dict Final FrozenSet Generator Generic Hashable
    IO ItemsView Iterable Iterator KeysView List Literal LiteralString Mapping Match MutableMapping MutableSequence
    MutableSet Never NewType NoReturn NotRequired Optional OrderedDict ParamSpec Pattern Protocol Required Reversible
    Self Sequence Set Sized SupportsAbs SupportsFloat SupportsIndex SupportsInt SupportsRound TYPE_CHECKING Text TextIO
    Tuple Type TypeAlias TypeGuard TypeVar TypeVarTuple TypedDict Union Unpack ValuesView assert_never assert_type cast
    final get_args get_origin overload override reveal_type runtime_checkable""".replace("reveal_type ", "")

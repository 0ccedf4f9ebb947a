"""Writes the files of scripts/import_matrix, and the right values of each to right.json. Run by the writers' Python."""

import csv
import datetime
import decimal
import json
import math
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import fastparquet
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(sys.argv[1])
STORED = Path(__file__).resolve().parent.parent / "crates/corpus/tests/imports/lists/written"
RIGHT = {}

# Of Parquet.
IDS = ["p1", "p2", "p3"]
TITLES = ["On Tides of the northern harbours", "Winds of the south", "Rivers of the east"]
ABSTRACTS = ["The sea moves twice a day.", "Air moves from high to low.", "Rivers flow to the sea."]
AUTHORS = [["Ada Dune", "Carl Wave"], ["Berta Balázs"], []]
DATES = ["2020-05-01", "2019-03-04", "2021-12-31"]
YEARS = [2020, 2019, 2021]
VENUES = ["Journal of Seas", None, "Seas"]
DOIS = ["10.1000/seas.1", None, "10.1000/seas.3"]
KEYWORDS = [["tides", "moon"], [], ["rivers"]]
DAYS = [datetime.date.fromisoformat(day) for day in DATES]
TIMES = [datetime.datetime.fromisoformat(day) for day in DATES]


def paper(**fields):
    return {name: value for name, value in fields.items() if value not in (None, [], "")}


def papers(without=(), **other):
    columns = {
        "id": IDS, "title": TITLES, "abstract": ABSTRACTS, "authors": AUTHORS, "date": DATES, "year": YEARS,
        "venue": VENUES, "doi": DOIS, "keywords": KEYWORDS, **other,
    }
    names = [name for name in columns if name not in without]
    return [paper(**{name: columns[name][at] for name in names}) for at in range(3)]


def columns(**other):
    named = {
        "id": IDS, "title": TITLES, "abstract": ABSTRACTS, "authors": AUTHORS, "date": DATES, "year": YEARS,
        "venue": VENUES, "doi": DOIS, "keywords": KEYWORDS, **other,
    }
    return {name: column for name, column in named.items() if column is not None}


def file(name, right):
    RIGHT[name] = right
    return OUT / name


# --- Parquet of PyArrow

def pyarrow_files():
    def write(name, right=None, table=None, **options):
        pq.write_table(table if table is not None else pa.table(columns()), file(f"pyarrow_{name}.parquet", right or papers()), **options)

    write("default")
    for codec in ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]:
        write(f"comp_{codec}", compression=codec)
    for version in ["1.0", "2.4", "2.6"]:
        write(f"v{version}", version=version)
    write("datapage_v2", data_page_version="2.0")
    write("datapage_v2_zstd", data_page_version="2.0", compression="zstd")
    delta = {name: "DELTA_BYTE_ARRAY" for name in ["id", "title", "abstract", "date"]}
    write("delta", use_dictionary=False, column_encoding={**delta, "year": "DELTA_BINARY_PACKED"})
    write("no_dict", use_dictionary=False)
    write("rowgroup1", row_group_size=1)
    write("page_index", write_page_index=True)
    write("checksum", write_page_checksum=True)
    write("stats_off", write_statistics=False)
    write("compliant_off", use_compliant_nested_type=False)
    text = ["id", "title", "abstract", "venue", "doi"]
    for name, of in [("large_string", pa.large_string()), ("string_view", pa.string_view())]:
        write(name, table=pa.table(columns(**{column: pa.array(columns()[column], of) for column in text})))
    write("dict_col", table=pa.table(columns(venue=pa.array(VENUES).dictionary_encode())))
    write("date32", table=pa.table(columns(date=pa.array(DAYS, pa.date32()))))
    write("date64", table=pa.table(columns(date=pa.array(DAYS, pa.date64()))))
    for unit in ["s", "ms", "us", "ns"]:
        write(f"ts_{unit}", table=pa.table(columns(date=pa.array(TIMES, pa.timestamp(unit)))))
    write("ts_tz", table=pa.table(columns(date=pa.array(TIMES, pa.timestamp("us", "UTC")))))
    write("ts_int96", table=pa.table(columns(date=pa.array(TIMES, pa.timestamp("ns")))), use_deprecated_int96_timestamps=True)
    for of in ["int16", "int32", "int64", "uint16", "uint32", "uint64", "float32", "float64"]:
        write(f"year_{of}", table=pa.table(columns(year=pa.array([of.startswith("f") and float(year) or year for year in YEARS], getattr(pa, of)()))))
    write("year_decimal", table=pa.table(columns(year=pa.array([decimal.Decimal(year) for year in YEARS], pa.decimal128(10, 0)))))
    write("year_str", table=pa.table(columns(year=[str(year) for year in YEARS])))
    write("id_int64", papers(id=["1", "2", "3"]), pa.table(columns(id=[1, 2, 3])))
    write("id_float", papers(id=["1", "2", "3"]), pa.table(columns(id=[1.0, 2.0, 3.0])))
    raw = ["01010101-0101-0101-0101-010101010101", "02020202-0202-0202-0202-020202020202", "03030303-0303-0303-0303-030303030303"]
    write("id_uuid_bytes", papers(id=raw), pa.table(columns(id=pa.array([bytes([n]) * 16 for n in [1, 2, 3]], pa.binary(16)))))
    made = ["on-tides-of-the-northern-harbours", "winds-of-the-south", "rivers-of-the-east"]
    write("no_id", papers(id=made), pa.table(columns(id=None)))
    write("null_abstract", papers(abstract=["a", None, "c"]), pa.table(columns(abstract=["a", None, "c"])))
    write("all_null_abstract", papers(without=["abstract"]), pa.table(columns(abstract=pa.nulls(3))))
    write("null_col", papers(without=["venue", "doi"]), pa.table(columns(venue=pa.nulls(3), doi=pa.nulls(3))))
    write("title_only", [paper(id=i, title=t, year=y) for i, t, y in zip(IDS, TITLES, YEARS)], pa.table({"id": IDS, "title": TITLES, "year": YEARS}))
    write("Title_case", table=pa.table({name.capitalize() if name != "doi" else "DOI": column for name, column in columns().items()}))
    write("binary_title", table=pa.table(columns(title=pa.array([title.encode() for title in TITLES], pa.binary()))))
    write("fixed_binary_abstract", papers(abstract=["xxxxx"] * 3), pa.table(columns(abstract=pa.array([b"xxxxx"] * 3, pa.binary(5)))))
    write("embedding_col", table=pa.table({**columns(), "embedding": [[0.5] * 8] * 3}))
    write("struct_extra", table=pa.table({**columns(), "meta": [{"a": 1, "b": "x"}] * 3}))
    write("empty", right=[], table=pa.table(columns()).slice(0, 0))
    RIGHT["pyarrow_empty.parquet"] = []
    named = [[{"name": name} for name in names] for names in AUTHORS]
    write("authors_struct_name", table=pa.table(columns(authors=pa.array(named, pa.list_(pa.struct([("name", pa.string())]))))))
    shown = [[{"display_name": name, "id": "A1"} for name in names] for names in AUTHORS]
    write("authors_struct_display", table=pa.table(columns(authors=shown)))
    parts = [[dict(zip(["first", "last"], name.split(" "))) for name in names] for names in AUTHORS]
    write("authors_struct_first_last", table=pa.table(columns(authors=parts)))
    lists = [[[name.split(" ")[1], name.split(" ")[0], ""] for name in names] for names in AUTHORS]
    write("authors_listlist", table=pa.table(columns(authors=lists)))
    maps = [[(str(at), name) for at, name in enumerate(names)] for names in AUTHORS]
    write("authors_map", table=pa.table(columns(authors=pa.array(maps, pa.map_(pa.string(), pa.string())))))
    gaps = [[*names, None] for names in AUTHORS]
    write("authors_null_items", table=pa.table(columns(authors=gaps)))
    write("authors_string", table=pa.table(columns(authors=["; ".join(names) for names in AUTHORS])))
    two = [["Ada Dune", "Carl Wave"], ["Berta Balázs", None], [None, None]]
    write("authors_fixed_list", table=pa.table(columns(authors=pa.array(two, pa.list_(pa.string(), 2)))))
    nested = pa.table({"id": IDS, "paper": [{"title": title} for title in TITLES]})
    pq.write_table(nested, file("pyarrow_nested_struct_fields.parquet", None))
    arxiv = pa.table({
        "id": ["0704.0001"], "submitter": ["A"], "authors": ["A. Dune, C. Wave"], "title": ["On Tides\n of the north"],
        "comments": ["37 pages"], "journal-ref": [None], "doi": ["10.1000/1"], "categories": ["hep-ph cs.CL"],
        "abstract": ["  The sea\n moves.\n"],
        "versions": [[{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}, {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"}]],
        "update_date": pa.array([datetime.datetime(2008, 11, 26)], pa.timestamp("us")), "authors_parsed": [[["Dune", "Ada", ""], ["Wave", "Carl", ""]]],
    })
    write("arxiv_hf", [paper(id="0704.0001", title="On Tides of the north", abstract="The sea moves.", authors=AUTHORS[0], date="2007-04-02", year=2007, doi="10.1000/1", arxiv="0704.0001", keywords=["hep-ph", "cs.CL"])], arxiv)
    dated = pa.table({"id": ["0704.0001"], "authors": ["A. Dune"], "title": ["On Tides"], "categories": ["hep-ph"], "abstract": ["The sea moves."], "update_date": [1227657600000]})
    write("arxiv_hf_int64date", [paper(id="0704.0001", title="On Tides", abstract="The sea moves.", authors=["A. Dune"], date="2008-11-26", year=2008, arxiv="0704.0001", keywords=["hep-ph"])], dated)
    write("beir_hf", [paper(id="d1", abstract="No title here."), paper(id="d2", title="T two", abstract="Text two.")], pa.table({"_id": ["d1", "d2"], "title": ["", "T two"], "text": ["No title here.", "Text two."]}))
    capital = pa.table({"Title": ["On Tides"], "Authors": ["Ada Dune, Carl Wave"], "Abstract": ["a"], "entry_id": ["http://arxiv.org/abs/2101.00001v1"], "Date": pa.array([datetime.datetime(2021, 1, 4, 18, 59)], pa.timestamp("ns", "UTC")), "Categories": ["cs.CL"], "year": [2021]})
    write("hf_Date_ns_utc", [paper(title="On Tides", abstract="a", authors=AUTHORS[0], date="2021-01-04", year=2021, arxiv="2101.00001", keywords=["cs.CL"])], capital)
    gap = pa.table({"id": ["x1", "x2"], "title": ["On Tides", "Winds"], "abstract": ["a", "b"], "year": [2020.0, None], "published": ["2020-05-01 00:00:00+00:00", None], "authors": [["Ada Dune"], None]})
    write("hf_float_year", [paper(id="x1", title="On Tides", abstract="a", year=2020, date="2020-05-01", authors=["Ada Dune"]), paper(id="x2", title="Winds", abstract="b")], gap)
    works = pa.table({"id": ["https://openalex.org/W1"], "doi": ["https://doi.org/10.1000/1"], "display_name": ["On Tides"], "title": ["On Tides"], "publication_year": [2020], "publication_date": ["2020-05-01"], "abstract": ["The sea moves."], "authorships": [[{"author": {"display_name": "Ada Dune"}, "raw_author_name": "A. Dune"}]]})
    one = paper(title="On Tides", abstract="The sea moves.", authors=["Ada Dune"], date="2020-05-01", year=2020, doi="10.1000/1")
    write("openalex", [{"id": "W1", **one}], works)
    s2 = pa.table({"corpusid": [81234], "title": ["On Tides"], "abstract": ["The sea moves."], "year": [2020], "authors": [[{"authorId": "1", "name": "Ada Dune"}]], "publicationdate": ["2020-05-01"], "externalids": [{"DOI": "10.1000/1"}]})
    write("s2", [one], s2)


# --- Parquet of pandas, polars, DuckDB and fastparquet

def pandas_parquet():
    def write(name, frame=None, **options):
        (frame if frame is not None else pd.DataFrame(columns())).to_parquet(file(f"pandas_{name}.parquet", papers()), **options)

    write("default")
    for codec in ["gzip", "brotli"]:
        write(codec, compression=codec)
    write("none", compression=None)
    write("category", pd.DataFrame(columns()).astype({"venue": "category"}))
    write("datetime", pd.DataFrame(columns(date=pd.to_datetime(DATES))))
    write("float_year", pd.DataFrame(columns(year=[float(year) for year in YEARS])))
    write("index_named", pd.DataFrame(columns()).set_index("id"))
    write("nullable_dtypes", pd.DataFrame(columns()).convert_dtypes())


def polars_parquet():
    def write(name, frame=None, right=None, **options):
        (frame if frame is not None else pl.DataFrame(columns())).write_parquet(file(f"polars_{name}.parquet", papers() if right is None else right), **options)

    write("default")
    for codec in ["uncompressed", "snappy", "gzip", "zstd", "lz4", "brotli"]:
        write(f"comp_{codec}", compression=codec)
    write("categorical", pl.DataFrame(columns()).with_columns(pl.col("venue").cast(pl.Categorical)))
    write("enum", pl.DataFrame(columns()).with_columns(pl.col("venue").cast(pl.Enum(["Journal of Seas", "Seas"]))))
    write("date", pl.DataFrame(columns(date=DAYS)))
    write("datetime", pl.DataFrame(columns(date=TIMES)))
    write("rowgroup1", row_group_size=1)
    write("stats_full", statistics="full")
    write("pyarrow_backend", use_pyarrow=True)
    write("empty", pl.DataFrame(columns()).head(0), [])
    write("struct_authors", pl.DataFrame(columns(authors=[[{"name": name} for name in names] for names in AUTHORS])))
    pl.LazyFrame(columns()).sink_parquet(file("polars_sink.parquet", papers()))


def duckdb_files():
    table = pa.table(columns())
    base = duckdb.connect()
    base.register("papers", table)

    def write(name, query="select * from papers", options="", right=None):
        path = file(f"duckdb_{name}.parquet", papers() if right is None else right)
        base.execute(f"copy ({query}) to '{path}' (format parquet{options})")

    write("default")
    for codec in ["uncompressed", "snappy", "gzip", "zstd", "lz4", "lz4_raw", "brotli"]:
        write(f"comp_{codec}", options=f", compression {codec}")
    write("v2", options=", parquet_version v2")
    write("v2_zstd", options=", parquet_version v2, compression zstd")
    write("rowgroup", options=", row_group_size 2048")
    write("date", "select * replace (date::date as date) from papers")
    write("timestamp", "select * replace (date::timestamp as date) from papers")
    write("timestamp_ns", "select * replace (date::timestamp_ns as date) from papers")
    write("timestamptz", "select * replace ((date || ' 12:00:00+00')::timestamptz as date) from papers")
    write("decimal", "select * replace (year::decimal(10, 2) as year) from papers")
    write("hugeint", "select * replace (year::hugeint as year) from papers")
    write("uinteger", "select * replace (year::uinteger as year) from papers")
    base.execute("create type seas as enum ('Journal of Seas', 'Seas')")
    write("enum", "select * replace (venue::seas as venue) from papers")
    write("blob_title", "select * replace (title::blob as title) from papers")
    write("json_authors", "select * replace (to_json(authors) as authors) from papers")
    write("struct_authors", "select * replace (list_transform(authors, lambda name: {'name': name}) as authors) from papers")
    uuids = ["a72a64b1-b0e1-463a-8f00-07d13582ad93", "d164909d-df88-43bf-b625-851a85484116", "402e9084-4b24-4606-b542-95c7c3eff77f"]
    base.register("named", pa.table(columns(id=uuids)))
    write("uuid_id", "select * replace (id::uuid as id) from named", right=papers(id=uuids))
    write("empty", "select * from papers limit 0", right=[])
    lines = OUT / "source.json"
    lines.write_text("\n".join(json.dumps({name: column[at] for name, column in columns().items()}) for at in range(3)))
    write("from_read_json", f"select * from read_json('{lines}')")
    lines.unlink()


def fastparquet_files():
    flat = columns(authors=["; ".join(names) for names in AUTHORS], keywords=None)
    right = papers(without=["keywords"])

    def write(name, frame=None, expected=None, **options):
        fastparquet.write(str(file(f"fastparquet_{name}.parquet", expected or right)), frame if frame is not None else pd.DataFrame(flat), **options)

    write("default")
    for codec in ["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4", "BROTLI"]:
        write(f"comp_{codec.lower()}", compression=codec)
    write("rowgroups", row_group_offsets=[0, 1, 2])
    write("hasnulls_false", pd.DataFrame({**flat, "venue": [venue or "" for venue in VENUES], "doi": [doi or "" for doi in DOIS]}), has_nulls=False)
    write("datetime", pd.DataFrame({**flat, "date": pd.to_datetime(DATES).astype("datetime64[ns]")}))
    write("int96", pd.DataFrame({**flat, "date": pd.to_datetime(DATES).astype("datetime64[ns]")}), times="int96")
    write("bytes", pd.DataFrame({**flat, "title": [title.encode() for title in TITLES]}), object_encoding={**{name: "utf8" for name in flat if name != "year"}, "title": "bytes"})
    write("json_authors", pd.DataFrame({**flat, "authors": AUTHORS}), object_encoding={**{name: "utf8" for name in flat if name != "year"}, "authors": "json"})
    write("hive_folder", file_scheme="hive", row_group_offsets=[0, 2])


# --- CSV, JSON and the rest

ROWS = [
    {"id": "p1", "title": 'On Tides, "the" northern; harbours', "abstract": "The sea moves\ntwice a day.", "authors": ["Ada Dune", "Carl Wave"], "date": "2020-05-01", "year": 2020, "venue": "Journal of Seas", "doi": "10.1000/seas.1", "keywords": ["tides", "deep sea"]},
    {"id": "p2", "title": "Winds of the south", "abstract": None, "authors": ["Berta Balázs"], "date": None, "year": None, "venue": None, "doi": None, "keywords": []},
    {"id": "p3", "title": "Rivers of the east", "abstract": "Rivers flow to the sea.", "authors": [], "date": "2021-12-31", "year": 2021, "venue": "Seas", "doi": "10.1000/seas.3", "keywords": ["rivers"]},
]


def rows(**other):
    right = [paper(**{**row, "abstract": (row["abstract"] or "").replace("\n", " "), **other}) for row in ROWS]
    return right


def flat_rows():
    return [{**row, "authors": "; ".join(row["authors"]), "keywords": "; ".join(row["keywords"])} for row in ROWS]


def text_files():
    nested, flat = pd.DataFrame(ROWS), pd.DataFrame(flat_rows())
    whole = flat.astype({"year": "Int64"})
    dated = whole.assign(date=pd.to_datetime(whole["date"]))

    def table(name, frame, **options):
        frame.to_csv(file(f"pandas_{name}", rows()), **options)

    table("csv_default.csv", nested)
    table("csv_noindex.csv", nested, index=False)
    table("csv_flat_floatyear.csv", flat, index=False)
    table("csv_flat_index.csv", whole)
    table("csv_flat_intyear.csv", whole, index=False)
    table("csv_bom_semicolon.csv", whole, index=False, sep=";", encoding="utf-8-sig", lineterminator="\r\n")
    table("csv_quoteall.csv", whole, index=False, quoting=csv.QUOTE_ALL)
    table("csv_na_NA.csv", whole, index=False, na_rep="NA")
    table("csv_na_nan.csv", whole, index=False, na_rep="nan")
    table("csv_escape_backslash.csv", whole, index=False, doublequote=False, escapechar="\\")
    table("csv_utf16.csv", whole, index=False, encoding="utf-16")
    table("csv_cp1252.csv", whole, index=False, encoding="cp1252")
    table("csv_datetime.csv", dated, index=False)
    dated.to_csv(file("pandas_csv_date_dmy.csv", [{**row, **({"date": row["date"][:4]} if "date" in row else {})} for row in rows()]), index=False, date_format="%d/%m/%Y")
    for codec in ["gz", "bz2", "xz", "zst", "zip"]:
        if codec != "zst":
            table(f"csv_{codec}.csv.{codec}", whole, index=False)
    zstd = pa.output_stream(str(file("pandas_csv_zst.csv.zst", rows())), compression="zstd")
    zstd.write(whole.to_csv(index=False).encode())
    zstd.close()
    table("tsv.tsv", whole, index=False, sep="\t")
    bare = whole.assign(abstract=whole["abstract"].str.replace("\n", " "))
    table("tsv_noquote.tsv", bare, index=False, sep="\t", quoting=csv.QUOTE_NONE, escapechar="\\")

    frame = pl.DataFrame(flat_rows())
    frame.write_csv(file("polars_csv_default.csv", rows()))
    frame.write_csv(file("polars_csv_bom_semi_crlf.csv", rows()), include_bom=True, separator=";", line_terminator="\r\n")
    frame.write_csv(file("polars_csv_null_NULL.csv", rows()), null_value="NULL")
    frame.with_columns(pl.col("date").str.to_datetime()).write_csv(file("polars_csv_datetime.csv", rows()))

    base = duckdb.connect()
    base.register("flat", pa.table(frame.to_arrow()))
    base.register("lists", pa.Table.from_pylist(ROWS))
    for name, query, options in [
        ("csv_default.csv", "from flat", ""), ("csv_lists.csv", "from lists", ""), ("tsv_pipe.txt", "from flat", ", delimiter '|'"),
    ]:
        base.execute(f"copy ({query}) to '{file(f'duckdb_{name}', rows())}' (format csv, header{options})")
    base.execute(f"copy (from flat) to '{file('duckdb_csv_noheader.csv', None)}' (format csv, header false)")
    base.execute(f"copy (from lists) to '{file('duckdb_json.json', rows())}' (format json)")
    base.execute(f"copy (from lists) to '{file('duckdb_json_array.json', rows())}' (format json, array true)")
    base.execute(f"copy (select * replace (date::timestamp as date) from lists) to '{file('duckdb_json_ts.json', rows())}' (format json)")

    for orient in ["records", "index", "split", "table", "values"]:
        nested.to_json(file(f"pandas_json_{orient}.json", rows() if orient != "values" else None), orient=orient)
    nested.to_json(file("pandas_json_default.json", rows()))
    nested.to_json(file("pandas_jsonl.jsonl", rows()), orient="records", lines=True)
    nested.to_json(file("pandas_jsonl_ascii_off.jsonl", rows()), orient="records", lines=True, force_ascii=False)
    times = nested.assign(date=pd.to_datetime(nested["date"]))
    times.to_json(file("pandas_jsonl_datetime.jsonl", rows()), orient="records", lines=True, date_format="epoch")
    times.to_json(file("pandas_jsonl_datetime_iso.jsonl", rows()), orient="records", lines=True, date_format="iso")
    lists = pl.DataFrame(ROWS)
    lists.write_json(file("polars_json.json", rows()))
    lists.write_ndjson(file("polars_ndjson.jsonl", rows()))
    lists.with_columns(pl.col("date").str.to_date()).write_ndjson(file("polars_ndjson_date.jsonl", rows()))
    gaps = [{name: math.nan if value is None else value for name, value in row.items()} for row in ROWS]
    file("python_json_nan.json", rows()).write_text(json.dumps(gaps))
    file("python_jsonl_nan.jsonl", rows()).write_text("\n".join(json.dumps(row) for row in gaps))
    file("pandas_pickle.pkl", None).write_bytes(pickle.dumps(nested))
    arrow = pa.Table.from_pylist(ROWS)
    with pa.OSFile(str(file("arrow_ipc.arrow", rows())), "wb") as sink, pa.ipc.new_file(sink, arrow.schema) as writer:
        writer.write_table(arrow)
    with pa.OSFile(str(file("arrow_stream.arrows", rows())), "wb") as sink, pa.ipc.new_stream(sink, arrow.schema) as writer:
        writer.write_table(arrow)
    file("yaml_lines.yaml", [paper(id="p1", title="On Tides", abstract="The sea moves.")]).write_text("- id: p1\n  title: On Tides\n  abstract: The sea moves.\n")


def r_files():
    one = [paper(id="p1", title="On Tides", abstract="The sea moves.", year=2020)]
    right = {"R_write_csv_NA.csv": rows(), "R_write_csv_rownames.csv": one, "R_write_table.txt": one}
    if shutil.which("Rscript"):
        code = 'p <- data.frame(id="p1", title="On Tides", abstract="The sea moves.", year=2020L); write.csv(p, "R_write_csv_rownames.csv"); write.table(p, "R_write_table.txt")'
        subprocess.run(["Rscript", "-e", code], cwd=OUT, check=True)
    for name, expected in right.items():
        if not file(name, expected).exists():
            shutil.copy(STORED / name, OUT / name)


for step in [pyarrow_files, pandas_parquet, polars_parquet, duckdb_files, fastparquet_files, text_files, r_files]:
    step()
(OUT / "right.json").write_text(json.dumps(RIGHT, ensure_ascii=False))
print(f"{sum(name.endswith('.parquet') for name in RIGHT)} Parquet files, {sum(not name.endswith('.parquet') for name in RIGHT)} others")

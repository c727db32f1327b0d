//! Files that are not what they should be: each with a message that names what is wrong, an exit
//! code, and everything good taken.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::command::{Place, program, run, stderr, stdout};
use flate2::Compression;
use flate2::write::GzEncoder;

const HEADER: &str = "review,listing,reviewer,rating,time\n";
const GOOD: &str = "r1,l1,u1,5,2020-02-03\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("written")
}

fn rows(count: usize) -> String {
    let row = |number: usize| format!("r{number},l1,u{},4,2020-02-03\n", number * 7919);
    HEADER.to_owned() + &(0..count).map(row).collect::<String>()
}

/// Bytes without any order in them.
fn junk(count: usize) -> Vec<u8> {
    let mut held = 1_u64;
    let mut next = || {
        held = held.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (held >> 56) as u8
    };
    (0..count).map(|_| next()).collect()
}

struct Case {
    name: &'static str,
    format: &'static str,
    bytes: Vec<u8>,
    /// Exit code.
    code: i32,
    /// Events taken; none where the import does not start.
    accepted: Option<usize>,
    /// What stderr says.
    said: &'static str,
}

fn case(
    (name, format): (&'static str, &'static str),
    bytes: impl Into<Vec<u8>>,
    (code, accepted): (i32, Option<usize>),
    said: &'static str,
) -> Case {
    Case {
        name,
        format,
        bytes: bytes.into(),
        code,
        accepted,
        said,
    }
}

fn csv(name: &'static str) -> (&'static str, &'static str) {
    (name, "labelled")
}

fn lines(name: &'static str) -> (&'static str, &'static str) {
    (name, "events")
}

/// Files that are damaged, foreign or empty.
fn broken() -> Vec<Case> {
    let mut cut = gzip(rows(20_000).as_bytes());
    cut.truncate(cut.len() - 9);
    let long = "x".repeat(9 << 20);
    vec![
        case(
            csv("cut"),
            cut,
            (1, Some(20_000)),
            "could not be read to its end",
        ),
        case(
            csv("barely gzip"),
            [0x1f, 0x8b, 8],
            (1, None),
            "unexpected end of file",
        ),
        case(csv("junk"), junk(50_000), (1, None), "not UTF-8"),
        case(
            lines("junk"),
            junk(50_000),
            (1, Some(0)),
            "do the files hold `events`?",
        ),
        case(csv("empty"), "", (1, None), "empty, without a header"),
        case(
            csv("empty gzip"),
            gzip(b""),
            (1, None),
            "empty, without a header",
        ),
        case(
            lines("empty"),
            "",
            (1, Some(0)),
            "the files hold no records",
        ),
        case(
            csv("header only"),
            HEADER,
            (1, Some(0)),
            "the files hold no records",
        ),
        case(
            csv("UTF-16"),
            [0xff, 0xfe, 0, b'r'],
            (1, None),
            "not UTF-8 from byte 1 on",
        ),
        case(
            lines("long"),
            long.clone() + "\n{}\n",
            (1, Some(0)),
            "longer than 8388608 bytes",
        ),
        case(
            csv("long"),
            format!("{HEADER}{long}\n{GOOD}"),
            (0, Some(1)),
            "longer than",
        ),
        case(
            csv("open quote"),
            format!("{HEADER}{GOOD}\"r2,l1\n"),
            (0, Some(1)),
            "never closed",
        ),
        case(
            csv("long quoted"),
            format!("{HEADER}\"{long}\n{GOOD}"),
            (0, Some(1)),
            "longer than",
        ),
    ]
}

/// Tables with columns or values that cannot be.
fn tables() -> Vec<Case> {
    let with = |rows: &str| format!("{HEADER}{GOOD}{rows}");
    vec![
        case(
            csv("foreign"),
            "a,b,c\n1,2,3\n",
            (1, None),
            "no column `review` among a, b, c",
        ),
        case(
            ("foreign", "olist"),
            "a,b\n1,2\n",
            (1, None),
            "none of the known tables: a, b",
        ),
        case(
            csv("twice"),
            HEADER.replace("time", "rating"),
            (1, None),
            "`rating` is there twice",
        ),
        case(
            csv("header again"),
            with(HEADER),
            (0, Some(1)),
            ":3: time: `time` is not a time",
        ),
        case(
            csv("BOM, CRLF"),
            format!("\u{feff}{}", with("").replace('\n', "\r\n")),
            (0, Some(1)),
            "",
        ),
        case(
            csv("no last line end"),
            with("r2,l1,u1,5,"),
            (0, Some(2)),
            "",
        ),
        case(
            csv("half a star"),
            with("r2,l1,u1,4.5,\n"),
            (0, Some(1)),
            ":3: rating: 4.5 is not whole",
        ),
        case(
            csv("short row"),
            with("r2,l1\n"),
            (0, Some(1)),
            ":3: 2 fields where the header has 5",
        ),
        case(
            csv("1970"),
            with("r2,l1,u1,5,1970-01-01\n"),
            (0, Some(2)),
            "",
        ),
        case(
            csv("1969"),
            with("r2,l1,u1,5,1969-12-31\n"),
            (0, Some(1)),
            ":3: time: before 1970",
        ),
        case(
            csv("2200"),
            with("r2,l1,u1,5,2200-01-01\n"),
            (0, Some(1)),
            ":3: review.time: is more than",
        ),
        case(
            csv("2100"),
            with("r2,l1,u1,5,2100-01-01\n"),
            (0, Some(1)),
            ":3: review.time: is more than",
        ),
    ]
}

#[test]
fn unreadable_files_are_reported_with_their_reason() {
    let place = Place::new();
    let rejects = place.text("rejects");
    for (number, held) in broken().into_iter().chain(tables()).enumerate() {
        let Case {
            name,
            format,
            bytes,
            code,
            accepted,
            said,
        } = held;
        let data = place.text(&format!("data-{number}"));
        let file = place.file("file", bytes);
        let out = run(&[
            "import",
            "--format",
            format,
            "--data",
            &data,
            "--rejects",
            &rejects,
            &file,
        ]);
        let err = stderr(&out);
        assert_eq!(out.status.code(), Some(code), "{name} as {format}: {err}");
        assert!(err.contains(said), "{name} as {format}: {err}");
        let printed = stdout(&out);
        match accepted {
            Some(count) => assert!(
                printed.contains(&format!("accepted    {count}\n")),
                "{name} as {format}: {printed}"
            ),
            None => assert_eq!(printed, "", "{name} as {format}"),
        }
    }
}

#[test]
fn unusable_paths_are_named_before_ingest() {
    let place = Place::new();
    let file = place.file("file", rows(3));
    let (data, here) = (place.text("data"), place.text(""));
    let (rejects, nowhere) = (place.text("rejects"), place.text("no/where"));
    let cases = [
        ([&data, &rejects, &nowhere], "no/where: No such file"),
        ([&data, &rejects, &here], "Is a directory"),
        ([&data, &nowhere, &file], "--rejects"),
        ([&data, &here, &file], "cannot be written"),
        ([&data, &file, &file], "that file is to be read"),
        ([&file, &rejects, &file], "--data"),
    ];
    for ([data, rejects, file], said) in cases {
        let out = run(&[
            "import",
            "--format",
            "labelled",
            "--data",
            data,
            "--rejects",
            rejects,
            file,
        ]);
        assert_eq!(out.status.code(), Some(1), "{said}");
        assert!(stderr(&out).contains(said), "{said}: {}", stderr(&out));
    }
    assert_eq!(
        std::fs::read_to_string(&file).expect("still there"),
        rows(3)
    );
    let out = run(&["import", "--format", "parquet", &file]);
    assert_eq!(out.status.code(), Some(2));
}

#[test]
fn pipes_and_standard_input_import_like_files() {
    let place = Place::new();
    let data = place.text("data");
    let rejects = place.text("rejects");
    let pipe = place.pipe("pipe");
    let contents = [rows(30_000).into_bytes(), gzip(rows(30_000).as_bytes())];
    for (number, bytes) in contents.into_iter().enumerate() {
        for path in ["-", "/dev/stdin", &pipe] {
            let data = format!("{data}-{number}-{}", path.len());
            let mut import = program(&["import", "--format", "labelled", "--data", &data])
                .args(["--rejects", &rejects, path])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("the binary starts");
            let mut stdin = import.stdin.take().expect("piped");
            if path == pipe {
                drop(stdin);
                std::fs::write(&pipe, &bytes).expect("taken");
            } else {
                stdin.write_all(&bytes).expect("taken");
                drop(stdin);
            }
            let out = import.wait_with_output().expect("ended");
            assert_eq!(out.status.code(), Some(0), "{path}");
            assert!(
                stdout(&out).contains("accepted    30000\n"),
                "{}",
                stdout(&out)
            );
        }
    }
}

//! Rooms of the source use only rooms below them, in the order that ARCHITECTURE.md prints.

#![allow(clippy::expect_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A row of the table: the room, and rooms below it that it must not use all the same.
fn rooms() -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string("ARCHITECTURE.md").expect("ARCHITECTURE.md");
    let quoted = |cell: &str| -> Vec<String> {
        let parts = cell.split('`').skip(1).step_by(2);
        parts
            .map(|name| name.trim_start_matches("src/").to_owned())
            .collect()
    };
    let rows = text.lines().filter(|line| line.starts_with("| `src/"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').collect();
        (quoted(cells[1]).remove(0), quoted(cells[3]))
    })
    .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("tests") {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// Rooms that code outside of comments and test modules names.
fn used(code: &str) -> Vec<String> {
    let code = code
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(code);
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let name = |rest: &str| -> String {
        rest.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    lines
        .flat_map(|line| line.split("crate::").skip(1).map(name))
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn no_room_uses_a_room_above_it() {
    let rooms = rooms();
    let order: BTreeMap<&str, usize> = rooms
        .iter()
        .zip(0..)
        .map(|((room, _), place)| (room.as_str(), place))
        .collect();
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    let mut faults = Vec::new();
    for file in files
        .iter()
        .filter(|file| !file.ends_with("src/lib.rs") && !file.ends_with("src/main.rs"))
    {
        let inside = file
            .strip_prefix("src")
            .expect("in src")
            .iter()
            .next()
            .expect("a room");
        let room = inside.to_str().expect("UTF-8").trim_end_matches(".rs");
        let Some(place) = order.get(room) else {
            faults.push(format!(
                "ARCHITECTURE.md does not list the room of {}",
                file.display()
            ));
            continue;
        };
        for other in used(&std::fs::read_to_string(file).expect("a file")) {
            let below = order.get(other.as_str()).is_some_and(|other| other < place);
            if other != room && (!below || rooms[*place].1.contains(&other)) {
                faults.push(format!("{} uses {other}", file.display()));
            }
        }
    }
    assert!(
        files.len() > 300 && rooms.len() > 15,
        "the walk or the table is broken"
    );
    assert_eq!(faults, Vec::<String>::new());
}

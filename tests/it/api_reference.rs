//! Checks that `docs/api.md` matches the comments of the proto files. To generate it:
//! `UPDATE_API_REFERENCE=1 cargo test api_reference`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    FileDescriptorSet, ServiceDescriptorProto,
};

const PACKAGE: &str = "goodstanding.v1";
const HEAD: &str = "# API reference\n\nPackage `goodstanding.v1`, generated from the comments of \
    `proto/goodstanding/v1`. The service also offers reflection and `grpc.health.v1`. Errors are \
    `google.rpc.Status`, with `BadRequest` for invalid fields and `RetryInfo` if a retry may succeed.\n";

/// Comments of one file, by the path of what they stand before.
struct Comments(BTreeMap<Vec<i32>, String>);

impl Comments {
    fn of(file: &FileDescriptorProto) -> Self {
        let info = file.source_code_info.as_ref().expect("source info is kept");
        let said = info.location.iter().filter_map(|location| {
            let text = location.leading_comments.as_deref()?;
            let words: Vec<&str> = text.split_whitespace().collect();
            Some((location.path.clone(), words.join(" ")))
        });
        Self(said.collect())
    }

    fn get(&self, path: &[i32]) -> &str {
        self.0.get(path).map_or("", String::as_str)
    }
}

fn with(path: &[i32], more: [i32; 2]) -> Vec<i32> {
    [path, more.as_slice()].concat()
}

fn numbered<T>(all: &[T]) -> impl Iterator<Item = (i32, &T)> {
    (0..).zip(all)
}

/// A link to a type of the package; the bare name of others.
fn link(full: &str) -> String {
    match full.strip_prefix(&format!(".{PACKAGE}.")) {
        Some(name) => format!("[{name}](#{})", name.to_lowercase().replace('.', "")),
        None => format!("`{}`", full.trim_start_matches('.')),
    }
}

fn type_of(field: &FieldDescriptorProto) -> String {
    let name = match field.r#type() {
        Type::Message | Type::Enum => link(field.type_name()),
        scalar => {
            let name = scalar.as_str_name().trim_start_matches("TYPE_");
            format!("`{}`", name.to_lowercase())
        }
    };
    if field.label() == Label::Repeated {
        format!("repeated {name}")
    } else if field.proto3_optional() {
        format!("optional {name}")
    } else if field.oneof_index.is_some() {
        format!("one of {name}")
    } else {
        name
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn service(out: &mut String, comments: &Comments, path: &[i32], of: &ServiceDescriptorProto) {
    let _ = write!(out, "\n## {}\n\n{}\n", of.name(), comments.get(path));
    for (number, method) in numbered(&of.method) {
        let stream = |on: bool| if on { "stream " } else { "" };
        let _ = write!(
            out,
            "\n### {}.{}\n\n{}{} → {}{}\n\n{}\n",
            of.name(),
            method.name(),
            stream(method.client_streaming()),
            link(method.input_type()),
            stream(method.server_streaming()),
            link(method.output_type()),
            comments.get(&with(path, [2, number]))
        );
    }
}

/// Maps are sent as entries, which nobody wrote.
fn is_map(of: &DescriptorProto) -> bool {
    of.options
        .as_ref()
        .is_some_and(prost_types::MessageOptions::map_entry)
}

fn message(out: &mut String, comments: &Comments, path: &[i32], name: &str, of: &DescriptorProto) {
    let _ = write!(out, "\n### {name}\n\n{}\n", comments.get(path));
    if !of.field.is_empty() {
        out.push_str("\n| field | type | |\n| --- | --- | --- |\n");
    }
    for (number, field) in numbered(&of.field) {
        let said = cell(comments.get(&with(path, [2, number])));
        let entry = of.nested_type.iter().find(|inner| {
            is_map(inner) && field.type_name().ends_with(&format!(".{}", inner.name()))
        });
        let kind = match entry {
            Some(entry) => {
                let parts: Vec<String> = entry.field.iter().map(type_of).collect();
                format!("map of {}", parts.join(" to "))
            }
            None => type_of(field),
        };
        let _ = writeln!(out, "| `{}` | {kind} | {said} |", field.name());
    }
    for (number, inner) in numbered(&of.nested_type).filter(|(_, inner)| !is_map(inner)) {
        let path = with(path, [3, number]);
        message(
            out,
            comments,
            &path,
            &format!("{name}.{}", inner.name()),
            inner,
        );
    }
}

fn enumeration(out: &mut String, comments: &Comments, path: &[i32], of: &EnumDescriptorProto) {
    let _ = write!(out, "\n### {}\n\n{}\n", of.name(), comments.get(path));
    out.push_str("\n| value | number | |\n| --- | --- | --- |\n");
    for (place, value) in numbered(&of.value) {
        let said = cell(comments.get(&with(path, [2, place])));
        let _ = writeln!(out, "| `{}` | {} | {said} |", value.name(), value.number());
    }
}

fn reference() -> String {
    let set = FileDescriptorSet::decode(goodstanding::proto::DESCRIPTORS).expect("descriptors");
    let mut files: Vec<&FileDescriptorProto> = set
        .file
        .iter()
        .filter(|file| file.package() == PACKAGE)
        .collect();
    files.sort_by_key(|file| file.name().to_owned());
    let (mut services, mut types) = (String::new(), String::new());
    for file in files {
        let comments = Comments::of(file);
        for (number, of) in numbered(&file.service) {
            service(&mut services, &comments, &[6, number], of);
        }
        for (number, of) in numbered(&file.message_type) {
            message(&mut types, &comments, &[4, number], of.name(), of);
        }
        for (number, of) in numbered(&file.enum_type) {
            enumeration(&mut types, &comments, &[5, number], of);
        }
    }
    format!("{HEAD}{services}\n## Messages\n{types}")
}

#[test]
fn api_reference_matches_proto_files() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/api.md");
    let fresh = reference();
    if std::env::var_os("UPDATE_API_REFERENCE").is_some() {
        std::fs::write(path, &fresh).expect("written");
    }
    let held = std::fs::read_to_string(path).expect("docs/api.md is there");
    assert!(
        held == fresh,
        "docs/api.md is stale: UPDATE_API_REFERENCE=1 cargo test api_reference"
    );
}

#[test]
fn every_message_field_and_call_has_a_comment() {
    let empty = reference()
        .lines()
        .filter(|line| line.starts_with("| `") && line.ends_with("|  |"))
        .map(str::to_owned)
        .collect::<Vec<_>>();
    assert!(empty.is_empty(), "{empty:#?}");
}

//! Compiles the proto files without protoc: protox parses, tonic and pbjson generate.

use std::{env, fs, path::PathBuf};

use prost::Message as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto");
    let mut files: Vec<PathBuf> = fs::read_dir("proto/goodstanding/v1")?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let descriptors = protox::compile(&files, ["proto"])?;
    let encoded = descriptors.encode_to_vec();
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(out.join("goodstanding.bin"), &encoded)?;

    tonic_prost_build::configure()
        .compile_well_known_types(true)
        .extern_path(".google.protobuf", "::pbjson_types")
        .compile_fds(descriptors.clone())?;
    // The services as they are served: requests are read by a codec of the server's own, which
    // counts the entries of a batch before it decodes one.
    let served = out.join("served");
    fs::create_dir_all(&served)?;
    tonic_prost_build::configure()
        .build_client(false)
        .compile_well_known_types(true)
        .codec_path("crate::server::wire::WireCodec")
        .extern_path(".google.protobuf", "::pbjson_types")
        .extern_path(".goodstanding.v1", "crate::proto::v1")
        .extern_path(
            ".goodstanding.v1.IngestRequest",
            "crate::server::wire::NumberedBatch",
        )
        .extern_path(
            ".goodstanding.v1.IngestBatchRequest",
            "crate::server::wire::EventBatch",
        )
        .extern_path(
            ".goodstanding.v1.ScreenReviewsRequest",
            "crate::server::wire::ReviewBatch",
        )
        .out_dir(served)
        .compile_fds(descriptors)?;
    pbjson_build::Builder::new()
        .register_descriptors(&encoded)?
        .build(&[".goodstanding"])?;
    Ok(())
}

//! Reads checkpoints: as files, as files whose checksum holds, as blocks, and as the written state of
//! some events with a few bytes changed.
#![no_main]

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::LazyLock;

use arbitrary::Unstructured;
use goodstanding::engine::fuzzing::fold;
use goodstanding::history::History;
use goodstanding::integrity::MODEL_VERSION;
use goodstanding::state::State;
use goodstanding::store::fuzzing::load_checkpoint;
use libfuzzer_sys::fuzz_target;

/// What is written beside the state: the model version that scored it, and its history.
type Beside = (String, History);

/// Most bytes of a written state that are changed.
const CHANGES_MAX: usize = 4;
/// Bytes of the block that names the layout, with its length.
const LAYOUT_BYTES: usize = 5;

static DIRECTORY: LazyLock<PathBuf> =
    LazyLock::new(|| tempfile::tempdir().expect("a directory").keep());

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, content)) = bytes.split_first() else {
        return;
    };
    match choice % 8 {
        0 => load(content),
        1 => load(&sealed(content)),
        2 => {
            if let Ok(frame) = framed(content) {
                load(&sealed(&frame));
            }
        }
        3 => read(content),
        4 => {
            let mut blocks = written(&State::default(), &(String::new(), History::default()));
            blocks.truncate(LAYOUT_BYTES);
            blocks.extend((content.len() as u32).to_le_bytes());
            blocks.extend(content);
            read(blocks.as_slice());
        }
        _ => change(&mut Unstructured::new(content)),
    }
});

/// Puts the frame of a checkpoint into a file whose checksum holds.
fn sealed(frame: &[u8]) -> Vec<u8> {
    let mut file = b"GSCP\x01\0\0\0\x01\0\0\0\0\0\0\0".to_vec();
    let length = (frame.len() as u64).to_le_bytes();
    let mut sum = crc32fast::Hasher::new();
    for part in [frame, &file, &length] {
        sum.update(part);
    }
    file.extend(frame);
    file.extend(length);
    file.extend(sum.finalize().to_le_bytes());
    file
}

fn framed(blocks: &[u8]) -> Result<Vec<u8>, lz4_flex::frame::Error> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    std::io::Write::write_all(&mut encoder, blocks)?;
    encoder.finish()
}

fn load(file: &[u8]) {
    fs::write(DIRECTORY.join("checkpoint-1.lz4"), file).expect("written");
    if let Ok(Some((sequence, blocks))) = load_checkpoint(&DIRECTORY) {
        assert_eq!(sequence, 1);
        read(blocks);
    }
}

fn written(state: &State, beside: &Beside) -> Vec<u8> {
    let mut bytes = Vec::new();
    state.write(beside, &mut bytes).expect("memory takes it");
    bytes
}

/// Reads blocks. What can be read can be written, and read again.
fn read(blocks: impl Read + Send) {
    if let Ok((state, beside)) = State::read::<Beside>(blocks) {
        let bytes = written(&state, &beside);
        let (state, beside) = State::read::<Beside>(bytes.as_slice()).expect("just written");
        assert_eq!(written(&state, &beside).len(), bytes.len());
    }
}

/// Writes the state of some events, and changes some bytes of it.
fn change(from: &mut Unstructured<'_>) {
    let count = from.int_in_range(0..=CHANGES_MAX).unwrap_or_default();
    let changes: Vec<(u16, u8)> = (0..count).flat_map(|_| from.arbitrary()).collect();
    let (state, history) = fold(&goodstanding_fuzz::events(from));
    let mut bytes = written(&state, &(MODEL_VERSION.to_owned(), history));
    for (place, value) in &changes {
        let at = LAYOUT_BYTES + usize::from(*place) % (bytes.len() - LAYOUT_BYTES);
        bytes[at] = *value;
    }
    let again = State::read::<Beside>(bytes.as_slice());
    assert!(!changes.is_empty() || again.is_ok());
}

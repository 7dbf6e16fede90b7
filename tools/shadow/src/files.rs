//! Files of the shadow's cluster: as long as production's, and without content.
//!
//! The planner takes the size of a table or index from the length of its file, and the height of a B-tree from its
//! metapage. Files are extended sparsely, in segments of 1 GB; a B-tree gets a chain of pages from a root down to its real
//! leaf, so that a look at its ends finds the two rows that are there. The server must not have read the file's pages yet.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt, fchown};
use std::path::{Path, PathBuf};

use crate::error::ShadowError;

const BLOCK: usize = 8_192;
const SEGMENT_BLOCKS: u64 = 131_072;
const SPECIAL: u16 = 8_176;
const IS_LEAF: u16 = 1;
const IS_ROOT: u16 = 2;
/// A truncated tuple says so, and how many attributes it has left: none.
const TRUNCATED: u16 = 0x2000;

/// Makes the main fork that many blocks long; what is there stays.
pub(crate) fn resize(path: &Path, blocks: u64) -> Result<(), ShadowError> {
    let owner = fs::metadata(path).map_err(ShadowError::file(path))?;
    let mut left = blocks;
    for number in 0_u32.. {
        let segment = segment(path, number);
        let length = left.min(SEGMENT_BLOCKS);
        if number > 0 && length == 0 {
            // The server may hold it open, so that it is emptied rather than removed.
            match OpenOptions::new().write(true).open(&segment) {
                Ok(file) => file.set_len(0).map_err(ShadowError::file(&segment))?,
                Err(_) => return Ok(()),
            }
            continue;
        }
        let file = OpenOptions::new().write(true).create(number > 0).truncate(false).open(&segment);
        let file = file.map_err(ShadowError::file(&segment))?;
        let now = file.metadata().map_err(ShadowError::file(&segment))?;
        if now.uid() != owner.uid() {
            fchown(&file, Some(owner.uid()), Some(owner.gid())).map_err(ShadowError::file(&segment))?;
        }
        file.set_len(length * BLOCK as u64).map_err(ShadowError::file(&segment))?;
        left -= length;
    }
    Ok(())
}

/// How many blocks the first segment has.
pub(crate) fn blocks(path: &Path) -> Result<u64, ShadowError> {
    Ok(fs::metadata(path).map_err(ShadowError::file(path))?.len() / BLOCK as u64)
}

/// Gives a small B-tree that height: levels above the leaves. The file must have room for one page a level.
pub(crate) fn raise(path: &Path, height: u32) -> Result<(), ShadowError> {
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(ShadowError::file(path))?;
    write_tree(&file, height).map_err(ShadowError::file(path))
}

fn write_tree(file: &File, height: u32) -> std::io::Result<()> {
    if height == 0 {
        return Ok(());
    }
    let mut leaf = [0; BLOCK];
    file.read_exact_at(&mut leaf, BLOCK as u64)?;
    if leaf.iter().all(|byte| *byte == 0) {
        leaf = page(0, IS_LEAF);
    } else {
        let flags = u16::from_ne_bytes([leaf[8_188], leaf[8_189]]) & !IS_ROOT;
        leaf[8_188..8_190].copy_from_slice(&flags.to_ne_bytes());
    }
    file.write_all_at(&leaf, BLOCK as u64)?;
    // Block 1 is the leaf; level n stands in block n + 1.
    for level in 1..=height {
        let flags = if level == height { IS_ROOT } else { 0 };
        let page = downlink(page(level, flags), level);
        file.write_all_at(&page, u64::from(level + 1) * BLOCK as u64)?;
    }
    let root = height + 1;
    let mut meta = [0; 16];
    for (place, word) in [root, height, root, height].into_iter().enumerate() {
        meta[place * 4..place * 4 + 4].copy_from_slice(&word.to_ne_bytes());
    }
    file.write_all_at(&meta, 32)
}

/// An empty page of a B-tree.
fn page(level: u32, flags: u16) -> [u8; BLOCK] {
    let mut page = [0; BLOCK];
    let header = [24_u16, SPECIAL, SPECIAL, 0x2004];
    for (place, word) in header.into_iter().enumerate() {
        page[12 + place * 2..14 + place * 2].copy_from_slice(&word.to_ne_bytes());
    }
    page[8_184..8_188].copy_from_slice(&level.to_ne_bytes());
    page[8_188..8_190].copy_from_slice(&flags.to_ne_bytes());
    page
}

/// Puts one tuple on it, less than every key, that leads to a page below.
fn downlink(mut page: [u8; BLOCK], child: u32) -> [u8; BLOCK] {
    let offset = SPECIAL - 8;
    let item = u32::from(offset) | (1 << 15) | (8 << 17);
    page[24..28].copy_from_slice(&item.to_ne_bytes());
    page[12..14].copy_from_slice(&28_u16.to_ne_bytes());
    page[14..16].copy_from_slice(&offset.to_ne_bytes());
    let at = usize::from(offset);
    let (high, low) = ((child >> 16) as u16, (child & 0xffff) as u16);
    for (place, word) in [high, low, 0, TRUNCATED | 8].into_iter().enumerate() {
        page[at + place * 2..at + place * 2 + 2].copy_from_slice(&word.to_ne_bytes());
    }
    page
}

fn segment(path: &Path, number: u32) -> PathBuf {
    if number == 0 { path.to_owned() } else { path.with_added_extension(number.to_string()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn files_have_segments_of_a_gigabyte() {
        let directory = std::env::temp_dir().join(format!("pgwright-files-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("1");
        fs::write(&path, [7; BLOCK]).unwrap();
        let length = |number| fs::metadata(segment(&path, number)).map(|found| found.len());
        resize(&path, 2 * SEGMENT_BLOCKS + 3).unwrap();
        assert_eq!(
            [length(0).unwrap(), length(1).unwrap(), length(2).unwrap()],
            [1 << 30, 1 << 30, 3 * 8_192]
        );
        assert_eq!(fs::metadata(&path).unwrap().blocks() * 512, 8_192, "it is sparse");
        resize(&path, 1).unwrap();
        assert_eq!([length(0).unwrap(), length(1).unwrap(), length(2).unwrap()], [8_192, 0, 0]);
        fs::remove_dir_all(&directory).unwrap();
    }
}
